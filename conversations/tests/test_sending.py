from datetime import timedelta
from uuid import uuid4

import pytest

from conversations import actions
from conversations.actions.sending import MessageNotRetryable, OutletStopped
from conversations.delivery import MAYBE_SENT
from conversations.enums import Delivery, Direction, MessageType, Owner, Status
from conversations.models import Conversation, Message, Outbox, Outlet, Template
from conversations.templates import TemplateUnusable
from conversations.tests.test_receiving import TERRENCE, event_types, hello
from conversations.types import (
    DeliveryUpdate,
    NewMessage,
    SendFailure,
    TemplateChoice,
    ToSend,
)
from conversations.window import WindowClosed
from kernel import clocks
from kernel.actors import Actor, ActorKind
from kernel.errors import Invalid, NotFound

TEXT = NewMessage(MessageType.TEXT, text="Hola Maribel, soy Alice.")
NOT_SENT = SendFailure(code="131016", detail="", retryable=True, unknown=False)
REFUSED = SendFailure(code="131026", detail="", retryable=False, unknown=False)
UNKNOWN = SendFailure(code="TIMEOUT", detail="", retryable=False, unknown=True)


@pytest.fixture
def conversation(northside) -> Conversation:
    actions.receive_messages([hello(northside)])
    return Conversation.objects.get()


@pytest.fixture
def alice(northside) -> Actor:
    return Actor(ActorKind.MEMBER, str(northside.alice.id))


def claim(conversation, now=None):
    claimed = actions.claim_due(limit=9, conversation_id=conversation.id, now=now)
    assert len(claimed) <= 1  # however many wait
    return claimed[0] if claimed else None


def send(conversation, actor, **options):
    return actions.send_message(
        conversation_id=conversation.id, message=options.pop("message", TEXT), actor=actor, **options
    )


def test_a_reply_is_queued_and_the_member_who_wrote_it_answers_from_now_on(northside, conversation, alice):
    before = len(event_types())
    message = Message.objects.get(id=send(conversation, alice))
    conversation.refresh_from_db()
    assert (message.direction, message.status, message.sender_name) == (Direction.OUT, Delivery.QUEUED, "Alice Moreno")
    assert (conversation.owner, conversation.assignee_id) == (Owner.HUMAN, northside.alice.id)
    assert (conversation.waiting_since, conversation.preview) == (None, TEXT.text)
    assert Outbox.objects.get().message_id == message.id
    assert event_types()[before:] == ["conversation.assigned", "message.queued"]


def test_text_after_24_hours_is_refused_and_leaves_nothing_behind(conversation, alice):
    closed = conversation.window_expires_at
    before = (event_types(), Message.objects.count())
    with pytest.raises(WindowClosed):
        send(conversation, alice, now=closed)
    assert (event_types(), Message.objects.count(), Outbox.objects.count()) == (*before, 0)
    send(conversation, alice, now=closed - timedelta(milliseconds=1))


def test_the_ai_is_silent_once_a_human_replies(northside, conversation, alice):
    actions.hand_off(conversation_id=conversation.id, to="ai", reason="", actor=alice)
    send(conversation, alice)
    conversation.refresh_from_db()
    assert conversation.owner == Owner.HUMAN


def test_a_program_replies_without_becoming_the_owner(northside, conversation):
    program = Actor(ActorKind.API_KEY, str(uuid4()))
    message = Message.objects.get(id=send(conversation, program))
    conversation.refresh_from_db()
    assert (message.sender_type, conversation.owner, conversation.assignee_id) == ("system", Owner.QUEUE, None)


def test_the_same_reply_twice_is_one_message(conversation, alice):
    client_id = uuid4()
    first = send(conversation, alice, client_id=client_id)
    assert send(conversation, alice, client_id=client_id) == first
    assert Outbox.objects.count() == 1


@pytest.mark.parametrize(
    "message",
    [
        NewMessage(MessageType.TEXT, text="   "),
        NewMessage(MessageType.TEXT, text="x" * 4097),
        NewMessage(MessageType.IMAGE, text="x"),
    ],
)
def test_what_cannot_be_sent_is_refused(conversation, alice, message):
    with pytest.raises(Invalid):
        send(conversation, alice, message=message)
    assert Outbox.objects.count() == 0


def test_a_stopped_outlet_takes_no_message(conversation, alice):
    Outlet.objects.update(status="stopped")
    with pytest.raises(OutletStopped):
        send(conversation, alice)


