"""The state every event carries, and the one way to write a conversation."""

from datetime import datetime
from typing import Any, TypedDict
from uuid import UUID

from conversations.models import Conversation


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


def store(conversation: Conversation, *, at: datetime | None = None, **changes: Any) -> None:  # noqa: ANN401, ARG001 - column values of any type; the time is for clocks to come
    """Set columns of a locked conversation and move its version on; `at` is when it happens, by default now."""
    for name, value in changes.items():
        setattr(conversation, name, value)
    conversation.version += 1
    conversation.save(update_fields=[*changes, "version", "updated_at"])
