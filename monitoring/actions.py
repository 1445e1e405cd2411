"""Opening and closing alerts."""

from collections.abc import Collection
from datetime import datetime

import structlog

from kernel import clocks
from monitoring.models import Alert
from monitoring.types import Finding

log = structlog.get_logger(__name__)


def raise_alert(finding: Finding, *, now: datetime | None = None) -> bool:
    """Open an alert unless it is open already; tells whether it is new. Two processes may race: one alert stays."""
    _alert, is_new = Alert.objects.get_or_create(
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
