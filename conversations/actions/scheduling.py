"""Messages that go out later: at their time they are sent as if somebody pressed the button then.

A scheduled message is not in the outbox, so it holds up nothing that is written meanwhile, and its conversation does
not change hands. Rows are locked in the order of everywhere: conversation, schedule, outbox, message, event head.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from conversations import window
from conversations.actions.attachments import attach
from conversations.actions.lines import new_line
from conversations.actions.outbox import fail, refusal_of
from conversations.actions.sending import (
    MarketingOptedOut,
    content_of,
    drop_draft,
    quoted_id,
    sending_outlet,
    take_turn,
    write_message,
)
from conversations.actions.state import state_of
from conversations.channels import FILES
from conversations.enums import Delivery, MessageType, Sender
from conversations.events import MessageRescheduled, MessageScheduled, MessageUnscheduled
from conversations.models import Attachment, Conversation, Message, Outbox, ScheduledMessage
from conversations.queries import conversation_for, message_for, outlet_for
from conversations.templates import TemplateUnusable
from conversations.types import NewMessage, SendFailure, TemplateChoice
from kernel import clocks
from kernel.actors import SYSTEM, Actor, ActorKind
from kernel.errors import Invalid, Refusal
from kernel.events import Event, publish
from team import queries as team

FARTHEST = timedelta(days=90)
RELEASE_BATCH = 100
CAN_WAIT = frozenset({MessageType.TEXT, MessageType.TEMPLATE, *FILES})


class MessageNotScheduled(Refusal):
    """The message has gone out, or was canceled: its time has passed for any change."""

    code = "MESSAGE_NOT_SCHEDULED"

    def __init__(self) -> None:
        super().__init__(_("This message is no longer scheduled."))


@dataclass(frozen=True, slots=True)
class Held:
    """A scheduled message with what it belongs to, all locked until commit."""

    conversation: Conversation
    schedule: ScheduledMessage
    message: Message


@transaction.atomic
def schedule_message(
    *,
    conversation_id: UUID,
    message: NewMessage,
    send_at: datetime,
    cancels_on_reply: bool = False,
    actor: Actor,
    client_id: UUID | None = None,
    now: datetime | None = None,
) -> UUID:
    """Keep a reply until its time and return its id; the same `client_id` again returns the first message.

    Whether the window is open is asked then, not now: the customer may write in between.
    Raises OutletStopped, TemplateUnusable, MarketingOptedOut, Invalid or NotFound.
    """
    at = now or clocks.now()
    conversation = conversation_for(conversation_id, lock=True)
    known = Message.objects.filter(client_id=client_id).first() if client_id else None
    if known is not None:
        return known.id
    if message.type not in CAN_WAIT:
        raise Invalid(_("This kind of message cannot be sent later."), details={"type": [_("Use another type.")]})
    _require_time(send_at, at)
    outlet = sending_outlet(conversation)
    text, content = content_of(message, outlet, conversation)
    quoted = quoted_id(conversation, message)
    row = write_message(conversation, message.type, text, content, actor, at, client_id, quoted, later=send_at)
    if message.attachment is not None:
        attach(attachment_id=message.attachment, message=row, channel=outlet.channel)
    ScheduledMessage.objects.create(message=row, due_at=send_at, cancels_on_reply=cancels_on_reply)
    drop_draft(row)
    told = MessageScheduled(**state_of(conversation), message_id=row.id, send_at=clocks.rfc3339(send_at))
    publish(told, actor=actor, now=at)
    return row.id


@transaction.atomic
def change_scheduled(
    *,
    message_id: UUID,
    text: str | None = None,
    send_at: datetime | None = None,
    cancels_on_reply: bool | None = None,
    actor: Actor,
    now: datetime | None = None,
) -> None:
    """Change words, time or rule of a scheduled message; None leaves them. Raises MessageNotScheduled or Invalid."""
    at = now or clocks.now()
    held = _held(message_id)
    message, schedule = held.message, held.schedule
    if text is not None:
        message.text = _checked_text(held, text)
    if send_at is not None:
        _require_time(send_at, at)
        message.sent_at = schedule.due_at = send_at
    if cancels_on_reply is not None:
        schedule.cancels_on_reply = cancels_on_reply
    message.save(update_fields=["text", "sent_at", "updated_at"])
    schedule.save()
    when = clocks.rfc3339(schedule.due_at)
    told = MessageRescheduled(**state_of(held.conversation), message_id=message.id, send_at=when)
    publish(told, actor=actor, now=at)


@transaction.atomic
def cancel_scheduled(*, message_id: UUID, actor: Actor, now: datetime | None = None) -> None:
    """See that a scheduled message never goes out; it stays in the thread. Raises MessageNotScheduled."""
    at = now or clocks.now()
    held = _held(message_id)
    _cancel([message_id], at)
    told = MessageUnscheduled(**state_of(held.conversation), message_id=message_id, why="person")
    publish(told, actor=actor, now=at)


@transaction.atomic
def send_scheduled_now(*, message_id: UUID, actor: Actor, now: datetime | None = None) -> None:
    """Send a scheduled message at once, as the reply of whoever says so.

    Raises MessageNotScheduled, WindowClosed, OutletStopped, TemplateUnusable or MarketingOptedOut; then it still waits.
    """
    at = now or clocks.now()
    held = _held(message_id)
    outlet = sending_outlet(held.conversation)
    window.require_open(outlet.channel, held.message.type, held.conversation.window_expires_at, at)
    _require_template(held)
    _queue(held, at)
    publish(*take_turn(held.conversation, held.message, actor, at), actor=actor, now=at)


def release_scheduled(*, now: datetime | None = None) -> int:
    """Send the scheduled messages whose time has come; returns how many, at most 100.

    Each is its own transaction, and whoever comes second finds it gone: it is queued once.
    """
    at = now or clocks.now()
    due = ScheduledMessage.objects.filter(due_at__lte=at).order_by("due_at", "message_id")
    return sum(
        _release(message_id, at) for message_id in list(due.values_list("message_id", flat=True)[:RELEASE_BATCH])
    )


def cancel_answered(conversations: Iterable[Conversation], at: datetime) -> tuple[list[Message], list[Event]]:
    """Cancel what was to go out unless these customers wrote; returns lines for the caller to save, and the facts."""
    by_id = {conversation.id: conversation for conversation in conversations}
    rows = ScheduledMessage.objects.filter(cancels_on_reply=True, message__conversation_id__in=by_id)
    held = list(
        rows.select_for_update(of=("self",))
        .order_by("message_id")
        .values_list("message_id", "message__conversation_id")
    )
    if not held:
        return [], []
    _cancel([message_id for message_id, _conversation_id in held], at)
    lines = [new_line(by_id[conversation_id], "unscheduled", at) for _id, conversation_id in held]
    told = [
        MessageUnscheduled(**state_of(line.conversation), message_id=message_id, why="customer", line_id=line.id)
        for line, (message_id, _conversation_id) in zip(lines, held, strict=True)
    ]
    return lines, [*told]


@transaction.atomic
def _release(message_id: UUID, at: datetime) -> bool:
    """Queue a message that is due; one that may not go out fails at once, and nobody's turn is taken."""
    try:
        held = _held(message_id)
    except MessageNotScheduled:
        return False  # somebody was faster
    if held.schedule.due_at > at:
        return False
    refusal = refusal_of(held.message, at) or _refused_template(held)
    head = _queue(held, at)
    if refusal is not None:
        fail(head, refusal, at)
        return True
    author = _author(held.message)
    publish(*take_turn(held.conversation, held.message, author, at), actor=author, now=at)
    return True


