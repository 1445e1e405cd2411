"""A POST that is sent again is answered again, and done once."""

import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction

from config.environment import ROOT
from conversations.models import Message
from crm.models import Contact
from kernel import clocks
from kernel.api.models import IdempotentRequest
from kernel.api.tasks import forget_answers
from kernel.events.models import Event
from kernel.testing.servers import program_environment
from tenants.models import ApiKey
from tests.api.world import World, build_world

KEY = "8e03978e-40d5-43dd-bc93-6894a57f9324"


def thread(world: World) -> str:
    return f"/api/v1/conversations/{world.ids['conversation_id']}/messages/"


def send(world: World, body: Any = None, *, key: str = KEY, address: str = "", client: Any = None) -> Any:
    said = {"type": "text", "text": "Hello"} if body is None else body
    return (client or world.client).post(
        address or thread(world), said, content_type="application/json", HTTP_IDEMPOTENCY_KEY=key
    )


def sent() -> int:
    return Message.objects.filter(text="Hello").count()


def test_the_second_request_gets_the_first_answer_and_does_nothing(world):
    first, events = send(world), Event.objects.count()
    second = send(world)

    assert (first.status_code, second.status_code) == (202, 202)
    assert first.content == second.content
    assert "Idempotency-Replayed" not in first
    assert second["Idempotency-Replayed"] == "true"
    assert second["Location"] == first["Location"] == f"/api/v1/messages/{first.json()['data']['id']}/"
    assert second["Cache-Control"] == "no-store"
    assert sent() == 1
    assert Event.objects.count() == events


def test_a_quoted_key_is_the_same_as_a_bare_one(world):
    send(world)

    assert send(world, key=f'"{KEY}"')["Idempotency-Replayed"] == "true"


def test_without_a_key_every_request_counts(world):
    for _time in range(2):
        world.client.post(thread(world), {"type": "text", "text": "Hello"}, content_type="application/json")

    assert sent() == 2
    assert IdempotentRequest.objects.count() == 0


def test_the_same_key_with_another_body_is_a_mismatch(world):
    send(world)
    answer = send(world, {"type": "text", "text": "Other"})

    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "IDEMPOTENCY_MISMATCH")
    assert not Message.objects.filter(text="Other").exists()


def test_the_order_of_fields_and_spaces_do_not_make_another_body(world):
    send(world)
    again = world.client.post(
        thread(world), b' {"text" : "Hello",\n"type":"text"}', content_type="application/json", HTTP_IDEMPOTENCY_KEY=KEY
    )

    assert again["Idempotency-Replayed"] == "true"


def test_keys_of_other_callers_addresses_and_tenants_are_other_keys(world, foreign):
    send(world)
    other = send(world, client=world.stage.client(key=world.key()))
    elsewhere = send(world, {"name": "Rosa"}, address="/api/v1/contacts/")
    theirs = send(foreign)

    assert [answer.status_code for answer in (other, elsewhere, theirs)] == [202, 201, 202]
    assert not any("Idempotency-Replayed" in answer for answer in (other, elsewhere, theirs))
    assert sent() == 2


def test_a_missing_slash_is_the_same_address(world):
    send(world)

    assert send(world, address=thread(world).rstrip("/"))["Idempotency-Replayed"] == "true"


def test_a_refusal_of_the_work_is_an_answer_too(world):
    address = f"/api/v1/messages/{send(world, key='other').json()['data']['id']}/retry/"
    first = send(world, {}, address=address)
    second = send(world, {}, address=address)

    assert (first.status_code, first.json()["error"]["code"]) == (422, "MESSAGE_NOT_RETRYABLE")
    assert second.content == first.content
    assert second["Idempotency-Replayed"] == "true"


def test_a_request_that_was_not_understood_leaves_the_key_free(world):
    assert send(world, {"type": "text", "text": " "}).status_code == 400
    assert send(world, {"type": "text", "txt": "Hello"}).status_code == 400
    assert IdempotentRequest.objects.count() == 0
    assert send(world).status_code == 202


def test_a_failure_of_ours_leaves_the_key_free_and_nothing_done(world, monkeypatch):
    def fail(*_arguments: object, **_options: object) -> None:
        raise ZeroDivisionError

    client = world.client
    client.raise_request_exception = False
    events = Event.objects.count()
    with monkeypatch.context() as patched:
        patched.setattr("conversations.queries.message_shapes", fail)
        assert send(world, client=client).status_code == 500

    assert (sent(), Event.objects.count(), IdempotentRequest.objects.count()) == (0, events, 0)
    assert send(world).status_code == 202
    assert sent() == 1


def test_a_key_is_forgotten_after_a_day(world):
    send(world)
    IdempotentRequest.objects.update(created_at=clocks.now() - timedelta(hours=24, seconds=1))
    answer = send(world)

    assert "Idempotency-Replayed" not in answer
    assert sent() == 2


