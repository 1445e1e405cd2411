from dataclasses import replace
from datetime import timedelta

import pytest

from conversations import actions
from conversations.enums import MessageType, Owner, Status
from conversations.models import Conversation, Message
from conversations.types import InboundMessage, InboundSender
from crm.models import Contact, ContactIdentity
from kernel import clocks
from kernel.actors import Actor, ActorKind
from kernel.events.models import Event

MARIBEL = InboundSender(user_id="US.1001", phone="+13055550142", name="Maribel Ortega")
TERRENCE = InboundSender(user_id="US.1002", phone="+13055550143", name="Terrence Wade")


def hello(stage, vendor_id="wamid.1", **changes):
    message = InboundMessage(
        outlet_id=stage.outlet_id,
        vendor_id=vendor_id,
        sender=MARIBEL,
        sent_at=clocks.now() - timedelta(seconds=5),
        type=MessageType.TEXT,
        text="¿Hay noticias de mis cartas?",
    )
    return replace(message, **changes)


def event_types():
    return list(Event.objects.order_by("seq").values_list("type", flat=True))


def test_a_first_message_makes_contact_conversation_message_and_facts(northside):
    before = len(event_types())
    message = hello(northside)
    assert actions.receive_messages([message]) == 1

    conversation = Conversation.objects.get()
    assert (conversation.status, conversation.owner, conversation.assignee) == (Status.OPEN, Owner.QUEUE, None)
    assert (conversation.unread_count, conversation.preview) == (1, "¿Hay noticias de mis cartas?")
    assert conversation.last_message_at == message.sent_at
    assert conversation.window_expires_at == message.sent_at + timedelta(hours=24)
    assert conversation.waiting_since == message.sent_at
    contact = Contact.objects.get()
    assert (contact.name, contact.phone) == ("Maribel Ortega", "+13055550142")
    assert sorted(ContactIdentity.objects.values_list("kind", "value")) == [
        ("phone", "+13055550142"),
        ("whatsapp", "US.1001"),
    ]
    assert event_types()[before:] == ["contact.created", "conversation.opened", "message.received"]


def test_the_same_message_again_changes_nothing(northside):
    message = hello(northside)
    actions.receive_messages([message, message])
    before = (event_types(), Conversation.objects.values().get(), Message.objects.count())
    assert actions.receive_messages([message]) == 0
    assert (event_types(), Conversation.objects.values().get(), Message.objects.count()) == before
    assert before[1]["unread_count"] == 1


def test_a_batch_of_several_people_and_messages_lands_in_order(northside):
    now = clocks.now()
    batch = [
        hello(northside, f"wamid.{n}", text=f"m{n}", sent_at=now - timedelta(seconds=60 - n), sender=sender)
        for n, sender in enumerate([MARIBEL, TERRENCE, MARIBEL, TERRENCE, MARIBEL])
    ]
    assert actions.receive_messages(list(reversed(batch))) == 5
    threads = {c.contact.name: c for c in Conversation.objects.select_related("contact")}
    assert {name: c.unread_count for name, c in threads.items()} == {"Maribel Ortega": 3, "Terrence Wade": 2}
    assert threads["Maribel Ortega"].preview == "m4"
    texts = threads["Maribel Ortega"].messages.order_by("sent_at").values_list("text", flat=True)
    assert list(texts) == ["m0", "m2", "m4"]


def test_messages_of_one_second_stand_in_the_order_they_came(northside):
    second = clocks.now().replace(microsecond=0) - timedelta(seconds=5)
    batch = [hello(northside, f"wamid.{n}", text=str(n), sent_at=second) for n in range(5)]
    actions.receive_messages(batch)
    kept = Message.objects.order_by("sent_at", "id").values_list("text", flat=True)
    assert list(kept) == ["0", "1", "2", "3", "4"]
    assert Conversation.objects.get().preview == "4"


def test_an_older_message_that_comes_late_does_not_take_the_preview(northside):
    now = clocks.now()
    actions.receive_messages([hello(northside, "wamid.new", text="new", sent_at=now - timedelta(seconds=1))])
    actions.receive_messages([hello(northside, "wamid.old", text="old", sent_at=now - timedelta(hours=2))])
    conversation = Conversation.objects.get()
    assert (conversation.preview, conversation.unread_count) == ("new", 2)
    assert conversation.window_expires_at == now - timedelta(seconds=1) + timedelta(hours=24)


