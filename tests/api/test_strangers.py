"""Every operation the API describes, called by those who may not: a new operation is covered the day it is written."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from kernel import clocks
from kernel.actors import SYSTEM
from tenants import actions as tenants
from tenants.scopes import SCOPES
from tests.api.world import Described, World, operations

EVERY = list(operations())
WITH_IDS = [operation for operation in EVERY if operation.names]


def refusals(answers: Iterator[tuple[Described, Any]]) -> dict[str, tuple[int, str]]:
    """Return what each operation said: its status and error code."""
    return {str(operation): (answer.status_code, _code(answer)) for operation, answer in answers}


def content_of(answer: Any) -> bytes:
    """Return the bytes of an answer, also of one that is a file, which closes it."""
    content: bytes = answer.getvalue() if answer.streaming else answer.content
    return content


def _code(answer: Any) -> str:
    if answer["Content-Type"] != "application/json":
        return "" if content_of(answer) else "EMPTY"
    body = answer.json()
    return "" if body["success"] else str(body["error"]["code"])


def all_say(expected: tuple[int, str], among: list[Described] = EVERY) -> dict[str, tuple[int, str]]:
    return {str(operation): expected for operation in among}


def ask_all(client, world: World, **headers: Any) -> dict[str, tuple[int, str]]:
    return refusals((one, one.call(client, one.address(world), one.body(world), **headers)) for one in EVERY)


def test_there_is_something_to_test():
    assert len(EVERY) >= 25
    assert {operation.scope for operation in EVERY} <= SCOPES


def test_without_a_key_nothing_is_answered(world):
    client = world.stage.client()

    assert ask_all(client, world) == all_say((401, "NOT_AUTHENTICATED"))
    assert client.get("/api/v1/conversations/")["WWW-Authenticate"] == 'Bearer realm="redress"'


@pytest.mark.parametrize(
    "given", ["Bearer rk_dev_nobody", "Bearer ", "Bearer é", "Basic YTpi", "rk_dev_x", "Bearer a b"]
)
def test_a_bad_key_is_no_key(world, given):
    assert ask_all(world.stage.client(), world, HTTP_AUTHORIZATION=given) == all_say((401, "NOT_AUTHENTICATED"))


def test_an_expired_key_is_no_key(world):
    past = clocks.now() - timedelta(hours=1)
    key = world.key(expires_at=past, now=past - timedelta(hours=1))

    assert ask_all(world.stage.client(key=key), world) == all_say((401, "NOT_AUTHENTICATED"))


def test_a_revoked_key_is_no_key(world):
    with world.stage.inside():
        made = tenants.create_api_key(name="gone", scopes=SCOPES, actor=SYSTEM)
        tenants.revoke_api_key(key_id=made.id, actor=SYSTEM)

    assert ask_all(world.stage.client(key=made.key), world) == all_say((401, "NOT_AUTHENTICATED"))


def test_another_tenants_key_is_refused(world, foreign):
    assert ask_all(world.stage.client(key=foreign.stage.api_key), world) == all_say((403, "WRONG_TENANT"))


def test_a_forged_tenant_header_does_not_help(world, foreign):
    client = foreign.stage.client(key=foreign.stage.api_key)

    assert ask_all(client, world, HTTP_X_TENANT_ID="northside") == all_say((403, "WRONG_TENANT"))


def test_another_tenants_session_is_nobody(world, foreign):
    client = foreign.stage.client(member=foreign.stage.charlie)
    client.defaults["HTTP_HOST"] = world.stage.host

    assert ask_all(client, world) == all_say((401, "NOT_AUTHENTICATED"))


def test_another_tenants_ids_do_not_exist(world, foreign):
    client = world.client
    found = refusals((one, one.call(client, one.address(world, foreign.ids), one.body(world))) for one in WITH_IDS)

    assert found == all_say((404, "NOT_FOUND"), WITH_IDS)


def test_another_tenant_in_the_address_does_not_exist(world, foreign):
    below = [one for one in EVERY if "{tenant}" in one.path]
    client = world.client
    found = refusals(
        (one, one.call(client, one.path.format(tenant=name, **world.ids), one.body(world)))
        for one in below
        for name in (foreign.stage.tenant.slug,)
    )

    assert len(below) >= 4
    assert found == all_say((404, "NOT_FOUND"), below)


def test_the_own_tenant_may_be_named_by_slug_and_by_id(world):
    client = world.client

    for name in (world.stage.tenant.slug, world.stage.tenant.id):
        assert (
            client.get(f"/api/v1/tenants/{name}/outlets/").json()["data"]
            == client.get("/api/v1/outlets/").json()["data"]
        )


def test_ids_of_another_tenant_in_query_and_body_lead_nowhere(world, foreign):
    client, mine, theirs = world.client, world.ids, foreign.ids
    thread = f"/api/v1/conversations/{mine['conversation_id']}/"

    for parameter in ("outlet", "contact", "assignee"):
        name = "member_id" if parameter == "assignee" else f"{parameter}_id"
        assert client.get(f"/api/v1/conversations/?{parameter}={theirs[name]}").json()["data"] == []
    for address in (f"/api/v1/templates/?outlet={theirs['outlet_id']}",):
        assert client.get(address).status_code == 404
    sent = {"outlet": str(theirs["outlet_id"]), "to": "+13055550199", "type": "text", "text": "Hello"}
    for method, address, body, status in (
        ("post", "/api/v1/messages/send/", sent, 404),
        ("patch", thread, {"assignee": str(theirs["member_id"])}, 404),
        ("put", thread + "handoff/", {"to": str(theirs["member_id"])}, 404),
        ("post", thread + "messages/", {"type": "text", "text": "a", "reply_to": str(theirs["message_id"])}, 404),
    ):
        answer = getattr(client, method)(address, body, content_type="application/json")
        assert answer.status_code == status, answer.content


def test_no_answer_shows_anything_of_another_tenant(world, foreign):
    client = world.client
    theirs = [*map(str, foreign.ids.values()), foreign.stage.phone_number_id, "+16175550188", "Charlie", "harbor"]
    for one in EVERY:
        shown = content_of(one.call(client, one.address(world), one.body(world))).decode("latin-1")
        assert [secret for secret in theirs if secret in shown] == [], str(one)


def test_without_its_scope_an_operation_is_closed(world):
    found = {}
    for scope in sorted(SCOPES):
        client = world.stage.client(key=world.key(scopes=SCOPES - {scope}))
        for one in EVERY:
            if one.scope == scope:
                answer = one.call(client, one.address(world), one.body(world))
                found[str(one)] = (answer.status_code, _code(answer))
                assert answer.json()["error"]["details"] == {"scope": [scope]}

    assert found == all_say((403, "MISSING_SCOPE"))


def test_a_viewer_can_change_nothing(world):
    client = world.stage.client(member=world.stage.vera)
    writing = [one for one in EVERY if one.scope.endswith(":write")]
    found = refusals((one, one.call(client, one.address(world), one.body(world))) for one in writing)

    assert found == all_say((403, "MISSING_SCOPE"), writing)


def test_a_session_writes_only_with_its_csrf_token(world):
    client = world.stage.client(member=world.stage.adam)
    client.handler.enforce_csrf_checks = True
    writing = [one for one in EVERY if one.method != "get"]
    found = refusals((one, one.call(client, one.address(world), one.body(world))) for one in writing)

    assert found == all_say((403, "CSRF_FAILED"), writing)
    assert client.get("/api/v1/conversations/").status_code == 200


def test_a_suspended_tenant_is_locked(world):
    with world.stage.inside():
        tenants.suspend_tenant(tenant_id=world.stage.tenant.id, reason="unpaid", actor=SYSTEM)

    assert ask_all(world.client, world) == all_say((423, "TENANT_SUSPENDED"))


def test_a_closing_tenant_can_be_read(world):
    with world.stage.inside():
        tenants.close_tenant(tenant_id=world.stage.tenant.id, reason="leaves", actor=SYSTEM)
    found = ask_all(world.client, world)

    assert {name: said for name, said in found.items() if name.startswith("GET")} == all_say(
        (200, ""), [one for one in EVERY if one.method == "get"]
    )
    assert {name: said for name, said in found.items() if not name.startswith("GET")} == all_say(
        (423, "TENANT_CLOSING"), [one for one in EVERY if one.method != "get"]
    )


def test_the_public_host_wants_to_know_which_tenant(world):
    client = world.client
    client.defaults["HTTP_HOST"] = "localhost:8000"

    assert ask_all(client, world) == all_say((400, "TENANT_REQUIRED"))
    assert client.get("/api/v1/conversations/", HTTP_X_TENANT_ID="northside").status_code == 200
    assert client.get("/api/v1/conversations/", HTTP_X_TENANT_ID="nobody").status_code == 404


def test_a_key_works_only_from_its_addresses(world):
    inside = world.stage.client(key=world.key(allowed_ips=["127.0.0.0/8"]))
    outside = world.stage.client(key=world.key(allowed_ips=["203.0.113.7"]))

    assert inside.get("/api/v1/conversations/").status_code == 200
    assert ask_all(outside, world) == all_say((403, "ADDRESS_NOT_ALLOWED"))