def test_a_template_goes_out_through_a_closed_window(northside, conversation, alice):
    body = [{"type": "BODY", "text": "Hola {{1}}, ya salieron tus cartas."}]
    Template.objects.create(waba_id=northside.waba_id, name="sent", language="es", status="approved", components=body)
    choice = TemplateChoice("sent", "es", body={"1": "Maribel"})
    message = NewMessage(MessageType.TEMPLATE, template=choice)
    late = conversation.window_expires_at + timedelta(days=3)
    sent = Message.objects.get(id=send(conversation, alice, message=message, now=late))
    assert sent.text == "Hola Maribel, ya salieron tus cartas."
    claimed = claim(conversation, now=late)
    assert isinstance(claimed, ToSend)
    assert claimed.template == choice
    Template.objects.update(status="paused")
    with pytest.raises(TemplateUnusable):
        send(conversation, alice, message=message, now=late)


def test_messages_of_one_conversation_go_out_one_at_a_time_in_order(conversation, alice):
    first, second = send(conversation, alice), send(conversation, alice)
    claimed = claim(conversation)
    assert claimed.message_id == first
    assert claim(conversation) is None
    actions.record_accepted({first: "wamid.out.1"})
    assert claim(conversation).message_id == second


def test_a_failed_try_waits_and_holds_back_what_comes_after(conversation, alice):
    first = send(conversation, alice)
    send(conversation, alice)
    claim(conversation)
    due = actions.record_failure(first, NOT_SENT)
    assert (claim(conversation), actions.next_due()) == (None, due)
    assert claim(conversation, now=due).message_id == first
    assert Message.objects.get(id=first).status == Delivery.QUEUED


def test_three_tries_then_a_dead_letter_that_is_revived_ten_times_and_parked(conversation, alice):
    message_id, now = send(conversation, alice), clocks.now()
    for round_number in range(11):
        for _attempt in range(3):
            claimed = claim(conversation, now=now)
            assert claimed.message_id == message_id
            now = actions.record_failure(message_id, NOT_SENT, now=now) or now
        message = Message.objects.get(id=message_id)
        assert (message.status, message.failure_code, message.failure_retryable) == (Delivery.FAILED, "131016", True)
        assert actions.revive_dead_letters(now=now + timedelta(seconds=299)) == 0
        now += timedelta(minutes=5)
        expected = 1 if round_number < 10 else 0
        assert actions.revive_dead_letters(now=now) == expected
    assert Outbox.objects.get().parked_at == now


def test_a_dead_letter_that_was_overtaken_is_left_to_a_person(conversation, alice):
    first, now = send(conversation, alice), clocks.now()
    for _attempt in range(3):
        claim(conversation, now=now)
        now = actions.record_failure(first, NOT_SENT, now=now) or now
    second = send(conversation, alice)
    claim(conversation)
    actions.record_accepted({second: "wamid.out.2"})
    assert actions.revive_dead_letters(now=now + timedelta(minutes=6)) == 0
    assert Outbox.objects.get().parked_at is not None
    actions.retry_message(message_id=first, actor=alice)
    assert claim(conversation).message_id == first


def test_limits_and_an_open_breaker_use_up_no_try(conversation, alice):
    message_id, now = send(conversation, alice), clocks.now()
    waiting = SendFailure(code="PAIR_LIMIT", detail="", retryable=True, unknown=False, counts=False, retry_after=6.0)
    for _turn in range(5):
        assert claim(conversation, now=now).message_id == message_id
        assert actions.record_failure(message_id, waiting, now=now) == now + timedelta(seconds=6)
        now += timedelta(seconds=6)
    assert (Outbox.objects.get().attempts, Message.objects.get(id=message_id).status) == (0, Delivery.QUEUED)


@pytest.mark.parametrize(("failure", "code", "by_hand"), [(REFUSED, "131026", False), (UNKNOWN, MAYBE_SENT, True)])
def test_refused_and_unknown_are_never_tried_again_by_machine(conversation, alice, failure, code, by_hand):
    message_id = send(conversation, alice)
    claim(conversation)
    assert actions.record_failure(message_id, failure) is None
    message = Message.objects.get(id=message_id)
    assert (message.status, message.failure_code, message.failure_retryable) == (Delivery.FAILED, code, by_hand)
    assert Outbox.objects.count() == 0
    assert event_types()[-2:] == ["message.failed", "member.notified"]


