from uuid import uuid4

import pytest

from conversations import actions
from conversations.enums import MessageType, Owner, Status
from conversations.models import Conversation, Draft
from conversations.tests.test_receiving import event_types, hello
from conversations.types import NewMessage
from kernel.actors import Actor, ActorKind
from kernel.errors import Invalid, NotFound
from kernel.events.models import Event


@pytest.fixture
def conversation(northside) -> Conversation:
    actions.receive_messages([hello(northside)])
    return Conversation.objects.get()


@pytest.fixture
def alice(northside) -> Actor:
    return Actor(ActorKind.MEMBER, str(northside.alice.id))


def state(conversation):
    conversation.refresh_from_db()
    return conversation.status, conversation.owner, conversation.assignee_id


def test_assigning_makes_somebody_responsible_and_next_to_answer(northside, conversation, alice):
    actions.assign(conversation_id=conversation.id, member_id=northside.bob.id, actor=alice)
    assert state(conversation) == (Status.OPEN, Owner.HUMAN, northside.bob.id)
    actions.assign(conversation_id=conversation.id, member_id=northside.bob.id, actor=alice)
    assert event_types().count("conversation.assigned") == 1
    actions.assign(conversation_id=conversation.id, member_id=None, actor=alice)
    assert state(conversation) == (Status.OPEN, Owner.QUEUE, None)


def test_a_conversation_of_the_ai_stays_with_the_ai_when_somebody_becomes_responsible(northside, conversation, alice):
    actions.hand_off(conversation_id=conversation.id, to="ai", reason="", actor=alice)
    actions.assign(conversation_id=conversation.id, member_id=northside.bob.id, actor=alice)
    assert state(conversation) == (Status.OPEN, Owner.AI, northside.bob.id)


def test_asking_for_a_human_is_one_state_change_that_a_takeover_ends(northside, conversation, alice):
    actions.hand_off(conversation_id=conversation.id, to="ai", reason="", actor=alice)
    actions.hand_off(conversation_id=conversation.id, to="queue", reason="Wants a person: Maribel", actor=alice)
    assert state(conversation) == (Status.OPEN, Owner.QUEUE, None)
    assert conversation.handoff_requested_at is not None
    assert "Maribel" not in str(list(Event.objects.values_list("payload", flat=True)))
    actions.take_over(conversation_id=conversation.id, member_id=northside.alice.id, actor=alice)
    assert state(conversation) == (Status.OPEN, Owner.HUMAN, northside.alice.id)
    assert (conversation.handoff_requested_at, conversation.handoff_reason) == (None, "")


@pytest.mark.parametrize("act", ["assign", "take_over"])
def test_who_may_only_look_cannot_be_responsible(northside, conversation, alice, act):
    with pytest.raises(Invalid):
        getattr(actions, act)(conversation_id=conversation.id, member_id=northside.vera.id, actor=alice)
    with pytest.raises(NotFound):
        getattr(actions, act)(conversation_id=conversation.id, member_id=uuid4(), actor=alice)
    assert state(conversation) == (Status.OPEN, Owner.QUEUE, None)


def test_somebody_of_another_tenant_cannot_be_responsible(northside, harbor, conversation, alice):
    with pytest.raises(NotFound):
        actions.assign(conversation_id=conversation.id, member_id=harbor.charlie.id, actor=alice)


def test_resolving_ends_every_debt_and_reopening_says_so(conversation, alice):
    actions.resolve(conversation_id=conversation.id, actor=alice)
    actions.resolve(conversation_id=conversation.id, actor=alice)
    conversation.refresh_from_db()
    assert (conversation.status, conversation.waiting_since) == (Status.RESOLVED, None)
    actions.reopen(conversation_id=conversation.id, actor=alice)
    actions.reopen(conversation_id=conversation.id, actor=alice)
    assert event_types()[-2:] == ["conversation.completed", "conversation.reopened"]


def test_reading_is_a_fact_once(conversation, alice):
    actions.mark_seen(conversation_id=conversation.id, actor=alice)
    actions.mark_seen(conversation_id=conversation.id, actor=alice)
    conversation.refresh_from_db()
    assert (conversation.unread_count, event_types().count("conversation.seen")) == (0, 1)


def test_a_draft_is_kept_per_member_until_it_is_sent_or_emptied(northside, conversation, alice):
    def save(text, member=northside.alice, **options):
        actions.save_draft(conversation_id=conversation.id, member_id=member.id, text=text, **options)

    save("Hola")
    save("Hola Maribel")
    save("my own", northside.bob)
    assert sorted(Draft.objects.values_list("text", flat=True)) == ["Hola Maribel", "my own"]
    text = NewMessage(MessageType.TEXT, text="Hola Maribel")
    actions.send_message(conversation_id=conversation.id, message=text, actor=alice)
    assert Draft.objects.get().text == "my own"
    save("  ", northside.bob)
    assert Draft.objects.count() == 0
    with pytest.raises(Invalid):
        save("x" * 65_537)


def test_a_note_forgets_the_drafted_note_and_not_the_drafted_reply(northside, conversation, alice):
    actions.save_draft(conversation_id=conversation.id, member_id=northside.alice.id, text="reply")
    actions.add_note(conversation_id=conversation.id, text="note", actor=alice)
    assert Draft.objects.get().text == "reply"
