"""Jobs, and the housekeeping of the API."""

import time
from typing import Any
from uuid import UUID

from celery import shared_task

from kernel import clocks
from kernel.api import idempotency, jobs
from kernel.tenancy import current_schema, each_active_schema, is_at_work, tenant_context


@shared_task
def forget_answers(**_later: Any) -> None:  # noqa: ANN401 - room for newer arguments
    """Drop the answers kept under idempotency keys for longer than promised, in every tenant."""
    for schema in each_active_schema():
        with tenant_context(schema):
            idempotency.forget_expired()


TURN_S = 20.0
"""How long one job may have a worker for itself before others get their turn."""


@shared_task
def run_job(job_id: str, **_later: Any) -> None:  # noqa: ANN401 - room for newer arguments
    """Work a job of the current tenant off, chunk by chunk; after a turn it queues again behind the others.

    Running it twice at once does no harm: the second one finds the job locked. A suspended tenant's job rests.
    """
    until = time.monotonic() + TURN_S
    while is_at_work(current_schema()):
        if not _advance(UUID(job_id)):
            return
        if time.monotonic() >= until:
            run_job.delay(job_id)
            return


def _advance(job_id: UUID) -> bool:
    try:
        return jobs.advance(job_id)
    except Exception:
        jobs.note_break(job_id)  # the sweep tries again; what it was ends up in the log
        raise


@shared_task
def sweep_jobs(**_later: Any) -> None:  # noqa: ANN401 - room for newer arguments
    """Give the jobs that have lost their worker a new one, in every tenant, and drop what is long done."""
    now = clocks.now()
    for schema in each_active_schema():
        with tenant_context(schema):
            for job_id in jobs.quiet_jobs(now):
                run_job.delay(str(job_id))
            jobs.forget_old_jobs(now)
