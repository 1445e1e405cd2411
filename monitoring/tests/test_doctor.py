import json
from datetime import timedelta
from io import StringIO
from unittest.mock import Mock

import pytest
from django.core.management import call_command
from django.db.models import F
from redis.exceptions import RedisError

from ingest.models import Delivery, ParkedUpdate, VendorApp
from integrations.tests.servers import raw_server
from kernel import clocks, redis
from kernel.anchors.models import Anchor
from kernel.heartbeat import beat
from kernel.redis import client
from monitoring import doctor
from monitoring.doctor import CHECKS, Finding, examine
from monitoring.parts import PARTS


@pytest.fixture
def well(northside, settings, tmp_path):
    """An installation in which all is well: its parts live, its mail server and vendor answer."""
    settings.MEDIA_ROOT = tmp_path
    Anchor.objects.update(dispatched_seq=F("head_seq"))  # what other tests left undone
    for name in PARTS:
        beat(name)
    with raw_server(lambda _connection: None) as url:
        settings.EMAIL_URL = url.replace("http://", "smtp://")
        settings.WHATSAPP_GRAPH_URL = url
        yield settings


def found(check):
    return [(one.problem, one.advice) for one in examine() if one.check == check]


def doctor_says(*words):
    out = StringIO()
    with pytest.raises(SystemExit) as end:
        call_command("doctor", *words, stdout=out)
    return end.value.code, out.getvalue()


def test_where_all_is_well_only_the_tests_own_redis_is_named(well):
    assert examine() == [Finding("redis", "queued tasks do not survive its restart", "Set `appendonly yes`.")]


def test_the_command_tells_programs_and_people_and_fails_with_findings(well):
    code, text = doctor_says("--json")
    answer = json.loads(text)
    assert (code, answer["ok"], answer["checked"]) == (1, False, list(CHECKS))
    assert answer["findings"] == [
        {"check": "redis", "problem": "queued tasks do not survive its restart", "advice": "Set `appendonly yes`."}
    ]
    code, text = doctor_says()
    assert code == 1
    assert text.splitlines() == [
        "redis       queued tasks do not survive its restart. Set `appendonly yes`.",
        f"{len(CHECKS)} checks, 1 findings.",
    ]


def test_silent_parts_are_named_with_what_to_do(well):
    client().flushdb()
    assert found("parts") == [(f"{name}: never heard", f"Start {name}, or look into its log.") for name in PARTS]


def test_a_late_inbox_and_what_is_parked_are_found(well):
    app = VendorApp.objects.create(vendor="whatsapp", label="t", secret="s", verify_token="t")
    long_ago = clocks.now() - timedelta(minutes=5)
    Delivery.objects.create(vendor="whatsapp", app=app, digest=b"1" * 32, body=b"{}", received_at=long_ago)
    ParkedUpdate.objects.create(
        vendor="whatsapp", app=app, delivery_id=1, position=0, reason="bad_update", payload=b"{}", received_at=long_ago
    )
    assert found("backlog") == [("inbox: 300 s late", "Start more of what drains it.")]
    assert found("parked") == [("1 updates of vendors", "See `manage.py ingest parked`, then `ingest replay`.")]


def test_unsafe_settings_are_found(well):
    well.DEBUG, well.BASE_HOST, well.HTTPS = True, "redress.example", False
    assert [problem for problem, _advice in found("settings")] == ["DEBUG is on", "BASE_URL is not https"]


def test_servers_out_of_reach_are_found(well):
    well.EMAIL_URL, well.WHATSAPP_GRAPH_URL = "smtp://127.0.0.1:1", "http://127.0.0.1:1"
    assert "Connection refused" in found("mail")[0][0]
    assert "Connection refused" in found("vendors")[0][0]


def test_a_check_that_cannot_look_is_a_finding_and_the_others_go_on(well, monkeypatch):
    monkeypatch.setitem(CHECKS, "redis", Mock(side_effect=RedisError("away")))
    assert found("redis") == [("cannot be looked at: RedisError: away", "Mend what is above first.")]
    assert found("database") == []
    assert redis.client().ping()


def test_a_disk_that_is_full_is_found(well, monkeypatch):
    monkeypatch.setattr(doctor, "LEAST_FREE_SHARE", 1.1)
    assert "MB free" in found("disk")[0][0]
