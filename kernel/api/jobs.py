"""Jobs: bulk operations that go on behind the request that asked for them.

What a job is about is fixed when it starts: its rows are written down once, and worked off in chunks. A chunk, its
counters and the place in the list are one transaction under the lock of the job's row. A worker that is killed loses
the chunk it was in, which is then done by the next one: no row is left out, and none is changed twice.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import orjson
from django.db import connection, transaction
from django.db.models import F, QuerySet
from django.utils.translation import gettext_lazy as _

from kernel import clocks
from kernel.actors import Actor, ActorKind
from kernel.api.bulk import Failure, bulk_named, change_rows, no_such_object
from kernel.api.models import Job, JobRow, JobStatus
from kernel.api.principal import Principal
from kernel.api.rendering import dump
from kernel.errors import Conflict, NotFound
from kernel.shapes import Part, Recipe, identifier, in_order, moment, plain

CHUNK = 20
"""Rows of one transaction: it holds the tenant's history, so it has to be short."""
TOLD = 100
"""Failures kept with the job itself; all of them are in its list."""
TRIES = 5
"""Times a chunk may break before the job is given up."""
QUIET = timedelta(seconds=45)
"""A job at work of which nothing was heard for so long has lost its worker."""
KEPT = timedelta(days=30)
ACTIVE = (JobStatus.QUEUED, JobStatus.RUNNING)
_WRITE_DOWN = """
    INSERT INTO api_jobrow (job_id, position, object_id, code, message, details)
    SELECT %s, place, object_id, '', '', '{}'::jsonb
    FROM unnest(%s::uuid[]) WITH ORDINALITY AS listed (object_id, place)
"""


def start_job(
    *,
    caller: Principal,
    resource: str,
    operation: str,
    ids: Sequence[UUID],
    unknown: Sequence[UUID],
    updates: Mapping[str, Any],
    dry_run: bool,
) -> UUID:
    """Write down what is to be done to which rows, and have a worker begin after commit.

    `unknown` are ids that were asked for and do not exist: they are in the result as failures.
    """
    lost = [no_such_object(one) for one in unknown]
    with transaction.atomic():
        job = Job.objects.create(
            owner_kind=caller.kind, owner_id=caller.id, actor_kind=caller.actor.kind, actor_id=caller.actor.id,
            resource=resource, operation=operation, updates=orjson.loads(dump(updates)), dry_run=dry_run,
            total=len(ids), failed=len(lost), failures=[one.as_dict() for one in lost[:TOLD]],
        )  # fmt: skip
        with connection.cursor() as cursor:
            cursor.execute(_WRITE_DOWN, [job.id, list(ids)])
        JobRow.objects.bulk_create(_rows(job.id, len(ids), lost))
        transaction.on_commit(partial(_wake_worker, job.id), robust=True)
    return job.id


def _rows(job_id: UUID, after: int, lost: Sequence[Failure]) -> list[JobRow]:
    return [
        JobRow(
            job_id=job_id,
            position=after + number,
            object_id=one.id,
            code=one.code,
            message=one.message,
            details=one.details,
        )
        for number, one in enumerate(lost, 1)
    ]


def _wake_worker(job_id: UUID) -> None:
    from kernel.api.tasks import run_job  # noqa: PLC0415 - tasks call this module

    run_job.delay(str(job_id))


def advance(job_id: UUID, *, now: datetime | None = None) -> bool:
    """Do the next chunk of a job in the current tenant; True while there is more to do.

    False also when another worker is at it, or when it is done or cancelled.
    """
    at = now or clocks.now()
    with transaction.atomic():
        job = Job.objects.select_for_update(skip_locked=True).filter(id=job_id, status__in=ACTIVE).first()
        if job is None:
            return False
        rows = JobRow.objects.filter(job_id=job_id, position__gt=job.done, position__lte=job.total)
        ids = list(rows.order_by("position").values_list("object_id", flat=True)[:CHUNK])
        _note_done(job, ids, _do(job, ids), at)
        job.save()
    return job.status == JobStatus.RUNNING


def _do(job: Job, ids: Sequence[UUID]) -> list[Failure]:
    bulk = bulk_named(job.resource)
    updates = bulk.updates.checked(job.updates)
    actor = Actor(ActorKind(job.actor_kind), job.actor_id)
    return change_rows(bulk, job.operation, ids, updates, actor, dry_run=job.dry_run)


