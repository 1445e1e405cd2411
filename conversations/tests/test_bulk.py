"""One thing to many conversations, and marking as unread."""

import json
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from conversations import actions
from conversations.enums import Status
from conversations.models import Conversation
from conversations.tests.test_views import HTMX, write
from crm import actions as crm
from kernel import clocks
from kernel.actors import SYSTEM
from kernel.events.models import Event
from tests.cast import Stage

BULK = "/api/v1/conversations/bulk/"


@pytest.fixture
def three(northside) -> list[Conversation]:
    return [write(northside, number, name=f"Customer {number}") for number in (1, 2, 3)]


@pytest.fixture
def alice(northside) -> Any:
    return northside.client(member=northside.alice)


def do(client: Any, operation: str, rows: list[Conversation], **more: str) -> Any:
    ids = ",".join(str(row.id) for row in rows)
    answer = client.post("/inbox/bulk/", {"operation": operation, "ids": ids, **more}, **HTMX)
    assert answer.status_code == 200, answer.content
    return json.loads(answer.content)


def statuses() -> list[str]:
    return list(Conversation.objects.order_by("id").values_list("status", flat=True))


def tag(stage: Stage, *names: str) -> None:
    for name in names:
        crm.create_tag(name=name, color="petrol", actor=SYSTEM)


def tags() -> list[list[str]]:
    return list(Conversation.objects.order_by("id").values_list("tags", flat=True))


def test_each_is_resolved_by_its_own_action_and_undo_brings_back_only_those(northside, alice, three):
    do(alice, "resolve", three[:1])
    outcome = do(alice, "resolve", three)
    assert outcome == {"changed": [str(row.id) for row in three[1:]], "failed": [], "undo": "reopen"}
    assert Event.objects.filter(type="conversation.completed").count() == 3
    assert do(alice, "reopen", three[1:])["undo"] == "resolve"
    assert statuses() == [Status.RESOLVED, Status.OPEN, Status.OPEN]


def test_one_that_cannot_does_not_stop_the_others(northside, alice, three):
    three[1].id = uuid4()
    outcome = do(alice, "resolve", three)
    assert outcome["changed"] == [str(three[0].id), str(three[2].id)]
    assert outcome["failed"] == [{"id": str(three[1].id), "why": "There is no such conversation."}]


def test_many_are_assigned_to_a_member_and_to_nobody(northside, alice, three):
    do(alice, "assign", three, member=str(northside.bob.id))
    assert set(Conversation.objects.values_list("assignee_id", flat=True)) == {northside.bob.id}
    do(alice, "assign", three, member="")
    assert set(Conversation.objects.values_list("assignee_id", flat=True)) == {None}
    refused = do(alice, "assign", three, member=str(northside.vera.id))
    assert [one["why"] for one in refused["failed"]] == ["This member may only look at conversations."] * 3


def test_read_and_unread_take_each_other_back(northside, alice, three):
    assert len(do(alice, "seen", three)["changed"]) == 3
    assert do(alice, "seen", three)["changed"] == []
    assert len(do(alice, "unread", three)["changed"]) == 3
    assert set(Conversation.objects.values_list("unread_count", flat=True)) == {1}
    assert Event.objects.filter(type="conversation.marked_unread").count() == 3


def test_a_tag_is_added_beside_the_others_and_undo_takes_it_only_from_those_that_got_it(northside, alice, three):
    tag(northside, "Urgent", "VIP")
    actions.set_tags(conversation_id=three[0].id, tags=["Urgent", "VIP"], actor=SYSTEM)
    actions.set_tags(conversation_id=three[1].id, tags=["VIP"], actor=SYSTEM)
    outcome = do(alice, "tag", three, tag="Urgent")
    assert outcome == {"changed": [str(row.id) for row in three[1:]], "failed": [], "undo": "untag"}
    assert tags() == [["Urgent", "VIP"], ["Urgent", "VIP"], ["Urgent"]]
    assert do(alice, "untag", three[1:], tag="Urgent")["undo"] == "tag"
    assert tags() == [["Urgent", "VIP"], ["VIP"], []]
    refused = do(alice, "tag", three, tag="Nobody made it")
    assert [one["why"] for one in refused["failed"]] == ["There is no such tag."] * 3
    assert Event.objects.filter(type="conversation.tagged").count() == 6


def test_many_are_snoozed_and_one_that_is_done_says_why_not(northside, alice, three):
    do(alice, "resolve", three[:1])
    until = clocks.rfc3339(clocks.now() + timedelta(days=2))
    outcome = do(alice, "snooze", three, until=until)
    why = "This conversation is done. Reopen it first."
    assert outcome["failed"] == [{"id": str(three[0].id), "why": why}]
    assert (outcome["changed"], outcome["undo"]) == ([str(row.id) for row in three[1:]], "reopen")
    assert statuses() == [Status.RESOLVED, Status.SNOOZED, Status.SNOOZED]
    kept = Conversation.objects.filter(status=Status.SNOOZED).values_list("snoozed_until", flat=True)
    assert {clocks.rfc3339(at) for at in kept} == {until}
    do(alice, "reopen", three[1:])
    assert statuses() == [Status.RESOLVED, Status.OPEN, Status.OPEN]
    do(alice, "snooze", three[1:], until="")
    assert set(Conversation.objects.values_list("snoozed_until", flat=True)) == {None}
    assert statuses() == [Status.RESOLVED, Status.SNOOZED, Status.SNOOZED]


