import time
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db.models import F

from integrations.breaker import Breaker, Outcome
from kernel import heartbeat, redis
from kernel.anchors.models import Anchor
from kernel.heartbeat import beat
from monitoring import actions, alarms, manager, measurements, queries
from monitoring.enums import Severity
from monitoring.models import Alert
from monitoring.parts import PARTS
from monitoring.types import Finding

pytestmark = pytest.mark.django_db

STUCK = Finding("parked:inbox", Severity.WARNING, "Updates are set aside", "", {"count": 2})


@pytest.fixture(autouse=True)
def _every_event_handled() -> None:
    """No dispatcher runs here, so what the cast published while it was made would count as late."""
    Anchor.objects.update(dispatched_seq=F("head_seq"))


def _open() -> set[tuple[str, str]]:
    return set(Alert.objects.filter(closed_at=None).values_list("key", "schema_name"))


def test_an_alert_is_open_once_however_often_it_is_raised():
    assert actions.raise_alert(STUCK) is True
    assert actions.raise_alert(STUCK) is False
    assert Alert.objects.count() == 1


def test_the_same_thing_in_two_tenants_is_two_alerts():
    actions.raise_alert(Finding("parked:events", Severity.WARNING, "x", "t_northside"))
    actions.raise_alert(Finding("parked:events", Severity.WARNING, "x", "t_harbor"))
    assert _open() == {("parked:events", "t_northside"), ("parked:events", "t_harbor")}


def test_an_alert_opens_again_after_it_was_closed():
    actions.raise_alert(STUCK)
    assert actions.close_alert(key=STUCK.key) is True
    assert actions.close_alert(key=STUCK.key) is False
    assert actions.raise_alert(STUCK) is True
    assert Alert.objects.count() == 2
    assert len(_open()) == 1


def test_settling_closes_what_is_no_longer_wrong():
    now = datetime(2026, 1, 2, tzinfo=UTC)
    actions.settle_alerts([STUCK, Finding("silent:worker", Severity.CRITICAL, "x")])
    actions.settle_alerts([STUCK], now=now)
    assert _open() == {("parked:inbox", "")}
    assert Alert.objects.get(key="silent:worker").closed_at == now


def test_a_look_keeps_the_numbers_for_everybody():
    manager.HealthManager().look()
    numbers = measurements.latest()
    assert numbers["inbox"] == {"waiting": 0, "lag_s": 0.0, "parked": 0}
    assert numbers["queues"] == {"send": 0, "default": 0, "unacknowledged": 0}
    assert set(numbers["tenants"]) == set(manager.TENANT_TOTALS)
    assert time.time() - numbers["measured_at"] < 5


def test_a_silent_part_raises_an_alert_only_after_the_grace_time(monkeypatch: pytest.MonkeyPatch):
    watch = manager.HealthManager()
    watch.look()
    assert _open() == set()
    monkeypatch.setattr(watch, "_started", time.monotonic() - manager.GRACE_S - 1)
    for part in set(PARTS) - {"worker"}:
        beat(part)
    watch.look()
    assert _open() == {("silent:worker", "")}
    beat("worker")
    watch.look()
    assert _open() == set()


def _numbers(**changes: Any) -> dict[str, Any]:
    return {"inbox": {"lag_s": 0.0, "parked": 0}, "events": {"lag_s": 0.0}} | changes


def test_late_work_is_found_by_its_age():
    assert list(manager._late(_numbers())) == []
    late = manager._late(_numbers(inbox={"lag_s": 61.0, "parked": 0}))
    assert [(finding.key, finding.severity) for finding in late] == [("late:inbox", Severity.CRITICAL)]


def test_what_is_set_aside_is_found_per_tenant():
    stuck = {"t_a": {"events_parked": 1, "outbox_parked": 0}, "t_b": {"events_parked": 0, "outbox_parked": 4}}
    found = {(f.key, f.schema_name, f.details["count"]) for f in manager._stuck(_numbers(), stuck)}
    assert found == {("parked:events", "t_a", 1), ("parked:outbox", "t_b", 4)}


def test_an_open_breaker_raises_an_alert_that_closes_with_it():
    breaker = Breaker("whatsapp", "t_northside")
    tickets = [breaker.admit() for _ in range(5)]
    for ticket in tickets:
        breaker.settle(ticket, Outcome.FAILED)
    assert _open() == {("breaker:whatsapp", "t_northside")}
    manager.HealthManager().look()
    assert _open() == {("breaker:whatsapp", "t_northside")}
    redis.client().flushdb()
    heartbeat._last_beat.clear()
    manager.HealthManager().look()
    assert _open() == set()


def test_the_snapshot_shows_parts_numbers_and_alerts():
    for part in PARTS:
        beat(part)
    manager.HealthManager().look()
    snapshot = queries.health_snapshot()
    assert snapshot["status"] == "ok"
    assert [part["name"] for part in snapshot["parts"]] == list(PARTS)
    assert all(part["alive"] and part["processes"] == 1 for part in snapshot["parts"])
    assert snapshot["inbox"] == {"waiting": 0, "lag_s": 0.0, "parked": 0}
    assert snapshot["alerts"] == []
    alarms.breaker_opened("whatsapp", "t_harbor")
    assert queries.health_snapshot()["status"] == "degraded"


def test_nobody_alive_is_down_and_says_so_without_numbers():
    snapshot = queries.health_snapshot()
    assert (snapshot["status"], snapshot["inbox"], snapshot["measured_at"]) == ("down", None, None)


def test_a_tenant_sees_its_own_alerts_and_those_of_all(northside: Any):
    for schema in ("", northside.schema, "t_harbor"):
        actions.raise_alert(Finding(f"x{schema}", Severity.WARNING, "x", schema))
    with northside.inside():
        keys = {alert["key"] for alert in queries.health_snapshot()["alerts"]}
    assert keys == {"x", f"x{northside.schema}"}
