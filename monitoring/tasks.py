"""Tasks of monitoring."""

from typing import Any

from celery import shared_task

from kernel.heartbeat import beat


@shared_task
def note_scheduler(**_later: Any) -> None:  # noqa: ANN401 - room for newer arguments
    """Take the scheduler's sign of life: beat sent this, the broker carried it, a worker does it.

    Which process beat is cannot be told from here, so all of them are process 0.
    """
    beat("scheduler", pid=0)