def _held(message_id: UUID) -> Held:
    """Lock a scheduled message. Raises MessageNotScheduled or NotFound."""
    conversation = conversation_for(message_for(message_id).conversation_id, lock=True)
    schedule = ScheduledMessage.objects.select_for_update().filter(message_id=message_id).first()
    message = message_for(message_id, lock=True)
    if schedule is None or message.status != Delivery.SCHEDULED:
        raise MessageNotScheduled
    message.conversation = conversation
    return Held(conversation, schedule, message)


def _queue(held: Held, at: datetime) -> Outbox:
    """Put the message into the outbox: from here on it is like any other."""
    message = held.message
    held.schedule.delete()
    message.status, message.status_at, message.sent_at = Delivery.QUEUED, at, at
    message.save(update_fields=["status", "status_at", "sent_at", "updated_at"])
    return Outbox.objects.create(message=message, conversation=held.conversation, due_at=at)


def _cancel(message_ids: list[UUID], at: datetime) -> None:
    ScheduledMessage.objects.filter(message_id__in=message_ids).delete()
    Message.objects.filter(id__in=message_ids).update(status=Delivery.CANCELED, status_at=at, sent_at=at, updated_at=at)


def _author(message: Message) -> Actor:
    """Return who is responsible for a message whose time has come: its writer, if they still work here."""
    if message.sender_type == Sender.AGENT and message.sender_id and team.is_active(message.sender_id):
        return Actor(ActorKind.MEMBER, str(message.sender_id))
    return SYSTEM


def _require_time(send_at: datetime, at: datetime) -> None:
    if not at < send_at <= at + FARTHEST:
        sentence = _("Choose a time within the next 90 days.")
        raise Invalid(sentence, details={"send_at": [sentence]})


def _checked_text(held: Held, text: str) -> str:
    """Return other words for a message, held to the same rules. Raises Invalid."""
    kind = MessageType(held.message.type)
    if kind == MessageType.TEMPLATE:
        raise Invalid(_("A template has its own text."), details={"text": [_("A template has its own text.")]})
    file_id = Attachment.objects.filter(message=held.message).values_list("id", flat=True).first()
    rewritten = NewMessage(kind, text=text, attachment=file_id)
    return content_of(rewritten, outlet_for(held.conversation.outlet_id), held.conversation)[0]


def _require_template(held: Held) -> None:
    """Raise TemplateUnusable or MarketingOptedOut when a template may not be sent any more."""
    choice = held.message.content.get("template")
    if choice:
        wanted = NewMessage(MessageType.TEMPLATE, template=TemplateChoice(**choice))
        content_of(wanted, outlet_for(held.conversation.outlet_id), held.conversation)


def _refused_template(held: Held) -> SendFailure | None:
    try:
        _require_template(held)
    except (MarketingOptedOut, TemplateUnusable) as problem:
        return SendFailure(code=problem.code, detail="", retryable=False, unknown=False)
    return None
