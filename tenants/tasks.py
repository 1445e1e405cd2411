"""Housekeeping around people and tenants."""

from importlib import import_module
from typing import Any

from celery import shared_task
from django.conf import settings


@shared_task
def purge_sessions(**_later: Any) -> None:  # noqa: ANN401 - room for newer arguments
    """Delete the sessions that have run out; who is signed in notices nothing."""
    import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()
