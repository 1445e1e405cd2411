"""Messages on their way out, up to the outbox: nothing here talks to a vendor."""

from dataclasses import asdict
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from conversations import lifecycle, templates, window
from conversations.actions.attachments import attach
from conversations.actions.notifying import News, forget_failures, notify
from conversations.actions.state import state_of, store
from conversations.channels import FILES, FileRule, capabilities_of
from conversations.composing import CAPTION_LIMIT, composed
from conversations.enums import Delivery, Direction, MessageType, NotificationKind, OutletStatus, Owner, Sender
from conversations.events import (
    ConversationAssigned,
    ConversationOpened,
    ConversationReopened,
    MessageQueued,
    NoteAdded,
)
from conversations.lifecycle import Happening
from conversations.mentions import mentioned
from conversations.models import Conversation, Draft, Message, Outbox, Outlet, Template
from conversations.queries import conversation_for, message_for, outlet_for
from conversations.types import NewMessage
from conversations.wording import preview
from crm import actions as crm
from crm.types import Person
from kernel import clocks
from kernel.actors import Actor, ActorKind
from kernel.errors import Invalid, Refusal
from kernel.events import Event, publish
from team import queries as team
from team.types import MemberInfo

TEXT_LIMIT = 4096
"""Characters of a WhatsApp text message (Meta, "Text messages")."""
NOTE_LIMIT = 65_536


class OutletStopped(Refusal):
    """The outlet cannot send until an admin repairs it."""

    code = "OUTLET_STOPPED"

    def __init__(self) -> None:
        super().__init__(_("This number cannot send right now. An admin has to reconnect it."))


class MarketingOptedOut(Refusal):
    """The customer has asked for no marketing, and the template is marketing."""

    code = "MARKETING_OPTED_OUT"

    def __init__(self) -> None:
        super().__init__(_("This person has asked for no more marketing messages."))


class MessageNotRetryable(Refusal):
    """Only a failed message can be sent again."""

    code = "MESSAGE_NOT_RETRYABLE"

    def __init__(self) -> None:
        super().__init__(_("Only a message that failed can be sent again."))


@transaction.atomic
def send_message(
    *,
    conversation_id: UUID,
    message: NewMessage,
    actor: Actor,
    client_id: UUID | None = None,
    now: datetime | None = None,
) -> UUID:
    """Queue a reply and return its id; the same `client_id` again returns the first message.

    A member who replies becomes the one who answers: the AI is silent from here on, in this same transaction.
    Raises WindowClosed, OutletStopped, TemplateUnusable, MarketingOptedOut, Invalid or NotFound.
    """
    at = now or clocks.now()
    conversation = conversation_for(conversation_id, lock=True)
    known = Message.objects.filter(client_id=client_id).first() if client_id else None
    if known is not None:
        return known.id
    outlet = sending_outlet(conversation)
    text, content = content_of(message, outlet, conversation)
    window.require_open(outlet.channel, message.type, conversation.window_expires_at, at)
    row = write_message(
        conversation, message.type, text, content, actor, at, client_id, quoted_id(conversation, message)
    )
    if message.attachment is not None:
        attach(attachment_id=message.attachment, message=row, channel=outlet.channel)
    Outbox.objects.create(message=row, conversation=conversation, due_at=at)
    if row.type != MessageType.REACTION:
        drop_draft(row)
    facts = take_turn(conversation, row, actor, at) if row.type != MessageType.REACTION else _beside(conversation, row)
    publish(*facts, actor=actor, now=at)
    return row.id


def sending_outlet(conversation: Conversation) -> Outlet:
    """Return the outlet of a conversation. Raises OutletStopped."""
    outlet = outlet_for(conversation.outlet_id)
    if outlet.status != OutletStatus.ACTIVE:
        raise OutletStopped
    return outlet


def _beside(conversation: Conversation, row: Message) -> list[Event]:
    """Return what happens when somebody only reacts: nobody is answered, nothing changes hands."""
    return [MessageQueued(**state_of(conversation), message_id=row.id)]


def content_of(message: NewMessage, outlet: Outlet, conversation: Conversation) -> tuple[str, dict[str, object]]:
    """Return the text as the customer reads it and what the type needs beside it."""
    if message.type == MessageType.TEMPLATE and message.template is not None:
        choice = message.template
        found = Template.objects.filter(waba_id=outlet.waba_id, name=choice.name, language=choice.language).first()
        template = templates.require_usable(found, choice)
        if template.category == "marketing" and conversation.contact.marketing_opt_out_at is not None:
            raise MarketingOptedOut
        return templates.render(template, choice), {"template": asdict(choice)}
    if message.type != MessageType.TEXT:
        return _other_content(message, outlet, conversation)
    if not message.text.strip():
        raise Invalid(_("The message is empty."), details={"text": [_("Write something.")]})
    if len(message.text) > TEXT_LIMIT:
        raise Invalid(_("The message is too long."), details={"text": [_("At most 4,096 characters.")]})
    return message.text, {}


