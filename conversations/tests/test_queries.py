from dataclasses import replace
from uuid import uuid4

from conversations import actions
from conversations.models import Conversation
from conversations.queries import view_counts
from conversations.tests.test_receiving import MARIBEL, hello
from kernel.actors import Actor, ActorKind

EMPTY = {
    "mine": 0,
    "unassigned": 0,
    "human": 0,
    "due": 0,
    "ai": 0,
    "closing": 0,
    "snoozed": 0,
    "all": 0,
    "done": 0,
    "unread": 0,
    "channel_whatsapp": 0,
    "channel_web_chat": 0,
    "notifications": 0,
}


def test_every_view_counts_what_it_shows(northside, django_assert_num_queries):
    senders = [replace(MARIBEL, user_id=f"US.{n}", phone=f"+1305555011{n}") for n in range(5)]
    for number, sender in enumerate(senders):
        actions.receive_messages([hello(northside, f"wamid.{number}", sender=sender)])
    ids = list(Conversation.objects.order_by("created_at", "id").values_list("id", flat=True))
    alice = Actor(ActorKind.MEMBER, str(northside.alice.id))
    actions.take_over(conversation_id=ids[0], member_id=northside.alice.id, actor=alice)
    actions.assign(conversation_id=ids[1], member_id=northside.bob.id, actor=alice)
    actions.hand_off(conversation_id=ids[2], to="queue", reason="asked", actor=alice)
    actions.hand_off(conversation_id=ids[3], to="ai", reason="", actor=alice)
    actions.resolve(conversation_id=ids[4], actor=alice)
    actions.mark_seen(conversation_id=ids[0], actor=alice)
    with django_assert_num_queries(2):
        counts = view_counts([northside.alice.id, northside.bob.id, stranger := uuid4()])
    shared = EMPTY | {"unassigned": 1, "human": 1, "ai": 1, "all": 4, "done": 1, "unread": 3, "channel_whatsapp": 4}
    assert counts == {
        northside.alice.id: shared | {"mine": 1},
        northside.bob.id: shared | {"mine": 1, "notifications": 1},
        stranger: shared,
    }


def test_an_empty_inbox_counts_nothing(northside):
    assert view_counts([northside.alice.id]) == {northside.alice.id: EMPTY}
