"""Snoozed, pending, and back: by time, by the customer, by a person."""

import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction

from conversations import actions
from conversations.actions.resting import ReopenFirst
from conversations.enums import Delivery, Direction, MessageType, Owner, Status
from conversations.models import Conversation, Message
from conversations.tests.test_receiving import event_types, hello
from conversations.types import NewMessage
from kernel import clocks
from kernel.actors import Actor, ActorKind
from kernel.errors import Invalid, NotFound
from kernel.events.models import Event
from kernel.tenancy import tenant_context


@pytest.fixture
def conversation(northside):
    actions.receive_messages([hello(northside)])
    return Conversation.objects.get()


@pytest.fixture
def alice(northside):
    return Actor(ActorKind.MEMBER, str(northside.alice.id))


def lines():
    return list(
        Message.objects.filter(type=MessageType.SYSTEM).order_by("sent_at", "id").values_list("content", flat=True)
    )


def test_a_snoozed_conversation_comes_back_at_its_time_on_top_with_a_line(northside, conversation, alice):
    now = clocks.now()
    until = now + timedelta(hours=2)
    actions.snooze(conversation_id=conversation.id, until=until, actor=alice, now=now)
    conversation.refresh_from_db()
    assert (conversation.status, conversation.snoozed_until, conversation.owner) == (Status.SNOOZED, until, Owner.QUEUE)

    assert actions.wake_due(now=until - timedelta(seconds=1)) == 0
    assert actions.wake_due(now=until) == 1
    assert actions.wake_due(now=until) == 0

    conversation.refresh_from_db()
    assert (conversation.status, conversation.snoozed_until) == (Status.OPEN, None)
    assert (conversation.woken_at, conversation.active_at) == (until, until)
    assert conversation.last_message_at < until
    assert event_types()[-2:] == ["conversation.snoozed", "conversation.woken"]
    line = Message.objects.get(type=MessageType.SYSTEM)
    assert (line.content, line.direction, line.status) == (
        {"line": {"kind": "woken", "why": "time"}},
        Direction.INTERNAL,
        Delivery.SENT,
    )
    assert Event.objects.get(type="conversation.woken").payload["message_id"] == str(line.id)


def test_the_customer_wakes_what_is_snoozed_or_pending(northside, conversation, alice):
    actions.snooze(conversation_id=conversation.id, until=None, actor=alice)
    assert actions.wake_due(now=clocks.now() + timedelta(days=400)) == 0
    actions.receive_messages([hello(northside, "wamid.2")])
    actions.set_aside(conversation_id=conversation.id, actor=alice)
    actions.set_aside(conversation_id=conversation.id, actor=alice)
    actions.receive_messages([hello(northside, "wamid.3")])

    conversation.refresh_from_db()
    assert (conversation.status, conversation.woken_at) == (Status.OPEN, None)
    told = [kind for kind in event_types() if kind.startswith("conversation.")]
    assert told[1:] == ["conversation.snoozed", "conversation.woken", "conversation.set_aside", "conversation.woken"]
    assert lines() == [
        {"line": {"kind": "woken", "why": "customer", "before": "snoozed"}},
        {"line": {"kind": "woken", "why": "customer", "before": "pending"}},
    ]


def test_a_repeated_delivery_wakes_nothing(northside, conversation, alice):
    actions.snooze(conversation_id=conversation.id, until=None, actor=alice)
    actions.receive_messages([hello(northside)])
    conversation.refresh_from_db()
    assert conversation.status == Status.SNOOZED
    assert lines() == []


def test_a_reply_of_ours_ends_a_snooze_and_leaves_pending_alone(northside, conversation, alice):
    reply = NewMessage(MessageType.TEXT, text="Hello")
    actions.set_aside(conversation_id=conversation.id, actor=alice)
    actions.send_message(conversation_id=conversation.id, message=reply, actor=alice)
    conversation.refresh_from_db()
    assert conversation.status == Status.PENDING
    actions.snooze(conversation_id=conversation.id, until=clocks.now() + timedelta(days=1), actor=alice)
    actions.send_message(conversation_id=conversation.id, message=reply, actor=alice)
    conversation.refresh_from_db()
    assert (conversation.status, conversation.snoozed_until) == (Status.OPEN, None)


def test_what_is_done_has_to_be_reopened_before_it_rests(conversation, alice):
    actions.resolve(conversation_id=conversation.id, actor=alice)
    with pytest.raises(ReopenFirst):
        actions.snooze(conversation_id=conversation.id, until=None, actor=alice)
    with pytest.raises(ReopenFirst):
        actions.set_aside(conversation_id=conversation.id, actor=alice)
    assert event_types()[-1] == "conversation.completed"


def test_a_snooze_needs_a_time_to_come_within_a_year(conversation, alice):
    now = clocks.now()
    for until in (now, now - timedelta(hours=1), now + timedelta(days=367)):
        with pytest.raises(Invalid):
            actions.snooze(conversation_id=conversation.id, until=until, actor=alice, now=now)
    conversation.refresh_from_db()
    assert conversation.status == Status.OPEN


def test_charlie_of_another_tenant_cannot_let_it_rest(harbor, conversation, alice):
    with harbor.inside(), pytest.raises(NotFound):
        actions.snooze(conversation_id=conversation.id, until=None, actor=alice)


def test_two_workers_wake_a_conversation_once(committed):
    stage = committed()
    now = clocks.now()
    with stage.inside():
        actions.receive_messages([hello(stage)])
        conversation = Conversation.objects.get()
        actions.snooze(
            conversation_id=conversation.id, until=now + timedelta(hours=1), now=now,
            actor=Actor(ActorKind.MEMBER, str(stage.alice.id)),
        )  # fmt: skip
    started, woken = threading.Barrier(2), []

    def wake():
        with tenant_context(stage.schema):
            started.wait(10)
            woken.append(actions.wake_due(now=now + timedelta(hours=1)))
        connection.close()

    threads = [threading.Thread(target=wake) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(woken) == [0, 1]
    with stage.inside():
        assert Message.objects.filter(type=MessageType.SYSTEM).count() == 1


def test_a_row_another_worker_holds_is_left_to_it(committed):
    stage = committed()
    now = clocks.now()
    with stage.inside():
        actions.receive_messages([hello(stage)])
        Conversation.objects.update(status=Status.SNOOZED, snoozed_until=now)
    found = []

    def look():
        with tenant_context(stage.schema):
            found.append(actions.wake_due(now=now))
        connection.close()

    with stage.inside(), transaction.atomic():
        Conversation.objects.select_for_update().get()
        thread = threading.Thread(target=look)
        thread.start()
        thread.join(30)
    assert found == [0]
    with stage.inside():
        assert actions.wake_due(now=now) == 1