def _other_content(message: NewMessage, outlet: Outlet, conversation: Conversation) -> tuple[str, dict[str, object]]:
    able = capabilities_of(outlet.channel)
    carried = {
        MessageType.INTERACTIVE: able.interactive, MessageType.REACTION: able.reactions,
        MessageType.LOCATION: able.places_and_cards, MessageType.CONTACTS: able.places_and_cards,
        **dict.fromkeys(able.files, True),
    }  # fmt: skip
    if not carried.get(MessageType(message.type)):
        raise Invalid(_("This kind of message cannot be sent."), details={"type": [_("Use another type.")]})
    if message.type in FILES:
        return _caption(message, able.files[MessageType(message.type)]), {}
    content = composed(message.type, message.text, message.content)
    if message.type == MessageType.REACTION:
        content["reaction"]["message_id"] = _target(conversation, message)
    return message.text if message.type == MessageType.INTERACTIVE else "", content


def _caption(message: NewMessage, rule: FileRule) -> str:
    if message.attachment is None:
        raise Invalid(_("The file is missing."), details={"attachment": [_("Upload it first.")]})
    if message.text and not rule.has_caption:
        raise Invalid(_("This kind of file has no text."), details={"text": [_("Send it by itself.")]})
    if len(message.text) > CAPTION_LIMIT:
        raise Invalid(_("The message is too long."), details={"text": [_("At most 1,024 characters.")]})
    return message.text


def _target(conversation: Conversation, message: NewMessage) -> str:
    if message.reply_to is None:
        raise Invalid(_("A reaction needs a message to be on."), details={"reply_to": [_("This field is required.")]})
    return _vendor_id_of(conversation, message.reply_to)


def quoted_id(conversation: Conversation, message: NewMessage) -> str:
    """Return the vendor's id of the message this one answers; empty when it answers none. Raises Invalid."""
    if message.reply_to is None or message.type == MessageType.REACTION:
        return ""
    return _vendor_id_of(conversation, message.reply_to)


def _vendor_id_of(conversation: Conversation, message_id: UUID) -> str:
    original = message_for(message_id)
    if original.conversation_id != conversation.id or not original.vendor_id:
        raise Invalid(_("This message cannot be quoted here."), details={"reply_to": [_("Not in this conversation.")]})
    return original.vendor_id


def write_message(
    conversation: Conversation,
    message_type: str,
    text: str,
    content: dict[str, object],
    actor: Actor,
    at: datetime,
    client_id: UUID | None,
    reply_to: str = "",
    later: datetime | None = None,
) -> Message:
    """Write a message; one for `later` is scheduled, and stands at that time in the thread."""
    sender_type, sender_id, sender_name = _sender(actor)
    note = message_type == MessageType.NOTE
    return Message.objects.create(
        conversation=conversation,
        direction=Direction.INTERNAL if note else Direction.OUT,
        sender_type=sender_type,
        sender_id=sender_id,
        sender_name=sender_name,
        type=message_type,
        text=text,
        content=content,
        reply_to_vendor_id=reply_to,
        status=Delivery.SENT if note else Delivery.SCHEDULED if later else Delivery.QUEUED,
        status_at=at,
        sent_at=later or at,
        client_id=client_id,
    )


def _sender(actor: Actor) -> tuple[Sender, UUID | None, str]:
    if actor.kind == ActorKind.MEMBER:
        member = team.active_member(UUID(actor.id))
        return Sender.AGENT, member.id, member.name
    return Sender.SYSTEM, None, ""


def drop_draft(row: Message) -> None:
    """Forget what its writer had typed: it is written now."""
    if row.sender_id is not None:
        Draft.objects.filter(conversation=row.conversation_id, member_id=row.sender_id, is_note=False).delete()