def test_a_lost_claim_becomes_maybe_sent_and_a_later_status_tells_the_truth(conversation, alice):
    message_id = send(conversation, alice)
    claimed_at = clocks.now()
    claim(conversation, now=claimed_at)
    assert actions.give_up_lost_claims(now=claimed_at + timedelta(seconds=29)) == 0
    assert actions.give_up_lost_claims(now=claimed_at + timedelta(seconds=31)) == 1
    message = Message.objects.get(id=message_id)
    assert (message.status, message.failure_code) == (Delivery.FAILED, MAYBE_SENT)
    assert claim(conversation, now=claimed_at + timedelta(hours=1)) is None

    update = DeliveryUpdate("wamid.out.9", message_id, Delivery.DELIVERED, claimed_at)
    assert actions.apply_delivery_updates([update]) == []
    message.refresh_from_db()
    assert (message.status, message.failure_code, message.vendor_id) == (Delivery.DELIVERED, "", "wamid.out.9")


def test_a_status_that_comes_before_the_answer_is_not_taken_back(conversation, alice):
    message_id = send(conversation, alice)
    claim(conversation)
    actions.apply_delivery_updates([DeliveryUpdate("wamid.out.1", message_id, Delivery.DELIVERED, clocks.now())])
    actions.record_accepted({message_id: "wamid.out.1"})
    assert Message.objects.get(id=message_id).status == Delivery.DELIVERED
    assert Outbox.objects.count() == 0


def test_the_window_is_checked_again_just_before_the_vendor_is_called(conversation, alice):
    message_id = send(conversation, alice)
    assert claim(conversation, now=conversation.window_expires_at) is None
    message = Message.objects.get(id=message_id)
    assert (message.status, message.failure_code) == (Delivery.FAILED, "WINDOW_CLOSED")


def test_a_broken_channel_stops_the_outlet_and_says_so(northside, conversation, alice):
    message_id = send(conversation, alice)
    claim(conversation)
    actions.record_failure(
        message_id, SendFailure(code="190", detail="", retryable=False, unknown=False, stops_outlet=True)
    )
    outlet = Outlet.objects.get(id=northside.outlet_id)
    assert (outlet.status, outlet.status_code) == ("stopped", "190")
    assert event_types()[-3:] == ["message.failed", "outlet.stopped", "member.notified"]


def test_retry_is_for_failed_messages_only(conversation, alice):
    message_id = send(conversation, alice)
    with pytest.raises(MessageNotRetryable):
        actions.retry_message(message_id=message_id, actor=alice)
    claim(conversation)
    actions.record_failure(message_id, UNKNOWN)
    actions.retry_message(message_id=message_id, actor=alice)
    assert Message.objects.get(id=message_id).status == Delivery.QUEUED
    assert claim(conversation).message_id == message_id


def test_a_message_to_a_new_number_opens_one_conversation(northside, alice):
    first = actions.open_conversation(outlet_id=northside.outlet_id, to="+1 305 555 0190", actor=alice)
    second = actions.open_conversation(outlet_id=northside.outlet_id, to="+13055550190", actor=alice)
    assert first == second
    opened = Conversation.objects.get()
    assert (opened.window_expires_at, opened.status) == (None, Status.OPEN)
    with pytest.raises(WindowClosed):
        send(opened, alice)


def test_a_note_never_leaves_the_house(conversation, alice):
    note = actions.add_note(conversation_id=conversation.id, text="@bob please check", actor=alice)
    message = Message.objects.get(id=note)
    assert (message.direction, message.type) == (Direction.INTERNAL, MessageType.NOTE)
    assert Outbox.objects.count() == 0
    conversation.refresh_from_db()
    assert conversation.preview == "¿Hay noticias de mis cartas?"


def test_another_tenants_conversation_does_not_exist(northside, harbor, conversation, alice):
    with harbor.inside(), pytest.raises(NotFound):
        send(conversation, Actor(ActorKind.MEMBER, str(harbor.charlie.id)))


def test_a_quote_must_be_of_the_same_conversation(northside, conversation, alice):
    original = Message.objects.get()
    quoted = NewMessage(MessageType.TEXT, text="Sí", reply_to=original.id)
    assert Message.objects.get(id=send(conversation, alice, message=quoted)).reply_to_vendor_id == "wamid.1"
    actions.receive_messages([hello(northside, "wamid.2", sender=TERRENCE)])
    other = Conversation.objects.exclude(id=conversation.id).get()
    with pytest.raises(Invalid):
        send(other, alice, message=quoted)
