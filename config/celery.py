"""Celery: tasks run in the schema they were sent from, and are acknowledged after they are done.

A task may run twice (its worker was killed, or was silent for longer than the visibility timeout), so every task is
idempotent. Payloads are JSON. Both rules hold for the whole installation.
"""

import os
from typing import Any

from celery import signals
from django.db import close_old_connections
from tenant_schemas_celery.app import CeleryApp

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = CeleryApp("redress", task_cls="kernel.tenant_task:TenantTask")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf["CELERY_DB_REUSE_MAX"] = 1_000_000_000
"""Celery would close the database connection around every task, which costs three quarters of the task rate. What is
broken or old is closed by `start_of_task` instead."""
app.autodiscover_tasks()

CORRELATION_HEADER = "redress_correlation"


@signals.setup_logging.connect
def keep_our_logging(**_signal: Any) -> None:  # noqa: ANN401 - the signal's own arguments
    """Stop Celery from configuring logging: Django's settings have done it."""


@signals.worker_init.connect
@signals.beat_init.connect
def begin_work(**_signal: Any) -> None:  # noqa: ANN401 - the signal's own arguments
    """Do what every process does at its start."""
    from kernel.starting import begin  # noqa: PLC0415 - needs the settings

    begin()


@signals.heartbeat_sent.connect
def worker_is_alive(**_signal: Any) -> None:  # noqa: ANN401 - the signal's own arguments
    """Say that this worker is there; it is also the proof that it reaches the broker."""
    from kernel.heartbeat import beat  # noqa: PLC0415 - needs the settings

    beat("worker")


@signals.before_task_publish.connect
def send_correlation(headers: dict[str, Any], **_signal: Any) -> None:  # noqa: ANN401 - the signal's own arguments
    """Give the task the id of what caused it."""
    from kernel.logs import correlation_id  # noqa: PLC0415 - needs the settings

    headers.setdefault(CORRELATION_HEADER, correlation_id.get() or headers["id"])


@signals.task_prerun.connect
def start_of_task(task_id: str, task: Any, **_signal: Any) -> None:  # noqa: ANN401 - Celery is untyped
    """Let the log lines of the task carry its cause, and leave a broken database connection behind."""
    from kernel.logs import correlation_id, request_id  # noqa: PLC0415 - needs the settings

    correlation_id.set(task.request.get(CORRELATION_HEADER) or task_id)
    request_id.set("")
    if not task.request.is_eager:
        close_old_connections()