def take_turn(conversation: Conversation, row: Message, actor: Actor, at: datetime) -> list[Event]:
    """Write what a reply does to its conversation; returns the facts in order."""
    events: list[Event] = []
    reopened = lifecycle.after(conversation.status, Happening.TEAM_WROTE)
    member_id = UUID(actor.id) if actor.kind == ActorKind.MEMBER else None
    assigned = member_id is not None and conversation.assignee_id is None
    store(
        conversation,
        at=at,
        status=reopened or conversation.status,
        assignee_id=member_id if assigned else conversation.assignee_id,
        owner=Owner.HUMAN if member_id else conversation.owner,
        handoff_requested_at=None if member_id else conversation.handoff_requested_at,
        handoff_reason="" if member_id else conversation.handoff_reason,
        waiting_since=None,
        snoozed_until=None,
        last_message_at=max(conversation.last_message_at, at),
        preview=preview(row.type, row.text),
        preview_type=row.type,
        preview_direction=row.direction,
        preview_sender=row.sender_type,
    )
    if reopened:
        events.append(ConversationReopened(**state_of(conversation)))
    if assigned:
        events.append(ConversationAssigned(**state_of(conversation)))
    return [*events, MessageQueued(**state_of(conversation), message_id=row.id)]


@transaction.atomic
def add_note(
    *, conversation_id: UUID, text: str, actor: Actor, client_id: UUID | None = None, now: datetime | None = None
) -> UUID:
    """Keep a private note that never leaves the house; returns its message id."""
    at = now or clocks.now()
    if not text.strip() or len(text) > NOTE_LIMIT:
        raise Invalid(_("A note needs 1 to 65,536 characters."), details={"text": [_("Write something shorter.")]})
    conversation = conversation_for(conversation_id, lock=True)
    known = Message.objects.filter(client_id=client_id).first() if client_id else None
    if known is not None:
        return known.id
    named = _named(text)
    content: dict[str, object] = {"mentions": [{"id": str(one.id), "name": one.name} for one in named]} if named else {}
    row = write_message(conversation, MessageType.NOTE, text, content, actor, at, client_id)
    if row.sender_id:
        Draft.objects.filter(conversation=conversation, member_id=row.sender_id, is_note=True).delete()
    news = [News(NotificationKind.MENTION, one.id, conversation.id, row.id) for one in named]
    told = notify(news, actor=actor)
    publish(NoteAdded(**state_of(conversation), message_id=row.id), *told, actor=actor, now=at)
    return row.id


def _named(text: str) -> list[MemberInfo]:
    """Return the members a note names who may read it."""
    if "@" not in text:
        return []
    return mentioned(text, [one for one in team.members() if "conversations:read" in one.scopes])


@transaction.atomic
def retry_message(*, message_id: UUID, actor: Actor, now: datetime | None = None) -> None:
    """Send a failed message again because a person says so; also one nobody knows the fate of.

    Raises MessageNotRetryable, WindowClosed or OutletStopped. Keeps its place in the thread.
    """
    at = now or clocks.now()
    conversation = conversation_for(message_for(message_id).conversation_id, lock=True)
    list(Outbox.objects.select_for_update().filter(message_id=message_id))
    message = message_for(message_id, lock=True)
    if message.status != Delivery.FAILED or message.direction != Direction.OUT:
        raise MessageNotRetryable
    outlet = sending_outlet(conversation)
    window.require_open(outlet.channel, message.type, conversation.window_expires_at, at)
    requeue(message, at)
    forget_failures([message.id])
    Outbox.objects.update_or_create(
        message=message,
        defaults={
            "conversation": conversation, "attempts": 0, "rounds": 0, "due_at": at,
            "claimed_until": None, "dead_at": None, "parked_at": None,
        },
    )  # fmt: skip
    publish(MessageQueued(**state_of(conversation), message_id=message.id), actor=actor, now=at)


def requeue(message: Message, at: datetime) -> None:
    """Forget the failure of a message that is about to be tried again."""
    message.status, message.status_at = Delivery.QUEUED, at
    message.failure_code, message.failure_detail, message.failure_retryable = "", "", False
    message.save(
        update_fields=["status", "status_at", "failure_code", "failure_detail", "failure_retryable", "updated_at"]
    )


@transaction.atomic
def open_conversation(*, outlet_id: UUID, to: str, name: str = "", actor: Actor, now: datetime | None = None) -> UUID:
    """Return the conversation of an outlet with a phone number, opening it when there is none yet."""
    at = now or clocks.now()
    outlet = outlet_for(outlet_id)
    person = Person(
        scope=outlet.portfolio_id, phone=crm.normalize_phone(to, field="to"), name=name[:200], source="outbound"
    )
    contacts, events = crm.resolve_people([person])
    conversation, is_new = Conversation.objects.get_or_create(
        outlet=outlet, contact_id=contacts[person], defaults={"last_message_at": at}
    )
    if is_new:
        ids = {"contact_id": conversation.contact_id, "outlet_id": outlet.id}
        events.append(ConversationOpened(**state_of(conversation), **ids))
    if events:
        publish(*events, actor=actor, now=at)
    return conversation.id
