import time

import orjson
import pytest

from kernel import redis
from kernel.heartbeat import beat
from monitoring import measurements
from monitoring.actions import settle_alerts
from monitoring.enums import Severity
from monitoring.types import Finding

ADDRESS = "/api/v1/health/"


@pytest.fixture
def client(northside):
    return northside.client(key=northside.api_key)


def test_health_without_a_sign_of_life_is_down(client):
    shown = client.get(ADDRESS).json()["data"]

    assert shown["status"] == "down"
    assert {part["alive"] for part in shown["parts"]} == {False}
    assert (shown["inbox"], shown["measured_at"]) == (None, None)


def test_health_tells_who_lives_and_what_was_measured(client):
    from kernel import heartbeat  # noqa: PLC0415

    heartbeat._last_beat.clear()
    beat("worker")
    measurements.keep(
        {"inbox": {"waiting": 3, "lag_s": 0.5, "parked": 1}, "events": {}, "queues": {}, "measured_at": time.time()}
    )
    answer = client.get(ADDRESS)
    shown = answer.json()["data"]

    assert shown["status"] == "degraded"
    assert [part["name"] for part in shown["parts"] if part["alive"]] == ["worker"]
    assert shown["inbox"] == {"waiting": 3, "lag_s": 0.5, "parked": 1}
    assert answer["Cache-Control"] == "private, max-age=30"


def test_health_shows_alerts_of_this_tenant_and_of_all_but_of_no_other(client, northside, harbor):
    settle_alerts(
        [Finding("a", Severity.WARNING, "Everybody's"), Finding("b", Severity.CRITICAL, "Ours", northside.schema),
         Finding("c", Severity.WARNING, "Theirs", harbor.schema)]
    )  # fmt: skip

    assert {alert["title"] for alert in client.get(ADDRESS).json()["data"]["alerts"]} == {"Everybody's", "Ours"}


def test_health_without_redis_says_to_come_back(client, monkeypatch):
    from redis import Redis  # noqa: PLC0415
    from redis.backoff import NoBackoff  # noqa: PLC0415
    from redis.retry import Retry  # noqa: PLC0415

    from kernel.embedded.ports import free_port  # noqa: PLC0415

    nobody = Redis(port=free_port(), retry=Retry(NoBackoff(), 0))
    monkeypatch.setattr(redis, "client", lambda: nobody)
    answer = client.get(ADDRESS)

    assert (answer.status_code, orjson.loads(answer.content)["error"]["code"]) == (503, "UNAVAILABLE")
    assert answer["Retry-After"] == "5"
