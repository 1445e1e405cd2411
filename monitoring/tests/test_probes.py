import json
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from pytest_django.fixtures import Settings

from kernel import redis
from kernel.heartbeat import beat
from monitoring import measurements, readiness

ANYWHERE = "nobody-knows-this.example"


@pytest.fixture
def probe() -> Client:
    """A client on a host that is no tenant's."""
    return Client(HTTP_HOST=ANYWHERE)


@pytest.fixture
def everybody_alive() -> None:
    for part in readiness.NEEDED:
        beat(part)


def test_healthz_answers_on_any_host_without_touching_anything(probe: Client):
    # No database mark: a statement would fail the test.
    response = probe.get("/healthz")
    assert (response.status_code, response.json()) == (200, {"alive": True})
    assert response["Cache-Control"] == "no-store"


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
def test_probes_refuse_to_be_written_to(probe: Client, path: str):
    response = probe.post(path)
    assert (response.status_code, response["Allow"]) == (405, "GET, HEAD")


@pytest.mark.django_db
@pytest.mark.usefixtures("everybody_alive")
def test_readyz_says_yes_when_everything_is_there(probe: Client):
    response = probe.get("/readyz")
    assert (response.status_code, response.json()) == (200, {"ready": True, "reasons": {}})


@pytest.mark.django_db
def test_readyz_names_each_part_that_gives_no_sign_of_life(probe: Client):
    beat("ingest")
    response = probe.get("/readyz")
    assert response.status_code == 503
    assert response.json() == {"ready": False, "reasons": {"dispatcher": "no heartbeat", "worker": "no heartbeat"}}


@pytest.mark.django_db
@pytest.mark.usefixtures("everybody_alive")
def test_readyz_says_how_long_a_part_has_been_silent(probe: Client):
    [field] = [name for name in redis.client().hkeys(redis.key("heartbeats")) if b"worker" in name]
    value = json.loads(redis.client().hget(redis.key("heartbeats"), field) or b"")
    redis.client().hset(redis.key("heartbeats"), field, json.dumps(value | {"at": value["at"] - 45}))
    assert probe.get("/readyz").json()["reasons"] == {"worker": "no heartbeat for 45 s"}


@pytest.mark.django_db
def test_readyz_without_redis_is_no_error(probe: Client, settings: Settings):
    there = settings.REDIS_URL
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    redis.client.cache_clear()
    response = probe.get("/readyz")
    settings.REDIS_URL = there
    redis.client.cache_clear()
    assert response.status_code == 503
    assert response.json()["reasons"] == {
        "redis": "does not answer", "ingest": "unknown", "dispatcher": "unknown", "worker": "unknown",
    }  # fmt: skip


@pytest.mark.django_db
@pytest.mark.usefixtures("everybody_alive")
def test_readyz_counts_schemas_that_lag_behind(probe: Client, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(readiness, "_migrated", False)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM public.django_migrations WHERE app = 'monitoring'")
    response = probe.get("/readyz")
    assert (response.status_code, response.json()["reasons"]) == (503, {"migrations": "1 schemas lag behind"})


@pytest.mark.parametrize("header", [None, "Bearer wrong", "Bearer", "Basic bWV0cmljcw==", "Bearer schlüssel"])
def test_metrics_are_shown_to_nobody_without_the_token(probe: Client, header: str | None):
    response = probe.get("/metrics", headers={"Authorization": header} if header else None)
    assert response.status_code == 401
    assert response["WWW-Authenticate"] == 'Bearer realm="metrics"'
    assert response.content == b""


def _scrape(probe: Client, settings: Settings) -> dict[str, float]:
    response = probe.get("/metrics", headers={"Authorization": f"Bearer {settings.METRICS_TOKEN}"})
    assert response.status_code == 200
    assert response["Content-Type"].startswith("text/plain; version=")
    lines = [line for line in response.content.decode().splitlines() if not line.startswith("#")]
    return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines)}


@pytest.mark.django_db
def test_metrics_tell_what_lives_waits_and_is_stuck(probe: Client, settings: Settings):
    beat("worker")
    redis.client().lpush(settings.TASK_PREFIX + "send", "a", "b")
    numbers: dict[str, Any] = measurements.measure()
    numbers["inbox"] |= {"waiting": 3, "lag_s": 1.5, "parked": 2}
    numbers["events"] |= {"waiting": 4}
    measurements.keep(numbers)
    found = _scrape(probe, settings)
    assert found['redress_part_up{part="worker"}'] == 1
    assert found['redress_part_up{part="ingest"}'] == 0
    assert found['redress_queue_tasks{queue="send"}'] == 2
    assert found["redress_inbox_waiting"] == 3
    assert found["redress_inbox_lag_seconds"] == 1.5
    assert found["redress_inbox_parked"] == 2
    assert found["redress_events_waiting"] == 4
    assert 0 <= found["redress_measured_age_seconds"] < 5
    assert found['redress_alerts_open{severity="critical"}'] == 0


@pytest.mark.django_db
def test_requests_are_counted_by_route_and_never_by_path(probe: Client, settings: Settings):
    probe.get("/some/secret/path/")
    found = _scrape(probe, settings)
    counted = [name for name in found if name.startswith("redress_http_request_seconds_count")]
    assert 'redress_http_request_seconds_count{method="GET",route="unmatched",status="404"}' in counted
    assert not any("secret" in name for name in found)


@pytest.mark.django_db
def test_probes_are_not_counted_as_requests(probe: Client, settings: Settings):
    probe.get("/healthz")
    assert not any("healthz" in name for name in _scrape(probe, settings))
