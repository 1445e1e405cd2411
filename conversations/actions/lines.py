"""Lines in a thread that tell what happened to the conversation between its messages. Words are made when read."""

from datetime import datetime
from typing import Any

from conversations.enums import Delivery, Direction, MessageType, Sender
from conversations.models import Conversation, Message


def new_line(conversation: Conversation, kind: str, at: datetime, **facts: Any) -> Message:  # noqa: ANN401 - JSON values
    """Return a line for the caller to save: who reads the thread sees it there, the customer never."""
    return Message(
        conversation=conversation,
        direction=Direction.INTERNAL,
        sender_type=Sender.SYSTEM,
        type=MessageType.SYSTEM,
        content={"line": {"kind": kind, **facts}},
        status=Delivery.SENT,
        status_at=at,
        sent_at=at,
    )


def add_line(conversation: Conversation, kind: str, at: datetime, **facts: Any) -> Message:  # noqa: ANN401 - JSON values
    """Write a line."""
    line = new_line(conversation, kind, at, **facts)
    line.save()
    return line
