"""Timers of the webhook inbox."""

from typing import Any

from celery import shared_task

from ingest import actions


@shared_task
def purge_deliveries(**_later: Any) -> None:  # noqa: ANN401 - room for newer arguments
    """Forget deliveries that were handed down long ago."""
    actions.purge()
