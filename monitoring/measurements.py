"""The numbers of the whole installation, taken by the health manager and read by everybody who shows them."""

import time
from typing import Any

import orjson
from django.conf import settings
from django.db.models import Count, F, Min, Sum

from conversations.queries import outbox_backlog
from ingest.queries import backlog
from kernel import clocks, redis
from kernel.anchors.models import Anchor
from kernel.events.models import ParkedEvent
from kernel.tenancy import each_active_schema, tenant_context

Numbers = dict[str, Any]


def measure() -> Numbers:
    """Take the numbers that do not need a look into each tenant. Runs in the public schema."""
    return {"inbox": backlog(), "events": _events(), "queues": _queues(), "measured_at": time.time()}


def measure_tenants() -> dict[str, dict[str, int]]:
    """Return what waits or is stuck in each tenant that has any of it."""
    found = {schema: _of_tenant(schema) for schema in each_active_schema()}
    return {schema: numbers for schema, numbers in found.items() if any(numbers.values())}


def keep(numbers: Numbers) -> None:
    """Leave the numbers where every process finds them."""
    redis.client().set(_key(), orjson.dumps(numbers))


def latest() -> Numbers:
    """Return the numbers last kept, or none at all."""
    raw = redis.client().get(_key())
    return orjson.loads(raw) if isinstance(raw, bytes) else {}


def _key() -> str:
    return redis.key("health")


def _events() -> Numbers:
    behind = Anchor.objects.filter(dispatched_seq__lt=F("head_seq"))
    numbers = behind.aggregate(
        waiting=Sum(F("head_seq") - F("dispatched_seq"), default=0),
        tenants=Count("schema_name"),
        oldest=Min("updated_at"),
    )
    oldest = numbers.pop("oldest")
    return numbers | {"lag_s": round((clocks.now() - oldest).total_seconds(), 3) if oldest else 0.0}


def _queues() -> dict[str, int]:
    with redis.client().pipeline(transaction=False) as pipeline:
        for queue in settings.TASK_QUEUES:
            pipeline.llen(settings.TASK_PREFIX + queue)
        pipeline.hlen(settings.TASK_PREFIX + "unacked")
        return dict(zip((*settings.TASK_QUEUES, "unacknowledged"), pipeline.execute(), strict=True))


def _of_tenant(schema: str) -> dict[str, int]:
    with tenant_context(schema):
        return {"events_parked": ParkedEvent.objects.count(), **outbox_backlog()}