def _note_done(job: Job, ids: Sequence[UUID], failures: Sequence[Failure], at: datetime) -> None:
    first = job.done + 1
    places = {one: first + number for number, one in enumerate(ids)}
    for failure in failures:
        row = JobRow.objects.filter(job_id=job.id, position=places[failure.id])
        row.update(code=failure.code, message=failure.message[:400], details=failure.details)
    job.done += len(ids)
    job.updated += len(ids) - len(failures)
    job.failed += len(failures)
    job.failures = [*job.failures, *(one.as_dict() for one in failures)][:TOLD]
    job.tries, job.started_at = 0, job.started_at or at
    job.status = JobStatus.DONE if job.done >= job.total else JobStatus.RUNNING
    job.finished_at = at if job.status == JobStatus.DONE else None


def note_break(job_id: UUID, *, now: datetime | None = None) -> None:
    """Note that a chunk broke for a reason that is no refusal; after five times the job is given up."""
    with transaction.atomic():
        Job.objects.filter(id=job_id, status__in=ACTIVE).update(tries=F("tries") + 1, updated_at=now or clocks.now())
        lost = Job.objects.filter(id=job_id, status__in=ACTIVE, tries__gte=TRIES)
        lost.update(status=JobStatus.FAILED, finished_at=now or clocks.now())


def cancel_job(caller: Principal, job_id: UUID, *, now: datetime | None = None) -> None:
    """Stop an own job after the chunk that is being done; what is done stays done. Raises NotFound, Conflict."""
    at = now or clocks.now()
    with transaction.atomic():
        job = own_jobs(caller).select_for_update().filter(id=job_id).first()
        if job is None:
            raise NotFound(_("There is no such job."))
        if job.status == JobStatus.CANCELLED:
            return
        if job.status not in ACTIVE:
            raise Conflict(_("The job has ended already."), details={"status": [job.status]})
        job.status, job.finished_at = JobStatus.CANCELLED, at
        job.save(update_fields=["status", "finished_at", "updated_at"])


def own_jobs(caller: Principal) -> QuerySet[Job]:
    """Return the jobs a caller has started."""
    return Job.objects.filter(owner_kind=caller.kind, owner_id=caller.id)


def failures_after(job_id: UUID, position: int, limit: int) -> list[JobRow]:
    """Return the rows of a job that were refused, in order, after a position."""
    rows = JobRow.objects.filter(job_id=job_id, position__gt=position).exclude(code="")
    return list(rows.order_by("position")[:limit])


def quiet_jobs(now: datetime) -> list[UUID]:
    """Return the jobs of the current tenant that should be at work and are not."""
    return list(Job.objects.filter(status__in=ACTIVE, updated_at__lt=now - QUIET).values_list("id", flat=True))


def forget_old_jobs(now: datetime) -> int:
    """Drop the jobs that ended 30 days ago; returns how many rows went."""
    return Job.objects.filter(finished_at__lt=now - KEPT).delete()[0]


def job_shapes(ids: Sequence[UUID], *, fields: frozenset[str] = frozenset()) -> list[dict[str, Any]]:
    """Return jobs as the API shows them, in the order of `ids`; one statement."""
    rows: QuerySet[Any, dict[str, Any]] = Job.objects.filter(id__in=ids).values(*JOB.columns(fields))
    return in_order(ids, ((row["id"], JOB.make(row, fields)) for row in rows))


def _progress(row: Mapping[str, Any]) -> dict[str, int]:
    percent = 100 if not row["total"] else row["done"] * 100 // row["total"]
    return {"total": row["total"], "done": row["done"], "percent": percent}


def _result(row: Mapping[str, Any]) -> dict[str, Any]:
    counts = {"matched": row["total"], "updated": row["updated"], "failed_count": row["failed"]}
    return {**counts, "failed": row["failures"]}


def _links(row: Mapping[str, Any]) -> dict[str, str]:
    base = f"/api/v1/jobs/{row['id']}/"
    return {"self": base, "failures": f"{base}failures/", "cancel": f"{base}cancel/"}


JOB = Recipe(
    {
        "id": identifier(),
        "resource": plain("resource"),
        "operation": plain("operation"),
        "dry_run": plain("dry_run"),
        "status": plain("status"),
        "progress": Part(("total", "done"), _progress),
        "result": Part(("total", "updated", "failed", "failures"), _result),
        "started_at": moment("started_at"),
        "finished_at": moment("finished_at"),
        "created_at": moment("created_at"),
        "updated_at": moment("updated_at"),
        "_links": Part((), _links),
    }
)
