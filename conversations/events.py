"""What happens to conversations, as facts. Ids and words only: no personal data in a payload."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationEvent(Event):
    """A fact about one conversation with the state it left: history is rebuilt from these three words."""

    subject: ClassVar[str] = "conversation_id"
    state: ClassVar[tuple[str, ...]] = ("status", "owner", "assignee_id")

    conversation_id: UUID
    status: str
    owner: str
    assignee_id: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationOpened(ConversationEvent):
    """A contact and an outlet have a thread for the first time."""

    type: ClassVar[str] = "conversation.opened"

    contact_id: UUID
    outlet_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationReopened(ConversationEvent):
    """A resolved conversation goes on."""

    type: ClassVar[str] = "conversation.reopened"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationAssigned(ConversationEvent):
    """Somebody else is responsible; `assignee_id` None means nobody."""

    type: ClassVar[str] = "conversation.assigned"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationHandedOff(ConversationEvent):
    """Somebody else answers next: queue, a human, the AI. The reason is a person's words, so it stands beside."""

    type: ClassVar[str] = "conversation.handed_off"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationCompleted(ConversationEvent):
    """The conversation was resolved."""

    type: ClassVar[str] = "conversation.completed"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationSnoozed(ConversationEvent):
    """The conversation rests until a time, or until the customer writes (`until` None)."""

    type: ClassVar[str] = "conversation.snoozed"

    until: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationSetAside(ConversationEvent):
    """The conversation waits for somebody outside."""

    type: ClassVar[str] = "conversation.set_aside"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationTagged(ConversationEvent):
    """The tags of a conversation changed."""

    type: ClassVar[str] = "conversation.tagged"

    added: list[str]
    removed: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationSlaWarned(ConversationEvent):
    """A promise to the customer is due within 15 minutes: `first_response`, `next_response` or `resolution`."""

    type: ClassVar[str] = "conversation.sla.warned"

    promise: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationSlaBreached(ConversationEvent):
    """A promise to the customer was not kept in time."""

    type: ClassVar[str] = "conversation.sla.breached"

    promise: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SlaPolicyChanged(Event):
    """What is promised is different now: made, changed or taken back."""

    type: ClassVar[str] = "sla_policy.changed"
    subject: ClassVar[str] = "policy_id"

    policy_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationSeen(ConversationEvent):
    """An agent has read what was unread."""

    type: ClassVar[str] = "conversation.seen"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationMarkedUnread(ConversationEvent):
    """Somebody wants it to be looked at again."""

    type: ClassVar[str] = "conversation.marked_unread"


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageEvent(ConversationEvent):
    """A fact about one message, with the state its conversation is in now."""

    message_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationWoken(MessageEvent):
    """A resting conversation is back: its time had come (`time`), or the customer wrote (`customer`).

    `message_id` is the line in the thread that says so.
    """

    type: ClassVar[str] = "conversation.woken"

    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationReturned(MessageEvent):
    """A conversation was taken from somebody who did not answer; `message_id` is the line that says so."""

    type: ClassVar[str] = "conversation.returned"

    member_id: UUID
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignmentRuleChanged(Event):
    """Conversations of an outlet find somebody in another way now."""

    type: ClassVar[str] = "assignment_rule.changed"
    subject: ClassVar[str] = "outlet_id"

    outlet_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageReceived(MessageEvent):
    """A customer wrote."""

    type: ClassVar[str] = "message.received"


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageQueued(MessageEvent):
    """A message waits to be sent: written by a person or program, or tried again."""

    type: ClassVar[str] = "message.queued"


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageScheduled(MessageEvent):
    """A message was written that goes out at `send_at`."""

    type: ClassVar[str] = "message.scheduled"

    send_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageRescheduled(MessageEvent):
    """A scheduled message has other words, another time, or another rule for a reply."""

    type: ClassVar[str] = "message.rescheduled"

    send_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageUnscheduled(MessageEvent):
    """A scheduled message will not go out: a person canceled it (`person`), or the customer wrote (`customer`).

    Then `line_id` is the line in the thread that says so.
    """

    type: ClassVar[str] = "message.unscheduled"

    why: str
    line_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageAccepted(MessageEvent):
    """The vendor took the message; ticks follow without events."""

    type: ClassVar[str] = "message.accepted"


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageFailed(MessageEvent):
    """The message did not go out, or nobody can say (`MAYBE_SENT`)."""

    type: ClassVar[str] = "message.failed"

    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteAdded(MessageEvent):
    """A private note was written."""

    type: ClassVar[str] = "note.added"


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberNotified(Event):
    """A member was told of something that concerns them."""

    type: ClassVar[str] = "member.notified"
    subject: ClassVar[str] = "member_id"

    member_id: UUID
    notification_id: UUID
    kind: str
    conversation_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class AttachmentEvent(MessageEvent):
    """A fact about the file of a message."""

    attachment_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class AttachmentRequested(AttachmentEvent):
    """A file is to be fetched from the vendor: it came with a message, or a person wants it tried again."""

    type: ClassVar[str] = "attachment.requested"


@dataclass(frozen=True, slots=True, kw_only=True)
class AttachmentStored(AttachmentEvent):
    """A customer's file is here."""

    type: ClassVar[str] = "attachment.stored"


@dataclass(frozen=True, slots=True, kw_only=True)
class AttachmentFailed(AttachmentEvent):
    """A customer's file could not be fetched."""

    type: ClassVar[str] = "attachment.failed"

    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OutletStopped(Event):
    """An outlet may not send any more: the vendor refused the channel itself."""

    type: ClassVar[str] = "outlet.stopped"
    subject: ClassVar[str] = "outlet_id"

    outlet_id: UUID
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OutletUpdated(Event):
    """The vendor reported something about an outlet or its account, or an admin changed it."""

    type: ClassVar[str] = "outlet.updated"
    subject: ClassVar[str] = "outlet_id"

    outlet_id: UUID
    field: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateUpdated(Event):
    """A template changed its status, quality, category or text at the vendor."""

    type: ClassVar[str] = "template.updated"
    subject: ClassVar[str] = "template_id"

    template_id: UUID
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CannedReplyCreated(Event):
    """A canned reply was written."""

    type: ClassVar[str] = "canned_reply.created"
    subject: ClassVar[str] = "canned_reply_id"

    canned_reply_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class CannedReplyUpdated(Event):
    """A canned reply says something else, or is somebody else's to use."""

    type: ClassVar[str] = "canned_reply.updated"
    subject: ClassVar[str] = "canned_reply_id"

    canned_reply_id: UUID
    fields: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class CannedReplyDeleted(Event):
    """A canned reply is no more."""

    type: ClassVar[str] = "canned_reply.deleted"
    subject: ClassVar[str] = "canned_reply_id"

    canned_reply_id: UUID
