"""What conversations do when something happened."""

from collections.abc import Sequence

from conversations.events import MessageQueued
from conversations.tasks import send_conversation
from kernel.events import Recorded, subscribe


@subscribe("conversations.outbox", MessageQueued)
def send_queued(events: Sequence[Recorded]) -> None:
    """Hand each conversation with something to send to a worker."""
    for conversation_id in dict.fromkeys(event.payload["conversation_id"] for event in events):
        send_conversation.delay(conversation_id)
