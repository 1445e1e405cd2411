"""Everything that changes the webhook inbox."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import orjson
from django.db import connection, transaction

from ingest.events import UpdateReplayed
from ingest.lanes import lane_of
from ingest.models import Delivery, ParkedUpdate, VendorApp
from ingest.types import Problem
from kernel import clocks
from kernel.actors import SYSTEM, Actor
from kernel.events import publish
from kernel.tenancy import PLATFORM, tenant_context

KEEP_DONE = timedelta(days=7)


def seed_vendor_app(*, vendor: str, label: str, secret: str, verify_token: str) -> None:
    """Make the application of the environment known, or follow its changed secret."""
    VendorApp.objects.update_or_create(
        vendor=vendor, label=label, defaults={"secret": secret, "verify_token": verify_token, "is_active": True}
    )


def park(problems: Sequence[Problem]) -> None:
    """Keep updates that stay behind, with their reasons. One that is known already is not doubled."""
    ParkedUpdate.objects.bulk_create([_row(problem) for problem in problems], ignore_conflicts=True)


def _row(problem: Problem) -> ParkedUpdate:
    raw = problem.payload if isinstance(problem.payload, bytes) else orjson.dumps(problem.payload)
    return ParkedUpdate(
        vendor=problem.delivery.vendor,
        app_id=problem.delivery.app_id,
        delivery_id=problem.delivery.id,
        position=problem.position,
        reason=problem.reason,
        detail=problem.detail[:500],
        schema_name=problem.schema_name,
        payload=raw,
        received_at=problem.delivery.received_at,
    )


@transaction.atomic
def replay_parked(ids: Sequence[UUID] | None = None, *, actor: Actor = SYSTEM, now: datetime | None = None) -> int:
    """Put parked updates (all, or these) back into the inbox as deliveries of their own; returns how many.

    What still cannot be handed down is parked anew, with its new reason.
    """
    at = now or clocks.now()
    rows = ParkedUpdate.objects.select_for_update().filter(replayed_at=None)
    chosen = list(rows.filter(id__in=ids) if ids is not None else rows)
    Delivery.objects.bulk_create(
        [
            Delivery(
                vendor=row.vendor, app_id=row.app_id, digest=row.id.bytes.ljust(32, b"\0"), body=row.payload,
                lane=lane_of(bytes(row.payload)), received_at=at,
            )
            for row in chosen
        ],
        ignore_conflicts=True,
    )  # fmt: skip
    ParkedUpdate.objects.filter(id__in=[row.id for row in chosen]).update(replayed_at=at)
    wake_workers()
    with tenant_context(PLATFORM):
        publish(*[UpdateReplayed(update_id=row.id) for row in chosen], actor=actor, now=at)
    return len(chosen)


def wake_workers() -> None:
    """Tell ingest workers that something waits; delivered with the caller's commit."""
    with connection.cursor() as cursor:
        cursor.execute("NOTIFY redress_ingest")


def purge(*, now: datetime | None = None) -> int:
    """Delete deliveries that were handed down a week ago; parked updates stay."""
    deleted, _by_model = Delivery.objects.filter(done_at__lt=(now or clocks.now()) - KEEP_DONE).delete()
    return deleted
