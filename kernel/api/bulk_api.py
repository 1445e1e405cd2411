"""The API of bulk operations and of the jobs they become."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, ClassVar
from uuid import UUID

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from kernel.api import jobs
from kernel.api.bulk import AT_ONCE, MOST, Bulk, change_rows, no_such_object
from kernel.api.calls import Answer, Call, one_answer, page_answer
from kernel.api.inputs import PAGE_LIMIT, PAGE_SIZE, Body, Flag, Id, ListQuery, Query, Word
from kernel.api.models import JobStatus
from kernel.api.operations import Operation
from kernel.api.routes import route
from kernel.api.shapes import Links, Shape
from kernel.api.views import ApiView
from kernel.errors import Conflict, Invalid, NotFound

IDS_LIMIT = 10_000
JOB_ID = "01936f60-7a7a-7070-8070-707070707070"
_PAGING = ("limit", "cursor", "include_total", "order")


def filters_of(query: type[ListQuery]) -> type[Query]:
    """Return the filters of a list without its paging and order, each validated as there."""
    fields = {name: None for name in _PAGING if name in query().fields}
    name = query.__name__.removesuffix("Query") + "Filters"
    return type(name, (query,), {**fields, "__doc__": "The filters of the list, as in its query."})


def bulk_body(bulk: Bulk, example: Mapping[str, Any]) -> type[Body]:
    """Return the body of a bulk operation on one kind of objects."""
    fields: dict[str, Any] = {
        "__doc__": "What to do to which objects: give `ids` or `filters`.",
        "operation": Word(choices=sorted(bulk.changes)),
        "ids": serializers.ListField(child=Id(), required=False, allow_empty=False, max_length=IDS_LIMIT),
        "filters": bulk.filters(required=False, help_text="Empty for all."),
        "updates": bulk.updates(required=False, help_text="For `update`: as in a `PATCH` of one object."),
        "dry_run": Flag(default=False, help_text="Do everything and take it back: tells what would be refused."),
        "validate": _hold_together,
        "example": {"operation": "update", **example},
    }
    return type(f"Bulk{bulk.name.title()}Body", (Body,), fields)


def _hold_together(_body: Body, attrs: dict[str, Any]) -> dict[str, Any]:
    if ("ids" in attrs) == ("filters" in attrs):
        raise serializers.ValidationError({"ids": [_("Give either ids or filters.")]})
    if (attrs["operation"] == "update") != bool(attrs.get("updates")):
        raise serializers.ValidationError({"updates": [_("Give it with the operation update, and only then.")]})
    return attrs


class FailureOfRowShape(Shape):
    """Why one object was left as it is."""

    id = serializers.UUIDField()
    code = serializers.CharField()
    message = serializers.CharField()
    details = serializers.DictField(child=serializers.ListField(child=serializers.CharField()))


class BulkResultShape(Shape):
    """What became of a bulk operation: done, or begun as a job."""

    selectable = False

    matched = serializers.IntegerField(help_text="Objects it is about.")
    updated = serializers.IntegerField(help_text="Objects it was done to; with `dry_run` those it would be done to.")
    failed = FailureOfRowShape(many=True)
    job_id = serializers.UUIDField(allow_null=True, help_text="Of the job, when there are more than 100.")

    example: ClassVar[dict[str, Any]] = {"matched": 3, "updated": 3, "failed": [], "job_id": None}


def bulk_answer(call: Call, bulk: Bulk) -> Answer:
    """Do a validated bulk operation, or begin the job that does it. Raises Invalid for too many objects."""
    ids, unknown = _chosen(call, bulk)
    operation, updates, dry_run = call.body["operation"], call.body.get("updates", {}), call.body["dry_run"]
    if len(ids) <= AT_ONCE:
        failures = change_rows(bulk, operation, ids, updates, call.principal.actor, dry_run=dry_run)
        told = [*(no_such_object(one) for one in unknown), *failures]
        return Answer(data=_result(len(ids), len(ids) - len(failures), [one.as_dict() for one in told], None))
    job_id = jobs.start_job(
        caller=call.principal, resource=bulk.name, operation=operation, ids=ids, unknown=unknown, updates=updates,
        dry_run=dry_run,
    )  # fmt: skip
    return Answer(data=_result(len(ids), 0, [], job_id), status=HTTPStatus.ACCEPTED, location=f"/api/v1/jobs/{job_id}/")


def _result(matched: int, updated: int, failed: list[dict[str, Any]], job_id: UUID | None) -> dict[str, Any]:
    return {"matched": matched, "updated": updated, "failed": failed, "job_id": job_id}


def _chosen(call: Call, bulk: Bulk) -> tuple[Sequence[UUID], Sequence[UUID]]:
    """Return the ids it is about, each once, and those that were asked for and do not exist."""
    if "filters" in call.body:
        rows = bulk.matching(call.principal, call.body["filters"])
        ids = list(rows.order_by("id").values_list("id", flat=True)[: MOST + 1])
        if len(ids) > MOST:
            raise Invalid(_("These are too many objects."), details={"filters": [_("At most 100,000; narrow them.")]})
        return ids, []
    wanted = list(dict.fromkeys(call.body["ids"]))
    known = set(bulk.existing(wanted).values_list("id", flat=True))
    return [one for one in wanted if one in known], [one for one in wanted if one not in known]


class ProgressShape(Shape):
    """How far a job has come."""

    total = serializers.IntegerField()
    done = serializers.IntegerField()
    percent = serializers.IntegerField()


class JobResultShape(Shape):
    """What it has done so far."""

    matched = serializers.IntegerField()
    updated = serializers.IntegerField()
    failed_count = serializers.IntegerField()
    failed = FailureOfRowShape(many=True, help_text="The first 100; all of them are at `_links.failures`.")


class JobShape(Shape):
    """A bulk operation that goes on behind its request."""

    id = serializers.UUIDField()
    resource = serializers.CharField()
    operation = serializers.CharField()
    dry_run = serializers.BooleanField()
    status = serializers.ChoiceField(choices=JobStatus.choices)
    progress = ProgressShape()
    result = JobResultShape()
    started_at = serializers.DateTimeField(allow_null=True)
    finished_at = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    _links = Links()

    example: ClassVar[dict[str, Any]] = {
        "id": JOB_ID,
        "resource": "contacts",
        "operation": "update",
        "dry_run": False,
        "status": "running",
        "progress": {"total": 1200, "done": 300, "percent": 25},
        "result": {"matched": 1200, "updated": 300, "failed_count": 0, "failed": []},
        "started_at": "2026-11-20T15:04:05.000Z",
        "finished_at": None,
        "created_at": "2026-11-20T15:04:05.000Z",
        "updated_at": "2026-11-20T15:04:09.000Z",
        "_links": {
            "self": f"/api/v1/jobs/{JOB_ID}/",
            "failures": f"/api/v1/jobs/{JOB_ID}/failures/",
            "cancel": f"/api/v1/jobs/{JOB_ID}/cancel/",
        },
    }


def _own(call: Call, job_id: UUID) -> UUID:
    if not jobs.own_jobs(call.principal).filter(id=job_id).exists():
        raise NotFound(_("There is no such job."))
    return job_id


class Jobs(ApiView):
    """The jobs you have started."""

    tag = "Jobs"

    @Operation(
        name="listJobs", summary="List your jobs", scope="jobs:read", returns=JobShape, many=True, query=ListQuery
    )
    def get(self, call: Call) -> Answer:
        """Newest first; they are kept for 30 days after they ended."""
        return page_answer(call, jobs.own_jobs(call.principal), jobs.job_shapes, order="-created_at")


class OneJob(ApiView):
    """One job."""

    tag = "Jobs"

    @Operation(name="getJob", summary="See how far a job has come", scope="jobs:read", returns=JobShape)
    def get(self, call: Call, job_id: UUID) -> Answer:
        """Read `status`: `queued`, `running`, `done`, `cancelled`, or `failed`, given up for a fault of ours."""
        return one_answer(call, _own(call, job_id), jobs.job_shapes)


class JobCancellation(ApiView):
    """The end of a job before its end."""

    tag = "Jobs"

    @Operation(name="cancelJob", summary="Cancel a job", scope="jobs:write", returns=JobShape, errors=(Conflict,))
    def post(self, call: Call, job_id: UUID) -> Answer:
        """Stop after the rows that are being done; what is done stays done. One that has ended is a conflict."""
        jobs.cancel_job(call.principal, job_id)
        return one_answer(call, job_id, jobs.job_shapes)


class JobFailureShape(FailureOfRowShape):
    """An object a job has left as it is."""

    selectable = False

    position = serializers.IntegerField(help_text="In the list of the job.")

    example: ClassVar[dict[str, Any]] = {
        "id": "01936f5e-0c0a-7d0a-9e0a-1a2b3c4d5e6f",
        "code": "CONFLICT",
        "message": "Another contact already has this phone or email.",
        "details": {},
        "position": 17,
    }


class FailureQuery(Query):
    """Where to go on."""

    after = serializers.IntegerField(
        default=0, min_value=0, max_value=2**31 - 1, help_text="The last position you have."
    )
    limit = serializers.IntegerField(default=PAGE_SIZE, min_value=1, max_value=PAGE_LIMIT)


class JobFailures(ApiView):
    """Every object a job has left as it is."""

    tag = "Jobs"

    @Operation(
        name="listJobFailures",
        summary="List what a job could not do",
        scope="jobs:read",
        returns=JobFailureShape,
        many=True,
        query=FailureQuery,
    )
    def get(self, call: Call, job_id: UUID) -> Answer:
        """List them in the order of the job. Ask again with the last `position` as `after`."""
        limit = call.query["limit"]
        rows = jobs.failures_after(_own(call, job_id), call.query["after"], limit)
        shapes = [
            {"id": row.object_id, "code": row.code, "message": row.message, "details": row.details,
             "position": row.position}
            for row in rows
        ]  # fmt: skip
        return Answer(data=shapes, next_page={"after": str(rows[-1].position)} if len(rows) == limit else {})


urlpatterns = [
    route("jobs/", Jobs),
    route("jobs/<uuid:job_id>/", OneJob),
    route("jobs/<uuid:job_id>/cancel/", JobCancellation),
    route("jobs/<uuid:job_id>/failures/", JobFailures),
]
