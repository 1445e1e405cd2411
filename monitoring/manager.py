"""The health manager: looks at everything every ten seconds, keeps the numbers, raises and closes alerts."""

import time
from collections.abc import Iterator
from threading import Event
from typing import Any

import structlog
from django.db import DatabaseError, close_old_connections
from redis.exceptions import RedisError

from integrations.breaker import Breaker, Status
from kernel.heartbeat import beat, forget_the_gone, heartbeats
from monitoring import actions, measurements
from monitoring.alarms import BREAKER, breaker_finding
from monitoring.enums import Severity
from monitoring.models import Alert
from monitoring.parts import parts
from monitoring.types import Finding

log = structlog.get_logger(__name__)

LOOK_EVERY_S = 10.0
TENANTS_EVERY_S = 60.0
GRACE_S = 60.0
"""After its own start the manager gives every part this long to be heard."""
LATE_S = 60.0
TENANT_TOTALS = ("events_parked", "outbox_waiting", "outbox_dead", "outbox_parked")


class HealthManager:
    """One look after the other until `stop`."""

    def __init__(self) -> None:
        self._stopped = Event()
        self._started = time.monotonic()
        self._tenants: dict[str, dict[str, int]] = {}
        self._tenants_due = 0.0

    def stop(self) -> None:
        """Return from `run` at once; safe in a signal handler."""
        self._stopped.set()

    def run(self) -> None:
        """Look every ten seconds. A database or Redis that is away is waited for: it is what we are here to see."""
        while not self._stopped.is_set():
            close_old_connections()
            try:
                self.look()
            except (DatabaseError, RedisError) as problem:
                log.error("cannot look", reason=str(problem))  # noqa: TRY400 - an outage, not a fault of ours
            self._stopped.wait(LOOK_EVERY_S)

    def look(self) -> None:
        """Take the numbers, keep them, and make the alerts fit what is wrong."""
        beat("health")
        numbers = measurements.measure() | {"tenants": self._tenant_totals()}
        measurements.keep(numbers)
        actions.settle_alerts(list(self._findings(numbers)))
        forget_the_gone()
        log.info("measured", **{name: numbers[name] for name in ("inbox", "events", "queues", "tenants")})

    def _tenant_totals(self) -> dict[str, int]:
        if time.monotonic() >= self._tenants_due:
            self._tenants = measurements.measure_tenants()
            self._tenants_due = time.monotonic() + TENANTS_EVERY_S
        return {name: sum(numbers[name] for numbers in self._tenants.values()) for name in TENANT_TOTALS}

    def _findings(self, numbers: dict[str, Any]) -> Iterator[Finding]:
        if time.monotonic() - self._started > GRACE_S:
            yield from _silent()
        yield from _late(numbers)
        yield from _stuck(numbers, self._tenants)
        yield from _open_breakers()


def _silent() -> Iterator[Finding]:
    for part in parts(heartbeats()):
        if not part.alive:
            details = {"silent_s": part.silent_s}
            yield Finding(f"silent:{part.name}", Severity.CRITICAL, f"{part.name} gives no sign of life", "", details)


def _late(numbers: dict[str, Any]) -> Iterator[Finding]:
    for group, title in (("inbox", "Webhooks are handed down late"), ("events", "Events are handled late")):
        if numbers[group]["lag_s"] > LATE_S:
            yield Finding(f"late:{group}", Severity.CRITICAL, title, "", numbers[group])


def _stuck(numbers: dict[str, Any], tenants: dict[str, dict[str, int]]) -> Iterator[Finding]:
    if count := numbers["inbox"]["parked"]:
        title = "Updates from vendors are set aside; see `manage.py ingest parked`"
        yield Finding("parked:inbox", Severity.WARNING, title, "", {"count": count})
    for schema, stuck in tenants.items():
        if count := stuck["events_parked"]:
            title = "Events are set aside; see `manage.py events parked`"
            yield Finding("parked:events", Severity.WARNING, title, schema, {"count": count})
        if count := stuck["outbox_parked"]:
            title = "Messages could not be sent in any round"
            yield Finding("parked:outbox", Severity.WARNING, title, schema, {"count": count})


def _open_breakers() -> Iterator[Finding]:
    """Yield the breakers known to have opened that have not closed again."""
    known = Alert.objects.filter(closed_at=None, key__startswith=BREAKER).values_list("key", "schema_name")
    for key, schema in known:
        vendor = key.removeprefix(BREAKER)
        if Breaker(vendor, schema).state().status != Status.CLOSED:
            yield breaker_finding(vendor, schema)