def test_a_message_from_the_future_is_of_now_and_does_not_stay_below_what_follows(northside):
    before = clocks.now()
    actions.receive_messages([hello(northside, sent_at=before + timedelta(days=7_000))])
    message, conversation = Message.objects.get(), Conversation.objects.get()
    assert before <= message.sent_at <= clocks.now()
    assert conversation.last_message_at == message.sent_at
    assert conversation.window_expires_at == message.sent_at + timedelta(hours=24)


@pytest.mark.parametrize("seconds", [0, -1, 1_000_000])
def test_a_message_from_before_there_was_a_channel_is_of_now(northside, seconds):
    before = clocks.now()
    actions.receive_messages([hello(northside, sent_at=clocks.from_unix(seconds))])
    message, conversation = Message.objects.get(), Conversation.objects.get()
    assert before <= message.sent_at <= clocks.now()
    assert conversation.window_expires_at == message.sent_at + timedelta(hours=24)


def test_a_resolved_conversation_is_taken_up_by_the_person_who_had_it(northside):
    actions.receive_messages([hello(northside)])
    conversation = Conversation.objects.get()
    actor = Actor(ActorKind.MEMBER, str(northside.alice.id))
    actions.take_over(conversation_id=conversation.id, member_id=northside.alice.id, actor=actor)
    actions.resolve(conversation_id=conversation.id, actor=actor)
    actions.receive_messages([hello(northside, "wamid.2")])
    conversation.refresh_from_db()
    assert (conversation.status, conversation.owner, conversation.assignee_id) == (
        Status.OPEN,
        Owner.HUMAN,
        northside.alice.id,
    )
    assert event_types()[-2:] == ["conversation.reopened", "message.received"]


def test_a_reaction_is_kept_and_neither_counts_nor_opens_the_window(northside):
    at = clocks.now() - timedelta(hours=30)
    actions.receive_messages([hello(northside, sent_at=at)])
    actions.receive_messages(
        [hello(northside, "wamid.r", type=MessageType.REACTION, content={"emoji": "👍"}, text="👍")]
    )
    conversation = Conversation.objects.get()
    assert (conversation.unread_count, conversation.window_expires_at) == (1, at + timedelta(hours=24))
    assert Message.objects.count() == 2


def test_people_without_a_phone_are_known_by_their_user_id(northside):
    hidden = InboundSender(user_id="US.77", name="Lucía", username="lucia.c")
    actions.receive_messages([hello(northside, sender=hidden)])
    actions.receive_messages([hello(northside, "wamid.2", sender=replace(hidden, phone="+13055550177"))])
    contact = Contact.objects.get()
    assert (contact.phone, contact.username) == ("+13055550177", "lucia.c")
    assert Conversation.objects.get().unread_count == 2


def test_a_number_with_a_new_owner_is_a_new_person(northside):
    actions.receive_messages([hello(northside)])
    stranger = InboundSender(user_id="US.2222", phone=MARIBEL.phone, name="New Owner")
    actions.receive_messages([hello(northside, "wamid.2", sender=stranger)])
    assert sorted(Contact.objects.values_list("name", "phone")) == [
        ("Maribel Ortega", ""),
        ("New Owner", MARIBEL.phone),
    ]
    assert Conversation.objects.count() == 2


def test_a_known_phone_learns_its_user_id(northside):
    actions.receive_messages([hello(northside, sender=replace(MARIBEL, user_id=""))])
    actions.receive_messages([hello(northside, "wamid.2")])
    assert Contact.objects.count() == Conversation.objects.count() == 1


def test_a_name_a_person_gave_is_not_overwritten_by_the_channel(northside):
    actions.receive_messages([hello(northside)])
    Contact.objects.update(name="Maribel O. (wife of Luis)")
    actions.receive_messages([hello(northside, "wamid.2")])
    assert Contact.objects.get().name == "Maribel O. (wife of Luis)"


@pytest.mark.parametrize("count", [1, 3, 30])
def test_a_batch_takes_the_same_number_of_statements_whatever_its_size(northside, count, django_assert_max_num_queries):
    senders = [replace(MARIBEL, user_id=f"US.{n}", phone=f"+1305555{n:04}") for n in range(count)]
    batch = [hello(northside, f"wamid.{n}", sender=sender) for n, sender in enumerate(senders)]
    with django_assert_max_num_queries(20):
        assert actions.receive_messages(batch) == count


def test_another_tenant_has_nothing_of_it(northside, harbor):
    actions.receive_messages([hello(northside)])
    with harbor.inside():
        assert Message.objects.count() == Conversation.objects.count() == Contact.objects.count() == 0
