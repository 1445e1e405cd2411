"""Opening and closing alerts, and trying again what is stuck."""

from collections.abc import Collection
from datetime import datetime

import structlog
from django.db import transaction

from kernel import clocks
from kernel.actors import Actor
from kernel.events import publish
from kernel.events.replay import Replayed, replay_parked
from kernel.events.subscriptions import Subscriber
from kernel.tenancy import tenant_context
from monitoring.events import ParkedEventsReplayed
from monitoring.models import Alert
from monitoring.types import Finding
from tenants.types import TenantInfo

log = structlog.get_logger(__name__)


def raise_alert(finding: Finding, *, now: datetime | None = None) -> bool:
    """Open an alert, or bring an open one up to date; tells whether it is new. Two may race: one alert stays."""
    alert, is_new = Alert.objects.get_or_create(
        key=finding.key,
        schema_name=finding.schema_name,
        closed_at=None,
        defaults={
            "severity": finding.severity,
            "title": finding.title,
            "details": finding.details,
            "opened_at": now or clocks.now(),
        },
    )
    if not is_new and alert.details != finding.details:
        Alert.objects.filter(id=alert.id).update(details=finding.details, updated_at=now or clocks.now())
    if is_new:
        log.error("alert opened", key=finding.key, about=finding.schema_name, severity=finding.severity.value)
    return is_new


def close_alert(*, key: str, schema_name: str = "", now: datetime | None = None) -> bool:
    """Close an alert; tells whether it was open."""
    opened = Alert.objects.filter(key=key, schema_name=schema_name, closed_at=None)
    closed = opened.update(closed_at=now or clocks.now(), updated_at=now or clocks.now())
    if closed:
        log.info("alert closed", key=key, about=schema_name)
    return bool(closed)


def settle_alerts(findings: Collection[Finding], *, now: datetime | None = None) -> None:
    """Make the open alerts those of `findings`: raise the new ones, close what is not wrong any more."""
    current = {(finding.key, finding.schema_name) for finding in findings}
    for finding in findings:
        raise_alert(finding, now=now)
    for key, schema_name in Alert.objects.filter(closed_at=None).values_list("key", "schema_name"):
        if (key, schema_name) not in current:
            close_alert(key=key, schema_name=schema_name, now=now)


def replay_events(*, tenant: TenantInfo, subscriber: Subscriber, actor: Actor, now: datetime | None = None) -> Replayed:
    """Hand a subscriber the events of a tenant it could not take, once more, and note that somebody did."""
    done = replay_parked(tenant.schema_name, subscriber)
    with tenant_context(tenant.schema_name), transaction.atomic():
        fact = ParkedEventsReplayed(
            tenant_id=tenant.id, subscriber=subscriber.name, delivered=done.delivered, parked=done.parked
        )
        publish(fact, actor=actor, now=now)
    return done
