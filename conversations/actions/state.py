"""The state every event carries, and the one way to write a conversation."""

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


def store(conversation: Conversation, **changes: Any) -> None:  # noqa: ANN401 - column values of any type
    """Set columns of a locked conversation and move its version on."""
    for name, value in changes.items():
        setattr(conversation, name, value)
    conversation.version += 1
    conversation.save(update_fields=[*changes, "version", "updated_at"])
