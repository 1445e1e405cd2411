"""The state every event carries, and the one way to write a conversation."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, TypedDict
from uuid import UUID

import orjson
from django.db import connection

from conversations import sla
from conversations.models import Conversation, Message
from conversations.queries import conversations_by_id, sla_rules
from kernel import clocks
from team import actions as team


class State(TypedDict):
    """The words from which history is rebuilt."""

    conversation_id: UUID
    status: str
    owner: str
    assignee_id: UUID | None


def state_of(conversation: Conversation) -> State:
    """Return the state of a conversation as events carry it."""
    return State(
        conversation_id=conversation.id,
        status=conversation.status,
        owner=conversation.owner,
        assignee_id=conversation.assignee_id,
    )


def hold_conversations(conversation_ids: Sequence[UUID]) -> None:
    """Let nobody else change these conversations until commit."""
    list(conversations_by_id(conversation_ids).select_for_update().order_by("id").values_list("id"))


CLOCK_COLUMNS = ("sla", "sla_due_at", "sla_alarm_at")
FOLLOWED = frozenset({"status", "owner", "waiting_since", "tags"})
"""Columns the clocks of a conversation follow."""


def store(conversation: Conversation, *, at: datetime | None = None, **changes: Any) -> None:  # noqa: ANN401 - column values of any type
    """Set columns of a locked conversation and move its version on; its clocks follow what happens at `at`, or now."""
    moves = changes.get("assignee_id") not in {None, conversation.assignee_id}
    for name, value in changes.items():
        setattr(conversation, name, value)
    columns = list(changes)
    if moves:
        conversation.assigned_at = at or clocks.now()
        columns.append("assigned_at")
        team.note_assigned(changes["assignee_id"], conversation.assigned_at)
    if FOLLOWED & changes.keys():
        follow_clocks([conversation], at or clocks.now())
        columns += CLOCK_COLUMNS
    conversation.version += 1
    conversation.save(update_fields=[*columns, "version", "updated_at"])


def follow_clocks(conversations: Iterable[Conversation], at: datetime) -> None:
    """Let the clocks of locked conversations follow what they are now; the caller saves. One statement for all."""
    rules = sla_rules()
    for row in conversations:
        facts = sla.Facts(row.status, row.owner, row.waiting_since)
        followed = sla.follow(sla.unpacked(row.sla), facts, rules.of(row), at)
        row.sla, row.sla_due_at, row.sla_alarm_at = sla.packed(followed), followed.due_at, followed.alarm_at


SAVE_STATES = """
    UPDATE conversations_message AS m
    SET vendor_id = new.vendor_id, status = new.status, status_at = new.status_at, updated_at = %s,
        delivered_at = new.delivered_at, read_at = new.read_at, metadata = new.metadata::jsonb,
        failure_code = new.code, failure_detail = new.detail, failure_retryable = new.retryable
    FROM unnest(
        %s::uuid[], %s::text[], %s::text[], %s::timestamptz[], %s::timestamptz[], %s::timestamptz[], %s::text[],
        %s::text[], %s::boolean[], %s::text[]
    ) AS new (id, vendor_id, status, status_at, delivered_at, read_at, code, detail, retryable, metadata)
    WHERE m.id = new.id
"""
SAVED = ("id", "vendor_id", "status", "status_at", "delivered_at", "read_at", "failure_code", "failure_detail")


def save_states(messages: Sequence[Message], at: datetime) -> None:
    """Write how far these messages have come, with their vendor ids and failures; one statement for all."""
    if not messages:
        return
    values: list[list[Any]] = [[getattr(message, name) for message in messages] for name in SAVED]
    values.append([message.failure_retryable for message in messages])
    values.append([orjson.dumps(message.metadata).decode() for message in messages])
    with connection.cursor() as cursor:
        cursor.execute(SAVE_STATES, [at, *values])
