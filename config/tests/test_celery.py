from typing import Any

import pytest
from celery import shared_task
from django.conf import settings

from config.celery import CORRELATION_HEADER, app, send_correlation
from config.schedule import SCHEDULE
from kernel import logs, redis
from kernel.tenancy import tenant_context


@shared_task
def record_nothing(**_later: Any) -> None:
    """A task to send."""


def test_every_timer_names_a_task_that_exists():
    app.loader.import_default_modules()
    assert {entry["task"] for entry in SCHEDULE.values()} <= set(app.tasks)


def test_tasks_are_json_only_late_acknowledged_and_come_back_when_their_worker_dies():
    assert app.conf.accept_content == ["json"]
    assert (app.conf.task_serializer, app.conf.task_acks_late, app.conf.task_reject_on_worker_lost) == (
        "json",
        True,
        True,
    )
    assert app.conf.broker_transport_options["visibility_timeout"] > app.conf.task_time_limit


def test_a_task_carries_the_id_of_what_caused_it():
    token = logs.correlation_id.set("request-7")
    headers = {"id": "task-1"}
    send_correlation(headers=headers)
    logs.correlation_id.reset(token)
    assert headers[CORRELATION_HEADER] == "request-7"


def test_a_task_nobody_caused_starts_its_own_chain():
    headers = {"id": "task-1"}
    send_correlation(headers=headers)
    assert headers[CORRELATION_HEADER] == "task-1"


@pytest.mark.parametrize("schema", ["public", "t_northside"])
def test_a_task_waits_in_our_queue_with_the_schema_it_was_sent_from(schema: str):
    with tenant_context(schema):
        record_nothing.delay()
    [raw] = redis.client().lrange(settings.TASK_PREFIX + "default", 0, -1)
    assert f'"_schema_name": "{schema}"'.encode() in raw
    assert redis.client().llen(settings.TASK_PREFIX + "send") == 0
