"""Reading the webhook inbox."""

from datetime import datetime
from typing import Any

from django.db.models import Count, Min

from ingest.models import Delivery, ParkedUpdate, VendorApp
from ingest.types import Proof
from kernel import clocks


def proofs(vendor: str) -> list[Proof]:
    """Return what proves webhooks of a vendor: every active application, newest first."""
    apps = VendorApp.objects.filter(vendor=vendor, is_active=True).order_by("-created_at")
    return [Proof(app.id, app.secret, app.verify_token) for app in apps]


def parked(limit: int = 100) -> list[dict[str, Any]]:
    """Return parked updates, oldest first, without their content."""
    columns = ("id", "vendor", "reason", "detail", "schema_name", "received_at", "delivery_id", "position")
    return list(ParkedUpdate.objects.filter(replayed_at=None).order_by("received_at", "id").values(*columns)[:limit])


def backlog() -> dict[str, Any]:
    """Return how far behind the inbox is: waiting deliveries, seconds the oldest waits, parked updates."""
    waiting = Delivery.objects.filter(done_at=None).aggregate(n=Count("id"), oldest=Min("received_at"))
    return {
        "waiting": waiting["n"],
        "lag_s": _age(waiting["oldest"]),
        "parked": ParkedUpdate.objects.filter(replayed_at=None).count(),
    }


def _age(oldest: datetime | None) -> float:
    return round((clocks.now() - oldest).total_seconds(), 3) if oldest else 0.0
