"""What `manage.py events` tells about a conversation, from nothing but its events."""

import io
import json
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.core.management import call_command

from conversations import actions
from conversations.enums import MessageType
from conversations.models import Conversation
from conversations.types import InboundMessage, InboundSender
from kernel import clocks
from kernel.actors import Actor, ActorKind
from kernel.events.verification import verify
from tests.cast import Stage

HOUR = timedelta(hours=1)


def as_member(member_id: UUID) -> Actor:
    return Actor(ActorKind.MEMBER, str(member_id))


def events_command(*words: str) -> tuple[int, Any]:
    out = io.StringIO()
    with pytest.raises(SystemExit) as end:
        call_command("events", *words, "--json", stdout=out, stderr=io.StringIO())
    assert isinstance(end.value.code, int)
    return end.value.code, json.loads(out.getvalue() or "null")


def a_conversation(stage: Stage, at: datetime) -> Conversation:
    sender = InboundSender(user_id="US.2001", phone="+13055550177", name="Dolores Vega")
    message = InboundMessage(
        outlet_id=stage.outlet_id,
        vendor_id="wamid.history",
        sender=sender,
        sent_at=at,
        type=MessageType.TEXT,
        text="Hi",
    )
    assert actions.receive_messages([message], now=at) == 1
    return Conversation.objects.get()


def test_a_conversation_is_told_as_it_stood_at_any_time(northside: Stage, harbor: Stage):
    start = clocks.now() - timedelta(days=2)
    conversation_id = a_conversation(northside, start).id
    alice, bob = northside.alice.id, northside.bob.id
    steps = {"conversation_id": conversation_id}
    actions.take_over(**steps, member_id=alice, actor=as_member(alice), now=start + HOUR)
    actions.hand_off(**steps, to="queue", reason="Asked for a person", actor=as_member(alice), now=start + 2 * HOUR)
    actions.assign(**steps, member_id=bob, actor=as_member(alice), now=start + 3 * HOUR)
    actions.resolve(**steps, actor=as_member(bob), now=start + 4 * HOUR)

    def state(at: datetime) -> Any:
        code, past = events_command("history", f"conversation:{conversation_id}", "--at", at.isoformat())
        assert code == 0
        return past["state"]

    assert state(start) == {"status": "open", "owner": "queue", "assignee_id": None}
    assert state(start + HOUR) == {"status": "open", "owner": "human", "assignee_id": str(alice)}
    assert state(start + 2.5 * HOUR) == {"status": "open", "owner": "queue", "assignee_id": None}
    assert state(start + 3 * HOUR) == {"status": "open", "owner": "human", "assignee_id": str(bob)}
    assert state(start + 9 * HOUR) == {"status": "resolved", "owner": "human", "assignee_id": str(bob)}
    before_it_began = (start - HOUR).isoformat()
    assert events_command("history", f"conversation:{conversation_id}", "--at", before_it_began) == (2, None)
    assert events_command("history", f"conversation:{conversation_id}", "--tenant", harbor.tenant.slug) == (2, None)
    assert verify(northside.schema).findings == []


def test_history_tells_no_personal_data(northside: Stage):
    conversation_id = a_conversation(northside, clocks.now()).id
    code, past = events_command("history", f"conversation:{conversation_id}")
    assert code == 0
    assert [event["type"] for event in past["events"]] == ["conversation.opened", "message.received"]
    told = json.dumps(past)
    assert not [word for word in ("Dolores", "3055550177", "US.2001", '"Hi"') if word in told]