def test_answers_are_forgotten_a_day_later_in_every_tenant(world, foreign):
    old = clocks.now() - timedelta(hours=24, seconds=1)
    for one in (world, foreign):
        send(one)
        with one.stage.inside():
            IdempotentRequest.objects.create(digest="old", fingerprint="", created_at=old)
    forget_answers()

    for one in (world, foreign):
        with one.stage.inside():
            assert IdempotentRequest.objects.count() == 1
            assert not IdempotentRequest.objects.filter(digest="old").exists()


def test_a_key_that_is_shown_once_is_not_readable_in_the_database(world):
    body = {"name": "Website", "scopes": ["contacts:read"]}
    first = send(world, body, address="/api/v1/api-keys/")
    key = first.json()["data"]["key"]

    assert send(world, body, address="/api/v1/api-keys/").json()["data"]["key"] == key
    assert ApiKey.objects.filter(name="Website").count() == 1
    with connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(one)::text FROM api_idempotentrequest one")
        stored = cursor.fetchone()[0]
    assert key not in stored
    assert "Website" not in stored


@pytest.mark.parametrize("given", ["", '""', "two words", "x" * 256, "é"])
def test_a_key_that_cannot_be_one_is_named(world, given):
    answer = send(world, key=given)

    assert (answer.status_code, list(answer.json()["error"]["details"])) == (400, ["Idempotency-Key"])
    assert sent() == 0


def test_other_methods_do_not_look_at_the_key(world):
    address = f"/api/v1/contacts/{world.ids['contact_id']}/"
    for name in ("One", "Two"):
        answer = world.client.patch(address, {"name": name}, content_type="application/json", HTTP_IDEMPOTENCY_KEY=KEY)
        assert answer.json()["data"]["name"] == name


def test_a_request_that_still_runs_is_in_flight(committed):
    world = build_world(committed())
    with world.stage.inside():
        running, done = threading.Event(), threading.Event()

        def first() -> int:
            with world.stage.inside(), transaction.atomic():
                status: int = send(world).status_code  # its transaction stays open: the request has not ended
                running.set()
                done.wait(10)
            connection.close()
            return status

        with ThreadPoolExecutor(1) as pool:
            future = pool.submit(first)
            assert running.wait(10)
            during = send(world)
            done.set()
            assert future.result() == 202
        after = send(world)

        assert (during.status_code, during.json()["error"]["code"]) == (409, "IDEMPOTENCY_IN_FLIGHT")
        assert during["Retry-After"] == "1"
        assert after["Idempotency-Replayed"] == "true"
        assert sent() == 1


DIE = """
import os, signal, sys
import django
django.setup()
from django.db import connection
from django.test import Client

host, key, address, fatal = sys.argv[1:]

def die(execute, sql, params, many, context):
    result = execute(sql, params, many, context)
    if fatal in sql:
        os.kill(os.getpid(), signal.SIGKILL)
    return result

with connection.execute_wrapper(die):
    Client(HTTP_HOST=host, HTTP_AUTHORIZATION=f"Bearer {key}").post(
        address, {"type": "text", "text": "Hello"}, content_type="application/json", HTTP_IDEMPOTENCY_KEY="crash"
    )
"""


@pytest.mark.parametrize(
    "fatal",
    [
        'INSERT INTO "api_idempotentrequest"', 'INSERT INTO "conversations_message"', "events_event",
        'UPDATE "api_idempotentrequest"',
    ],
)  # fmt: skip
def test_a_kill_at_any_point_leaves_nothing_and_the_next_try_works(committed, fatal):
    world = build_world(committed())
    arguments = [world.stage.host, world.stage.api_key, thread(world), fatal]
    environment = program_environment() | {"DJANGO_SETTINGS_MODULE": "config.settings_test"}
    died = subprocess.run(
        [sys.executable, "-c", DIE, *arguments], cwd=ROOT, env=environment, check=False, capture_output=True
    )

    assert died.returncode == -signal.SIGKILL, died.stderr
    with world.stage.inside():
        assert (sent(), IdempotentRequest.objects.count()) == (0, 0)
        assert send(world, key="crash").status_code == 202
        assert send(world, key="crash")["Idempotency-Replayed"] == "true"
        assert sent() == 1


def test_of_many_requests_at_once_exactly_one_works(committed):
    world = build_world(committed())

    def once() -> str:
        with world.stage.inside():
            answer = send(world, {"name": "Rosa", "phone": "+13055550123"}, address="/api/v1/contacts/")
        connection.close()
        return f"{answer.status_code} {answer.headers.get('Idempotency-Replayed', '')}".strip()

    with ThreadPoolExecutor(8) as pool:
        said = list(pool.map(lambda _turn: once(), range(24)))

    with world.stage.inside():
        assert Contact.objects.filter(phone="+13055550123").count() == 1
    assert said.count("201") == 1
    assert set(said) <= {"201", "201 true", "409"}
