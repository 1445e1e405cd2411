"""Messages that go out later: through the actions, the API, two at once, and not for another tenant."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from django.db import connection

from conversations import actions
from conversations.actions.scheduling import MessageNotScheduled
from conversations.enums import Delivery, MessageType, Owner
from conversations.models import Conversation, Draft, Message, Outbox, Outlet, ScheduledMessage, Template
from conversations.tests.test_api import Caller, approve_template
from conversations.tests.test_receiving import TERRENCE, event_types, hello
from conversations.types import NewMessage, TemplateChoice
from conversations.window import WindowClosed
from kernel import clocks
from kernel.actors import Actor, ActorKind
from kernel.clocks import rfc3339
from kernel.errors import Invalid, NotFound
from kernel.events.models import Event
from kernel.tenancy import tenant_context

TEXT = NewMessage(MessageType.TEXT, text="Buenos días, Maribel.")
LATER = NewMessage(MessageType.TEXT, text="Write me now.")


@pytest.fixture
def thread(northside) -> Conversation:
    actions.receive_messages([hello(northside)])
    return Conversation.objects.get()


@pytest.fixture
def alice(northside) -> Actor:
    return Actor(ActorKind.MEMBER, str(northside.alice.id))


@pytest.fixture
def due():
    return clocks.now() + timedelta(hours=1)


def plan(thread, actor, send_at, message=TEXT, **options):
    return actions.schedule_message(conversation_id=thread.id, message=message, send_at=send_at, actor=actor, **options)


def status_of(message_id):
    message = Message.objects.get(id=message_id)
    return message.status, message.failure_code


def test_scheduling_changes_nothing_but_the_thread(northside, thread, alice, due):
    bob = Actor(ActorKind.MEMBER, str(northside.bob.id))
    for actor in (alice, bob):
        actions.save_draft(conversation_id=thread.id, member_id=actor.id, text="half a", is_note=False)
    before, facts = Conversation.objects.values().get(), len(event_types())

    message = Message.objects.get(id=plan(thread, alice, due))

    assert (message.status, message.sent_at, message.sender_name) == (Delivery.SCHEDULED, due, "Alice Moreno")
    assert Conversation.objects.values().get() == before
    assert event_types()[facts:] == ["message.scheduled"]
    assert list(Draft.objects.values_list("member_id", flat=True)) == [northside.bob.id]
    assert (Outbox.objects.count(), actions.claim_due(limit=9, now=due)) == (0, [])


def test_what_is_written_meanwhile_does_not_wait(thread, alice, due):
    plan(thread, alice, due)
    now_id = actions.send_message(conversation_id=thread.id, message=LATER, actor=alice)
    assert [one.message_id for one in actions.claim_due(limit=9)] == [now_id]


def test_at_its_time_it_goes_out_as_its_writers_reply(northside, thread, alice, due):
    message_id = plan(thread, alice, due)
    facts = len(event_types())

    assert actions.release_scheduled(now=due - timedelta(milliseconds=1)) == 0
    assert actions.release_scheduled(now=due) == 1
    assert actions.release_scheduled(now=due) == 0

    thread.refresh_from_db()
    assert event_types()[facts:] == ["conversation.assigned", "message.queued"]
    assert (thread.owner, thread.assignee_id, thread.waiting_since) == (Owner.HUMAN, northside.alice.id, None)
    assert (status_of(message_id), thread.preview) == ((Delivery.QUEUED, ""), TEXT.text)
    assert [one.message_id for one in actions.claim_due(limit=9, now=due)] == [message_id]
    assert actions.claim_due(limit=9, now=due) == []
    assert ScheduledMessage.objects.count() == 0


def test_what_its_writer_types_at_that_time_stays(northside, thread, alice, due):
    plan(thread, alice, due)
    actions.save_draft(conversation_id=thread.id, member_id=northside.alice.id, text="something else", is_note=False)
    actions.release_scheduled(now=due)
    assert Draft.objects.get().text == "something else"


def test_the_window_is_asked_again_at_its_time(thread, alice):
    closed = thread.window_expires_at
    message_id, facts = plan(thread, alice, closed), len(event_types())

    assert actions.release_scheduled(now=closed) == 1

    after = Conversation.objects.get()
    assert status_of(message_id) == (Delivery.FAILED, "WINDOW_CLOSED")
    assert event_types()[facts:] == ["message.failed", "member.notified"]
    assert (after.owner, after.assignee_id, after.waiting_since) == (Owner.QUEUE, None, thread.waiting_since)
    assert Outbox.objects.count() == 0


def test_a_stopped_outlet_fails_it_as_any_other(thread, alice, due):
    message_id = plan(thread, alice, due)
    Outlet.objects.update(status="stopped")
    actions.release_scheduled(now=due)
    assert status_of(message_id) == (Delivery.FAILED, "OUTLET_STOPPED")
    assert Outbox.objects.get().dead_at == due


def test_a_template_that_was_paused_meanwhile_fails(northside, thread, alice, due):
    approve_template(northside)
    choice = TemplateChoice("letter_mailed", "en_US", body={"1": "Rosa"})
    closed = thread.window_expires_at + timedelta(hours=1)
    first = plan(thread, alice, closed, NewMessage(MessageType.TEMPLATE, template=choice))
    assert actions.release_scheduled(now=closed) == 1
    assert status_of(first) == (Delivery.QUEUED, "")
    second = plan(thread, alice, closed, NewMessage(MessageType.TEMPLATE, template=choice))
    Template.objects.update(status="paused")
    actions.release_scheduled(now=closed)
    assert status_of(second) == (Delivery.FAILED, "TEMPLATE_UNUSABLE")


def test_a_reply_cancels_what_asked_for_that_and_nothing_else(northside, thread, alice, due):
    gone, stays = plan(thread, alice, due, cancels_on_reply=True), plan(thread, alice, due)
    facts = len(event_types())

    actions.receive_messages([hello(northside, "wamid.2")])

    assert event_types()[facts:] == ["message.received", "message.unscheduled"]
    assert [status_of(one) for one in (gone, stays)] == [(Delivery.CANCELED, ""), (Delivery.SCHEDULED, "")]
    line = Message.objects.get(type=MessageType.SYSTEM)
    told = Event.objects.get(type="message.unscheduled").payload
    assert (told["message_id"], told["line_id"], told["why"]) == (str(gone), str(line.id), "customer")
    assert (line.conversation_id, line.content) == (thread.id, {"line": {"kind": "unscheduled"}})
    assert actions.release_scheduled(now=due) == 1
    assert [one.message_id for one in actions.claim_due(limit=9, now=due)] == [stays]


def test_another_customers_message_cancels_nothing(northside, thread, alice, due):
    message_id = plan(thread, alice, due, cancels_on_reply=True)
    actions.receive_messages([hello(northside, "wamid.3", sender=TERRENCE)])
    assert status_of(message_id) == (Delivery.SCHEDULED, "")


def test_send_now_obeys_the_rules_and_a_refusal_leaves_it_waiting(thread, alice):
    closed = thread.window_expires_at
    message_id = plan(thread, alice, closed + timedelta(days=1))
    with pytest.raises(WindowClosed):
        actions.send_scheduled_now(message_id=message_id, actor=alice, now=closed)
    assert status_of(message_id) == (Delivery.SCHEDULED, "")
    actions.send_scheduled_now(message_id=message_id, actor=alice)
    assert [one.message_id for one in actions.claim_due(limit=9)] == [message_id]
    with pytest.raises(MessageNotScheduled):
        actions.send_scheduled_now(message_id=message_id, actor=alice)


@pytest.mark.parametrize("wait", [timedelta(0), -timedelta(minutes=1), timedelta(days=90, seconds=1)])
def test_a_time_that_is_past_or_too_far_is_refused(thread, alice, wait):
    now = clocks.now()
    with pytest.raises(Invalid):
        plan(thread, alice, now + wait, now=now)
    assert ScheduledMessage.objects.count() == 0
    plan(thread, alice, now + timedelta(days=90), now=now)


def test_the_same_message_twice_is_one(thread, alice, due):
    client_id = uuid4()
    assert plan(thread, alice, due, client_id=client_id) == plan(thread, alice, due, client_id=client_id)
    assert ScheduledMessage.objects.count() == 1


def test_two_workers_at_once_queue_it_once(committed, due):
    stage = committed()
    with stage.inside():
        actions.receive_messages([hello(stage)])
        message_id = plan(Conversation.objects.get(), Actor(ActorKind.MEMBER, str(stage.alice.id)), due)

    def work(_number: int) -> tuple[int, int]:
        try:
            with stage.inside():
                return actions.release_scheduled(now=due), len(actions.claim_due(limit=9, now=due))
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as threads:
        done = list(threads.map(work, range(4)))

    with stage.inside():
        assert [sum(column) for column in zip(*done, strict=True)] == [1, 1]
        assert event_types().count("message.queued") == 1
        actions.give_up_lost_claims(now=due + timedelta(minutes=1))  # whoever claimed it was killed
        assert status_of(message_id) == (Delivery.FAILED, "MAYBE_SENT")
        assert actions.claim_due(limit=9, now=due + timedelta(hours=1)) == []


@pytest.fixture
def caller(northside):
    return Caller(northside.client(member=northside.alice))


def test_api_schedules_changes_and_cancels(caller, thread, due):
    body = {"type": "text", "text": "Good morning", "send_at": rfc3339(due), "cancel_on_reply": True}
    status, made = caller.ask("post", f"conversations/{thread.id}/messages/", body)
    assert status == 202
    assert (made["status"], made["scheduled_for"], made["sent_at"]) == ("scheduled", rfc3339(due), rfc3339(due))
    assert made["cancel_on_reply"] is True

    other = rfc3339(due + timedelta(hours=1))
    address = f"messages/{made['id']}/"
    status, changed = caller.ask("patch", address, {"text": "Good day", "send_at": other, "cancel_on_reply": False})
    assert (status, changed["text"], changed["scheduled_for"]) == (200, "Good day", other)
    assert changed["cancel_on_reply"] is False
    assert caller.refused("patch", address, {"text": " "}) == (400, "VALIDATION_ERROR", ["text"])

    status, gone = caller.ask("delete", address)
    assert (status, gone["status"], gone["scheduled_for"], gone["cancel_on_reply"]) == (200, "canceled", None, None)
    for method in ("patch", "delete"):
        assert caller.refused(method, address)[:2] == (422, "MESSAGE_NOT_SCHEDULED")
    assert caller.refused("post", f"{address}send-now/")[:2] == (422, "MESSAGE_NOT_SCHEDULED")
    assert actions.release_scheduled(now=due + timedelta(days=1)) == 0


def test_api_sends_now(caller, thread, due):
    body = {"type": "text", "text": "Now", "send_at": rfc3339(due)}
    made = caller.ask("post", f"conversations/{thread.id}/messages/", body)[1]
    status, sent = caller.ask("post", f"messages/{made['id']}/send-now/")
    assert (status, sent["status"], sent["scheduled_for"]) == (202, "queued", None)


def test_a_change_made_from_an_old_copy_is_refused(caller, thread, due):
    body = {"type": "text", "text": "One", "send_at": rfc3339(due)}
    made = caller.ask("post", f"conversations/{thread.id}/messages/", body)[1]
    address = f"/api/v1/messages/{made['id']}/"
    tag = caller.client.get(address)["ETag"]
    send = {"content_type": "application/json", "headers": {"If-Match": tag}}
    assert caller.client.patch(address, {"text": "Two"}, **send).status_code == 200
    assert caller.client.patch(address, {"text": "Three"}, **send).status_code == 412
    assert Message.objects.get(id=made["id"]).text == "Two"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"type": "note", "text": "x", "send_at": "2099-01-01T00:00:00Z"}, "send_at"),
        ({"type": "text", "text": "x", "send_at": "2099-01-01T00:00:00Z"}, "send_at"),
        ({"type": "text", "text": "x", "send_at": "2020-01-01T00:00:00Z"}, "send_at"),
        ({"type": "text", "text": "x", "send_at": "tomorrow"}, "send_at"),
        ({"type": "text", "text": "x", "cancel_on_reply": True}, "cancel_on_reply"),
    ],
)
def test_api_refuses_what_cannot_be_later(caller, thread, body, field):
    before = Message.objects.count()
    assert caller.refused("post", f"conversations/{thread.id}/messages/", body) == (400, "VALIDATION_ERROR", [field])
    assert Message.objects.count() == before


def test_charlie_sees_and_changes_nothing(northside, harbor, thread, alice, due):
    message_id = plan(thread, alice, due)
    charlie = Caller(harbor.client(member=harbor.charlie))
    for method, address in (("get", ""), ("patch", ""), ("delete", ""), ("post", "send-now/")):
        assert charlie.refused(method, f"messages/{message_id}/{address}")[:2] == (404, "NOT_FOUND")
    with tenant_context(harbor.schema), pytest.raises(NotFound):
        actions.cancel_scheduled(message_id=message_id, actor=alice)
    with tenant_context(harbor.schema):
        assert actions.release_scheduled(now=due) == 0
    assert status_of(message_id) == (Delivery.SCHEDULED, "")


HTMX = {"headers": {"HX-Request": "true"}}


def test_pages_offer_times_and_draw_what_waits(northside, thread, due):
    client, base = northside.client(member=northside.alice), f"/inbox/{thread.id}"
    offered = client.get(f"{base}/later/", **HTMX).content.decode()
    assert offered.count('name="send_at"') >= 3
    assert "After the 24-hour window" not in offered.split("Tomorrow morning")[0]
    Conversation.objects.update(window_expires_at=clocks.now() + timedelta(minutes=5))
    assert "After the 24-hour window" in client.get(f"{base}/later/", **HTMX).content.decode()

    fields = {"text": "Later then", "send_at": rfc3339(due), "cancel_on_reply": "1"}
    bubble = client.post(f"{base}/send/", fields, **HTMX).content.decode()
    message = Message.objects.get(direction="out")
    assert (message.status, message.sent_at) == (Delivery.SCHEDULED, datetime.fromisoformat(rfc3339(due)))
    assert f"{base}/later/{message.id}/cancel/" in bubble
    assert 'class="msg out later"' in bubble
    assert "ticks" not in bubble

    shown = client.get(f"{base}/later/{message.id}/", **HTMX).content.decode()
    assert "Later then</textarea>" in shown
    other = (due + timedelta(hours=2)).strftime("%Y-%m-%dT%H:%M:00Z")
    assert client.post(f"{base}/later/{message.id}/", {"text": "Changed", "send_at": other}, **HTMX).status_code == 204
    message.refresh_from_db()
    assert (message.text, rfc3339(message.sent_at)[:16]) == ("Changed", other[:16])
    assert client.post(f"{base}/later/{message.id}/send/", **HTMX).status_code == 204
    assert client.post(f"{base}/later/{message.id}/cancel/", **HTMX).status_code == 422
    assert [one.message_id for one in actions.claim_due(limit=9)] == [message.id]


def test_a_canceled_one_is_drawn_so_and_another_conversation_does_not_reach_it(northside, harbor, thread, alice, due):
    client, message_id = northside.client(member=northside.alice), plan(thread, alice, due)
    actions.receive_messages([hello(northside, "wamid.9", sender=TERRENCE)])
    other = Conversation.objects.exclude(id=thread.id).get()
    assert client.post(f"/inbox/{other.id}/later/{message_id}/cancel/", **HTMX).status_code == 404
    stranger = harbor.client(member=harbor.charlie)
    assert stranger.post(f"/inbox/{thread.id}/later/{message_id}/cancel/", **HTMX).status_code == 404
    assert status_of(message_id) == (Delivery.SCHEDULED, "")
    client.post(f"/inbox/{thread.id}/later/{message_id}/cancel/", **HTMX)
    drawn = client.get(f"/inbox/{thread.id}/messages/?ids={message_id}", **HTMX).content.decode()
    assert 'class="msg out canceled"' in drawn
    assert "Canceled, not sent" in drawn
