"""`POST /api/v1/ws-tickets/`: one live connection for one caller, once, for 30 seconds."""

import hashlib

import pytest

from kernel import redis
from kernel.actors import SYSTEM
from tenants import actions as tenants
from tenants.scopes import SCOPES

STREAM = "/api/v1/events/stream/?ticket="


def ticket(client):
    answer = client.post("/api/v1/ws-tickets/", {}, content_type="application/json")
    assert answer.status_code == 201
    assert answer["Cache-Control"] == "no-store"
    return answer.json()["data"]["ticket"]


def code(answer):
    return answer.status_code, answer.json()["error"]["code"]


@pytest.fixture
def program(northside):
    return northside.client(key=northside.api_key)


def test_ticket_opens_one_connection(northside, program):
    given, stranger = ticket(program), northside.client()

    assert stranger.get(STREAM + given).status_code == 200
    assert code(stranger.get(STREAM + given)) == (401, "NOT_AUTHENTICATED")


def test_ticket_is_kept_as_a_digest_and_for_half_a_minute(northside, program):
    given = ticket(program)
    (name,) = redis.client().scan_iter(match=redis.key("ticket", "*"))

    assert name.decode() == redis.key("ticket", northside.schema, hashlib.sha256(given.encode()).hexdigest())
    assert 25 <= redis.client().ttl(name) <= 30
    assert given.encode() not in redis.client().get(name)


def test_ticket_of_another_tenant_opens_nothing_and_stays_good_at_home(northside, harbor, program):
    given = ticket(program)

    assert code(harbor.client().get(STREAM + given)) == (401, "NOT_AUTHENTICATED")
    assert northside.client().get(STREAM + given).status_code == 200


def test_ticket_is_no_key(northside, program):
    given, stranger = ticket(program), northside.client()

    assert code(stranger.get(f"/api/v1/contacts/?ticket={given}")) == (401, "NOT_AUTHENTICATED")
    assert code(stranger.get("/api/v1/contacts/", HTTP_AUTHORIZATION=f"Bearer {given}")) == (401, "NOT_AUTHENTICATED")
    assert stranger.get(STREAM + given).status_code == 200


def test_ticket_dies_with_its_key(northside):
    made = tenants.create_api_key(name="short", scopes=SCOPES, actor=SYSTEM)
    given = ticket(northside.client(key=made.key))
    tenants.revoke_api_key(key_id=made.id, actor=SYSTEM)

    assert code(northside.client().get(STREAM + given)) == (401, "NOT_AUTHENTICATED")


def test_ticket_dies_with_its_session(northside):
    browser = northside.client(member=northside.alice)
    kept, lost = ticket(browser), ticket(browser)

    assert northside.client().get(STREAM + kept).status_code == 200
    browser.post("/logout/")
    assert code(northside.client().get(STREAM + lost)) == (401, "NOT_AUTHENTICATED")


def test_ticket_of_a_key_works_from_the_addresses_of_the_key(northside):
    key = tenants.create_api_key(name="home", scopes=SCOPES, allowed_ips=["127.0.0.1"], actor=SYSTEM).key
    given = ticket(northside.client(key=key))

    assert code(northside.client().get(STREAM + given, REMOTE_ADDR="203.0.113.9")) == (403, "ADDRESS_NOT_ALLOWED")


@pytest.mark.parametrize("given", ["", "x", "x" * 43, "x" * 100])
def test_nonsense_opens_nothing(northside, given):
    assert code(northside.client().get(STREAM + given)) == (401, "NOT_AUTHENTICATED")


def test_unused_ticket_does_not_come_before_a_key(northside, program):
    given = ticket(program)

    assert program.get(STREAM + given).status_code == 200
    assert northside.client().get(STREAM + given).status_code == 200
