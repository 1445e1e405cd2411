"""What conversations do when something happened."""

from collections.abc import Sequence

from conversations.events import AttachmentRequested, MessageQueued
from conversations.tasks import fetch_attachment, send_conversation
from kernel.events import Recorded, subscribe


@subscribe("conversations.outbox", MessageQueued)
def send_queued(events: Sequence[Recorded]) -> None:
    """Hand each conversation with something to send to a worker."""
    for conversation_id in dict.fromkeys(event.payload["conversation_id"] for event in events):
        send_conversation.delay(conversation_id)


@subscribe("conversations.attachments", AttachmentRequested)
def fetch_requested(events: Sequence[Recorded]) -> None:
    """Hand each file that a customer sent to a worker."""
    for event in events:
        fetch_attachment.delay(event.payload["attachment_id"])
