"""What conversations do when something happened."""

from collections.abc import Sequence

from conversations.events import (
    AssignmentRuleChanged,
    AttachmentRequested,
    ConversationAssigned,
    ConversationCompleted,
    ConversationHandedOff,
    ConversationOpened,
    ConversationReopened,
    ConversationSeen,
    ConversationSetAside,
    ConversationSnoozed,
    MessageQueued,
    SlaPolicyChanged,
)
from conversations.tasks import fetch_attachment, give_out, reckon_promises, send_receipt, send_waiting
from kernel.actors import ActorKind
from kernel.events import Recorded, subscribe
from kernel.turns import wake
from team.events import CalendarChanged, MemberWorkChanged


@subscribe("conversations.outbox", MessageQueued)
def send_queued(_events: Sequence[Recorded]) -> None:
    """See that a worker takes a turn for this tenant."""
    wake(send_waiting)


@subscribe("conversations.promises", SlaPolicyChanged, CalendarChanged)
def reckon(_events: Sequence[Recorded]) -> None:
    """Work out anew when everything is due."""
    reckon_promises.delay()


@subscribe("conversations.attachments", AttachmentRequested)
def fetch_requested(events: Sequence[Recorded]) -> None:
    """Hand each file that a customer sent to a worker."""
    for event in events:
        fetch_attachment.delay(event.payload["attachment_id"])


@subscribe("conversations.receipts", ConversationSeen)
def show_seen(events: Sequence[Recorded]) -> None:
    """Let customers see that an agent has read what they wrote; a program that reads shows nothing."""
    seen = [event.payload["conversation_id"] for event in events if event.actor.kind == ActorKind.MEMBER]
    for conversation_id in dict.fromkeys(seen):
        send_receipt.delay(conversation_id)


@subscribe(
    "conversations.giving_out",
    ConversationOpened,
    ConversationReopened,
    ConversationHandedOff,
    ConversationAssigned,
    ConversationCompleted,
    ConversationSnoozed,
    ConversationSetAside,
    MemberWorkChanged,
    AssignmentRuleChanged,
)
def give(_events: Sequence[Recorded]) -> None:
    """Something waits, or somebody has room."""
    give_out.delay()
