"""Reading the health of the installation."""

from typing import Any

from django.db.models import Q, QuerySet

from kernel.clocks import from_unix, rfc3339
from kernel.heartbeat import heartbeats
from kernel.tenancy import current_schema
from monitoring import measurements
from monitoring.models import Alert
from monitoring.parts import Part, parts


def open_alerts() -> QuerySet[Alert]:
    """Return the open alerts this reader may see: a tenant its own and those of the whole installation."""
    alerts = Alert.objects.filter(closed_at=None).order_by("-opened_at")
    schema = current_schema()
    return alerts if schema == "public" else alerts.filter(Q(schema_name="") | Q(schema_name=schema))


def health_snapshot() -> dict[str, Any]:
    """Return how the installation is, as the API shows it; status is ok, degraded or down.

    Raises redis.exceptions.RedisError when Redis does not answer.
    """
    found = parts(heartbeats())
    numbers = measurements.latest()
    alerts = [_shape(alert) for alert in open_alerts()]
    return {
        "status": _status(found, alerts),
        "parts": [
            {"name": part.name, "alive": part.alive, "processes": part.processes, "silent_s": part.silent_s}
            for part in found
        ],
        "inbox": numbers.get("inbox"),
        "events": numbers.get("events"),
        "queues": numbers.get("queues"),
        "alerts": alerts,
        "measured_at": rfc3339(from_unix(numbers["measured_at"])) if numbers else None,
    }


def _status(found: list[Part], alerts: list[dict[str, Any]]) -> str:
    if not any(part.alive for part in found):
        return "down"
    return "degraded" if alerts or not all(part.alive for part in found) else "ok"


def _shape(alert: Alert) -> dict[str, Any]:
    return {
        "key": alert.key,
        "severity": alert.severity,
        "title": alert.title,
        "details": alert.details,
        "opened_at": rfc3339(alert.opened_at),
    }
