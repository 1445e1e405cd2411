"""`ETag` and `If-Match`: a write that was thought out on an old state is not done."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connections

from conversations import actions
from conversations.models import Conversation
from crm import actions as crm
from crm.models import Contact
from kernel import clocks
from kernel.actors import SYSTEM
from kernel.events.reading import head_seq
from tests.api.documented import problems
from tests.api.world import METHODS, build_world, operations

GUARDED = [one for one in operations() if one.method in {"put", "patch", "delete"}]


def if_match(one):
    return [parameter for parameter in one.facts["parameters"] if parameter["name"] == "If-Match"]


def send(client, method, address, body=None, **headers):
    content = {} if method == "delete" else {"data": body or {}, "content_type": "application/json"}
    return getattr(client, method)(address, **content, **headers)


def contact_address(world):
    return f"/api/v1/contacts/{world.ids['contact_id']}/"


def rename(world, name, tag, **headers):
    return send(world.client, "patch", contact_address(world), {"name": name}, HTTP_IF_MATCH=tag, **headers)


@pytest.mark.parametrize("one", GUARDED, ids=str)
def test_every_write_of_an_object_takes_if_match(one):
    assert if_match(one)
    assert "412" in one.facts["responses"]
    assert "ETag" in one.facts["responses"]["200"]["headers"]


@pytest.mark.parametrize("one", [one for one in operations() if one not in GUARDED], ids=str)
def test_no_other_operation_claims_to(one):
    assert one.method in METHODS
    assert not if_match(one)


@pytest.mark.parametrize("one", GUARDED, ids=str)
def test_stale_write_is_answered_with_the_object_and_does_nothing(world, one):
    address = one.address(world)
    seq = head_seq(world.stage.schema)
    answer = one.call(world.client, address, one.body(world), HTTP_IF_MATCH='"stale.tag"')

    assert answer.status_code == 412
    assert answer.json()["error"]["code"] == "PRECONDITION_FAILED"
    assert problems(answer, one.path, one.method) == []
    assert head_seq(world.stage.schema) == seq
    object_address = answer.json()["data"]["_links"]["self"]
    now = world.client.get(object_address)
    assert (answer.json()["data"], answer["ETag"]) == (now.json()["data"], now["ETag"])


@pytest.mark.parametrize("one", GUARDED, ids=str)
def test_fresh_write_is_done_and_answered_with_the_new_tag(world, one):
    address = one.address(world)
    stale = one.call(world.client, address, one.body(world), HTTP_IF_MATCH='"stale.tag"')
    done = one.call(world.client, address, one.body(world), HTTP_IF_MATCH=stale["ETag"])
    now = world.client.get(done.json()["data"]["_links"]["self"])

    assert done.status_code == 200
    if now.status_code == 404:
        assert (one.method, done["ETag"]) == ("delete", stale["ETag"])
    else:
        assert (done["ETag"], done.json()["data"]) == (now["ETag"], now.json()["data"])


@pytest.mark.parametrize("one", [one for one in GUARDED if one.names], ids=str)
def test_object_of_another_tenant_stays_unknown_whatever_the_tag(world, foreign, one):
    address = one.path.format(**{**foreign.ids, "tenant": world.stage.tenant.slug})
    for tag in ("*", '"stale.tag"'):
        answer = one.call(world.client, address, one.body(world), HTTP_IF_MATCH=tag)
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "NOT_FOUND")


def test_second_write_with_the_same_tag_is_refused(world):
    tag = world.client.get(contact_address(world))["ETag"]
    first, second = rename(world, "Rosa D.", tag), rename(world, "R. Delgado", tag)

    assert (first.status_code, second.status_code) == (200, 412)
    assert second.json()["data"]["name"] == "Rosa D."
    assert second["ETag"] == first["ETag"] != tag
    assert rename(world, "R. Delgado", second["ETag"]).status_code == 200


@pytest.mark.parametrize(
    ("form", "status"),
    [("{}", 200), ('"other", {}', 200), ("*", 200), ("W/{}", 412), ('"other"', 412), ('"*"', 412), ("no-quotes", 412)],
)
def test_forms_of_the_header(world, form, status):
    tag = world.client.get(contact_address(world))["ETag"]

    assert rename(world, "Rosa D.", form.format(tag)).status_code == status


def test_tag_of_a_reading_in_another_language_or_in_full_holds(world):
    address = f"/api/v1/conversations/{world.ids['conversation_id']}/"
    tags = [
        world.client.get(address)["ETag"],
        world.client.get(address, HTTP_ACCEPT_LANGUAGE="es")["ETag"],
        world.client.get(f"{address}?expand=contact,assignee,outlet")["ETag"],
    ]

    assert len({tag.partition(".")[0] for tag in tags}) == 1
    assert tags[2] != tags[0]
    assert send(world.client, "patch", address, {"status": "open"}, HTTP_IF_MATCH=tags[2]).status_code == 200


def test_tag_of_chosen_fields_is_for_reading_only(world):
    address = contact_address(world) + "?fields=name"
    tag = world.client.get(address)["ETag"]

    assert world.client.get(address, HTTP_IF_NONE_MATCH=tag).status_code == 304
    assert rename(world, "Rosa D.", tag).status_code == 412


def test_what_is_not_the_objects_own_leaves_its_state(world):
    conversation_id = world.ids["conversation_id"]
    address = f"/api/v1/conversations/{conversation_id}/"
    tag = world.client.get(address)["ETag"]
    crm.update_contact(contact_id=world.ids["contact_id"], changes={"name": "Rosa D."}, actor=SYSTEM)
    Conversation.objects.filter(id=conversation_id).update(window_expires_at=clocks.now() - timedelta(days=1))
    read_again = world.client.get(address, HTTP_IF_NONE_MATCH=tag)

    assert (read_again.status_code, read_again["ETag"] == tag) == (200, False)
    assert send(world.client, "patch", address, {"status": "resolved"}, HTTP_IF_MATCH=tag).status_code == 200


def test_what_happens_to_the_object_changes_its_state(world):
    conversation_id = world.ids["conversation_id"]
    address = f"/api/v1/conversations/{conversation_id}/"
    tag = world.client.get(address)["ETag"]
    actions.assign(conversation_id=conversation_id, member_id=None, actor=SYSTEM)
    refused = send(world.client, "put", f"{address}handoff/", {"to": "queue"}, HTTP_IF_MATCH=tag)

    assert refused.status_code == 412
    assert refused.json()["data"]["assignee"] is None
    assert refused.json()["data"]["handoff"] is None


def test_use_of_a_key_does_not_protect_it_from_being_revoked(world):
    address = f"/api/v1/api-keys/{world.ids['key_id']}/"
    tag = world.client.get(address)["ETag"]
    with world.stage.inside():
        from tenants.actions import touch_api_key  # noqa: PLC0415 - an action no API calls

        touch_api_key(world.ids["key_id"])

    assert send(world.client, "delete", address, HTTP_IF_MATCH=tag).status_code == 200


def test_write_that_fails_after_the_comparison_leaves_nothing(world):
    tag = world.client.get(contact_address(world))["ETag"]
    refused = send(world.client, "patch", contact_address(world), {"phone": "nonsense"}, HTTP_IF_MATCH=tag)

    assert refused.status_code == 400
    assert world.client.get(contact_address(world))["ETag"] == tag


def test_made_object_comes_with_its_tag(world):
    made = send(world.client, "post", "/api/v1/contacts/", {"name": "Ana"})

    assert made["ETag"] == world.client.get(made["Location"])["ETag"]


def test_of_simultaneous_writers_with_one_tag_one_wins(committed):
    world = build_world(committed())
    tag, gate = world.client.get(contact_address(world))["ETag"], Barrier(6)

    def write(number):
        try:
            gate.wait(10)
            return rename(world, f"Writer {number}", tag)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(write, range(6)))
    (winner,) = [answer for answer in answers if answer.status_code == 200]
    losers = [answer for answer in answers if answer is not winner]

    assert {answer.status_code for answer in losers} == {412}
    assert {answer.json()["data"]["name"] for answer in losers} == {winner.json()["data"]["name"]}
    with world.stage.inside():
        assert Contact.objects.get(id=world.ids["contact_id"]).name == winner.json()["data"]["name"]


def test_private_reply_of_a_colleague_is_not_shown_by_a_stale_tag(northside):
    body = {"shortcut": "mine", "text_en": "A private thought", "is_shared": False}
    alice, bob = northside.client(member=northside.alice), northside.client(member=northside.bob)
    made = send(alice, "post", "/api/v1/canned-replies/", body)
    assert made.status_code == 201, made.content
    hidden = send(bob, "patch", made["Location"], {"text_en": "x"}, HTTP_IF_MATCH='"stale.tag"')

    assert (hidden.status_code, "private thought" in hidden.content.decode()) == (404, False)
    assert send(alice, "patch", made["Location"], {"text_en": "x"}, HTTP_IF_MATCH='"stale.tag"').status_code == 412
