"""From facts to frames: what open inboxes are told when something happened. Found by `kernel.events` at start."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from conversations.events import (
    AttachmentFailed,
    AttachmentStored,
    ConversationAssigned,
    ConversationCompleted,
    ConversationHandedOff,
    ConversationMarkedUnread,
    ConversationOpened,
    ConversationReopened,
    ConversationReturned,
    ConversationSeen,
    ConversationSetAside,
    ConversationSlaBreached,
    ConversationSlaWarned,
    ConversationSnoozed,
    ConversationTagged,
    ConversationWoken,
    MessageAccepted,
    MessageFailed,
    MessageQueued,
    MessageReceived,
    MessageRescheduled,
    MessageScheduled,
    MessageUnscheduled,
    NoteAdded,
)
from conversations.queries import conversation_shapes, message_shapes
from kernel.events import Recorded
from kernel.live import Frame, announce

NEW = ConversationOpened.type
HANDED_OFF = ConversationHandedOff.type


@announce(
    MessageReceived,
    MessageQueued,
    MessageAccepted,
    MessageFailed,
    MessageScheduled,
    MessageRescheduled,
    MessageUnscheduled,
    NoteAdded,
    AttachmentStored,
    AttachmentFailed,
    ConversationReturned,
    ConversationWoken,
)
def message_frames(events: Sequence[Recorded]) -> Iterable[Frame]:
    """Tell each message as it is now, and the line that says what became of it when there is one."""
    told = [
        (event, event.payload[name])
        for event in events
        for name in ("message_id", "line_id")
        if event.payload.get(name)
    ]
    ids = list(dict.fromkeys(UUID(message_id) for _event, message_id in told))
    shapes = {shape["id"]: shape for shape in message_shapes(ids)}
    for event, message_id in told:
        message = shapes.get(message_id)
        if message is not None:
            conversation_id = message["conversation_id"]
            yield {
                "type": "conversation:message",
                "seq": event.seq,
                "conversation_id": conversation_id,
                "message": message,
            }


@announce(
    ConversationOpened,
    ConversationReopened,
    ConversationReturned,
    ConversationAssigned,
    ConversationHandedOff,
    ConversationCompleted,
    ConversationMarkedUnread,
    ConversationSeen,
    ConversationSetAside,
    ConversationSlaBreached,
    ConversationSlaWarned,
    ConversationSnoozed,
    ConversationTagged,
    ConversationWoken,
    MessageReceived,
    MessageQueued,
    MessageFailed,
)
def conversation_frames(events: Sequence[Recorded]) -> Iterable[Frame]:
    """Tell each conversation as it is now, once however much happened to it; new ones and hand-offs say so."""
    newest = {event.uuid("conversation_id"): event.seq for event in events}
    shapes = {UUID(shape["id"]): shape for shape in conversation_shapes(list(newest))}
    for event in events:
        conversation = shapes.get(event.uuid("conversation_id"))
        if conversation is None:
            continue
        if event.type == NEW:
            yield {"type": "conversation:new", "seq": event.seq, "conversation": conversation}
        elif event.seq == newest[event.uuid("conversation_id")]:
            yield {"type": "conversation:updated", "seq": event.seq, "conversation": conversation}
        if event.type == HANDED_OFF:
            handed = {"conversation": conversation, "conversation_id": conversation["id"]}
            yield {"type": "conversation:handoff", "seq": event.seq, **handed}