def test_times_to_snooze_to_are_offered_to_those_who_may(northside, alice, three):
    page = alice.get("/inbox/bulk/snooze/", **HTMX).content.decode()
    assert page.count('data-bulk-form="snooze"') == 2
    assert "Tomorrow morning" in page
    assert northside.client(member=northside.vera).get("/inbox/bulk/snooze/", **HTMX).status_code == 403


def test_the_bar_offers_the_tags_of_its_tenant(northside, harbor, alice):
    tag(northside, "Urgent")
    assert 'data-bulk="tag" data-tag="Urgent"' in alice.get("/inbox/").content.decode()
    assert "Urgent" not in harbor.client(member=harbor.charlie).get("/inbox/").content.decode()


def test_api_tags_and_snoozes_many_each_with_its_own_outcome(northside, harbor, three):
    tag(northside, "Urgent")
    actions.resolve(conversation_id=three[0].id, actor=SYSTEM)
    until = clocks.rfc3339(clocks.now() + timedelta(days=2))
    updates = {"status": "snoozed", "snoozed_until": until, "tags": ["Urgent"]}
    body = {"operation": "update", "ids": [str(row.id) for row in three], "updates": updates}
    answer = northside.client(key=northside.api_key).post(BULK, body, content_type="application/json")
    assert answer.status_code == 200, answer.content
    assert [one["id"] for one in answer.json()["data"]["failed"]] == [str(three[0].id)]
    assert statuses() == [Status.RESOLVED, Status.SNOOZED, Status.SNOOZED]
    assert tags() == [[], ["Urgent"], ["Urgent"]]
    other = harbor.client(key=harbor.api_key).post(BULK, body, content_type="application/json").json()["data"]
    assert len(other["failed"]) == 3


@pytest.mark.parametrize(
    "form",
    [
        {"operation": "delete", "ids": str(uuid4())}, {"operation": "resolve", "ids": ""},
        {"operation": "resolve", "ids": "x"},
        {"operation": "resolve", "ids": ",".join(str(uuid4()) for _ in range(101))},
        {"operation": "assign", "ids": str(uuid4()), "member": "x"},
        {"operation": "snooze", "ids": str(uuid4()), "until": "soon"},
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused(alice, form):
    assert alice.post("/inbox/bulk/", form, **HTMX).status_code == 400


def test_viewer_and_charlie_change_nothing(northside, harbor, three):
    form = {"operation": "resolve", "ids": str(three[0].id)}
    assert northside.client(member=northside.vera).post("/inbox/bulk/", form, **HTMX).status_code == 403
    outcome = do(harbor.client(member=harbor.charlie), "resolve", three)
    assert outcome["changed"] == []
    assert len(outcome["failed"]) == 3
    with northside.inside():
        assert set(statuses()) == {Status.OPEN}


def test_ids_of_a_view(northside, alice, three):
    do(alice, "resolve", three[:1])
    found = json.loads(alice.get("/inbox/ids/?view=all", **HTMX).content)["ids"]
    assert found == [str(three[2].id), str(three[1].id)]


def test_api_marks_as_unread(northside, three):
    client = northside.client(key=northside.api_key)
    client.post(f"/api/v1/conversations/{three[0].id}/seen/")
    answer = client.delete(f"/api/v1/conversations/{three[0].id}/seen/")
    assert answer.json()["data"]["unread_count"] == 1
    again = client.delete(f"/api/v1/conversations/{three[0].id}/seen/")
    assert again.json()["data"]["version"] == answer.json()["data"]["version"]


def test_line_stands_above_the_first_unread_message(northside, alice, three):
    write(northside, 1, "Second")
    page = alice.get(f"/inbox/{three[0].id}/", **HTMX).content.decode()
    assert page.count('id="first-unread"') == 1
    assert page.index('id="first-unread"') < page.index("Hello") < page.index("Second")
    do(alice, "seen", three)
    assert "first-unread" not in alice.get(f"/inbox/{three[0].id}/", **HTMX).content.decode()


def test_palette_finds_people_messages_and_replies(northside, harbor, three):
    page = northside.client(member=northside.alice).get("/inbox/palette/?q=customer+2", **HTMX).content.decode()
    assert "Customer 2" in page
    assert "Customer 1" not in page
    assert b"Customer" not in harbor.client(member=harbor.charlie).get("/inbox/palette/?q=customer", **HTMX).content
    assert northside.client(member=northside.alice).get("/inbox/palette/?q=", **HTMX).content.strip() == b""
