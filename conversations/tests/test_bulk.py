"""One thing to many conversations, and marking as unread."""

import json
from typing import Any
from uuid import uuid4

import pytest

from conversations.enums import Status
from conversations.models import Conversation
from conversations.tests.test_views import HTMX, write
from kernel.events.models import Event


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


@pytest.mark.parametrize(
    "form",
    [
        {"operation": "delete", "ids": str(uuid4())}, {"operation": "resolve", "ids": ""},
        {"operation": "resolve", "ids": "x"},
        {"operation": "resolve", "ids": ",".join(str(uuid4()) for _ in range(101))},
        {"operation": "assign", "ids": str(uuid4()), "member": "x"},
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
