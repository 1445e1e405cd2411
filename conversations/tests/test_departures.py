"""A turn of sending: calls side by side, order within a conversation, results written together."""

from collections import defaultdict
from threading import Barrier, Lock

import pytest

from conversations import actions
from conversations.delivery import MAYBE_SENT
from conversations.departures import AT_ONCE, send_for_a_turn
from conversations.enums import Delivery
from conversations.models import Conversation, Message, Outbox
from conversations.tests.test_receiving import event_types, hello
from conversations.types import InboundSender, NewMessage
from kernel.actors import SYSTEM
from kernel.tenancy import current_schema


@pytest.fixture
def conversations(northside) -> list[Conversation]:
    people = [InboundSender(user_id=f"US.{number}", phone=f"+1305555{number:04}") for number in range(AT_ONCE + 4)]
    actions.receive_messages([hello(northside, sender=one, vendor_id=f"in.{one.user_id}") for one in people])
    return list(Conversation.objects.order_by("id"))


def queue(conversation, text="Hola"):
    return actions.send_message(conversation_id=conversation.id, message=NewMessage("text", text=text), actor=SYSTEM)


def test_conversations_go_out_side_by_side_and_each_in_its_order(northside, conversations):
    for text in ("first", "second", "third"):
        for conversation in conversations:
            queue(conversation, text)
    together, lock, seen = Barrier(AT_ONCE, timeout=10), Lock(), defaultdict(list)
    calls = iter(range(1000))

    def call(claimed):
        with lock:
            number = next(calls)
            seen[claimed.conversation_id].append((claimed.text, current_schema()))
        if number < AT_ONCE:
            together.wait()  # passes only when so many calls are under way at once
        return f"wamid.out.{number}"

    send_for_a_turn(call)
    wanted = [(text, northside.schema) for text in ("first", "second", "third")]
    assert dict(seen) == {conversation.id: wanted for conversation in conversations}
    sent = Message.objects.filter(direction="out")
    assert set(sent.values_list("status", flat=True)) == {Delivery.SENT}
    assert sent.values("vendor_id").distinct().count() == 3 * len(conversations)
    assert Outbox.objects.count() == 0
    assert event_types().count("message.accepted") == 3 * len(conversations)


def test_a_vendor_that_gives_one_id_to_two_messages_leaves_one_in_doubt_and_harms_no_other(conversations):
    ids = [queue(conversation) for conversation in conversations[:3]]
    send_for_a_turn(lambda claimed: "wamid.other" if claimed.message_id == ids[2] else "wamid.same")
    fates = sorted(Message.objects.filter(id__in=ids[:2]).values_list("status", "failure_code"))
    assert fates == [(Delivery.FAILED, MAYBE_SENT), (Delivery.SENT, "")]
    assert Message.objects.get(id=ids[2]).vendor_id == "wamid.other"


def test_a_fault_of_ours_in_one_call_loses_no_other_result_and_repeats_no_call(conversations):
    broken, *others = [queue(conversation) for conversation in conversations[:3]]

    def call(claimed):
        if claimed.message_id == broken:
            raise KeyError
        return f"wamid.{claimed.message_id}"

    with pytest.raises(KeyError):
        send_for_a_turn(call)
    send_for_a_turn(lambda claimed: f"wamid.{claimed.message_id}")
    assert set(Message.objects.filter(id__in=others).values_list("status", flat=True)) == {Delivery.SENT}
    assert Outbox.objects.get().message_id == broken  # claimed; the sweep will call it MAYBE_SENT
    assert Message.objects.get(id=broken).status == Delivery.QUEUED


def test_another_tenant_is_not_looked_at(conversations, harbor):
    queue(conversations[0])
    with harbor.inside():
        send_for_a_turn(lambda _claimed: pytest.fail("nothing waits here"))
    assert Outbox.objects.get().claimed_until is None
