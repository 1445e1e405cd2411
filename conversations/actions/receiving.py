"""Messages from customers, many at once: one transaction per tenant and batch, a fixed number of statements."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from django.db import connection, transaction

from conversations import lifecycle, window
from conversations.actions.attachments import attachment_row
from conversations.actions.lines import new_line
from conversations.actions.scheduling import cancel_answered
from conversations.actions.state import follow_clocks, state_of
from conversations.enums import Channel, MessageType, Owner, Status
from conversations.events import (
    AttachmentRequested,
    ConversationOpened,
    ConversationReopened,
    ConversationWoken,
    MessageReceived,
)
from conversations.lifecycle import Happening
from conversations.models import Attachment, Conversation, Message, Outlet
from conversations.types import InboundMessage, InboundSender
from conversations.wording import preview
from crm import actions as crm
from crm.enums import IdentityKind
from crm.types import Person
from kernel import clocks
from kernel.actors import Actor, ActorKind
from kernel.events import Event, publish
from kernel.ids import new_id
from team import queries as team

WHATSAPP = Actor(ActorKind.VENDOR, "whatsapp")
BEFORE_ALL = clocks.from_unix(0)
"""The last message of a conversation that has none yet: the first one is later, however late it comes."""

INSERT_MESSAGES = """
    INSERT INTO conversations_message (
        id, created_at, updated_at, conversation_id, direction, sender_type, sender_id, sender_name, type, text,
        content, reply_to_vendor_id, status, status_at, failure_code, failure_detail, failure_retryable,
        vendor_id, sent_at, metadata
    )
    SELECT id, %(now)s, %(now)s, conversation_id, 'in', 'customer', sender_id, sender_name, type, text,
           content, reply_to_vendor_id, 'received', sent_at, '', '', false, vendor_id, sent_at, '{}'
    FROM unnest(
        %(id)s::uuid[], %(conversation_id)s::uuid[], %(sender_id)s::uuid[], %(sender_name)s::text[], %(type)s::text[],
        %(text)s::text[], %(content)s::jsonb[], %(reply_to_vendor_id)s::text[],
        %(vendor_id)s::text[], %(sent_at)s::timestamptz[]
    ) AS new(id, conversation_id, sender_id, sender_name, type, text, content, reply_to_vendor_id, vendor_id,
             sent_at)
    ON CONFLICT (vendor_id) DO NOTHING
    RETURNING vendor_id, id
"""

UPDATE_CONVERSATIONS = """
    UPDATE conversations_conversation AS c
    SET unread_count = c.unread_count + new.unread,
        last_message_at = greatest(c.last_message_at, new.last_at),
        preview = CASE WHEN new.last_at >= c.last_message_at THEN new.preview ELSE c.preview END,
        preview_type = CASE WHEN new.last_at >= c.last_message_at THEN new.preview_type ELSE c.preview_type END,
        preview_direction = CASE WHEN new.last_at >= c.last_message_at THEN 'in' ELSE c.preview_direction END,
        preview_sender = CASE WHEN new.last_at >= c.last_message_at THEN 'customer' ELSE c.preview_sender END,
        window_expires_at = greatest(c.window_expires_at, new.window_at),
        waiting_since = least(c.waiting_since, new.waiting_at),
        status = new.status, owner = new.owner, assignee_id = new.assignee_id,
        snoozed_until = CASE WHEN new.status = 'open' THEN NULL ELSE c.snoozed_until END,
        sla = new.sla, sla_due_at = new.sla_due_at, sla_alarm_at = new.sla_alarm_at,
        version = c.version + 1, updated_at = %(now)s
    FROM json_to_recordset(%(changes)s::json) AS new(
        id uuid, unread int, last_at timestamptz, preview text, preview_type text, window_at timestamptz,
        waiting_at timestamptz, status text, owner text, assignee_id uuid, sla jsonb, sla_due_at timestamptz,
        sla_alarm_at timestamptz
    )
    WHERE c.id = new.id
"""

NEEDED = (
    "outlet_id", "contact_id", "status", "owner", "assignee_id", "tags", "waiting_since", "sla", "sla_due_at",
    "sla_alarm_at", "snoozed_until",
)  # fmt: skip
"""The columns that decide what a message does to its conversation; the others are not read, and not written."""
Thread = tuple[UUID, UUID]
"""outlet id, contact id"""


@dataclass(slots=True)
class Arrivals:
    """What one conversation got in this batch, oldest first."""

    conversation: Conversation
    is_new: bool
    messages: list[tuple[UUID, InboundMessage]] = field(default_factory=list)


@transaction.atomic
def receive_messages(
    batch: Sequence[InboundMessage], *, channel: Channel = Channel.WHATSAPP, now: datetime | None = None
) -> int:
    """Store customer messages of one channel; returns how many were new.

    A message with a known vendor id is skipped whole: no row, no count, no event. Contacts and conversations are made
    when they are missing, resolved ones are taken up again. Identities of the tenant are locked first, conversations
    in the order of their ids, the event head last, so batches and people never wait for each other in a circle.
    """
    at = now or clocks.now()
    fresh = [_at_a_believable_time(message, at) for message in _without_known(batch)]
    if not fresh:
        return 0
    scopes = dict(Outlet.objects.filter(id__in={m.outlet_id for m in fresh}).values_list("id", "portfolio_id"))
    people = {m.sender: _person(m.sender, scopes[m.outlet_id], channel) for m in fresh}
    contacts, contact_events = crm.resolve_people(people.values())
    threads = [(m.outlet_id, contacts[people[m.sender]]) for m in fresh]
    conversations, opened = _conversations(threads)
    arrivals = _sort(fresh, threads, conversations, opened)
    stored = _insert(arrivals.values(), at)
    files = _files(arrivals.values(), stored, at)
    changes = [change for arrival in arrivals.values() if (change := _land(arrival, stored, channel, at))]
    canceled, unscheduled = cancel_answered([change.conversation for change in changes if change.unread], at)
    Message.objects.bulk_create([*(line for change in changes for line in change.lines), *canceled])
    _update(changes, at)
    events: list[Event] = [event for change in changes for event in change.events]
    events = [*contact_events, *_phone_changes(arrivals.values(), stored), *events, *unscheduled, *files]
    if events:
        publish(*events, actor=Actor(ActorKind.VENDOR, channel), now=at)
    return len(stored)


def _without_known(batch: Iterable[InboundMessage]) -> list[InboundMessage]:
    unique: dict[str, InboundMessage] = {}
    for message in batch:
        unique.setdefault(message.vendor_id, message)  # in the order they came: times are whole seconds
    with connection.cursor() as cursor:
        cursor.execute("SELECT vendor_id FROM conversations_message WHERE vendor_id = ANY(%s)", [list(unique)])
        known = {vendor_id for (vendor_id,) in cursor.fetchall()}
    fresh = [message for vendor_id, message in unique.items() if vendor_id not in known]
    return sorted(fresh, key=lambda message: message.sent_at)


def _at_a_believable_time(message: InboundMessage, now: datetime) -> InboundMessage:
    """Return the message as of now when its time cannot be true.

    A time to come would stand below all that is said later, one before the channel existed above everything.
    """
    return replace(message, sent_at=clocks.believable(message.sent_at, now=now))


def _person(sender: InboundSender, scope: str, channel: Channel) -> Person:
    return Person(
        scope=scope, user_id=sender.user_id, phone=sender.phone, name=sender.name, username=sender.username,
        email=sender.email, language=sender.language, source=channel, kind=IdentityKind(channel),
    )  # fmt: skip


def _conversations(threads: Iterable[Thread]) -> tuple[dict[Thread, Conversation], set[UUID]]:
    """Return the conversation of each thread, locked, making missing ones; and the ids of those made now."""
    wanted = sorted(set(threads))
    contact_ids = {contact_id for _outlet_id, contact_id in wanted}
    known = Conversation.objects.select_for_update().filter(contact_id__in=contact_ids).only(*NEEDED).order_by("id")
    found = {(row.outlet_id, row.contact_id): row for row in known}
    made = [
        Conversation(id=new_id(), outlet_id=outlet_id, contact_id=contact_id, last_message_at=BEFORE_ALL)
        for outlet_id, contact_id in wanted
        if (outlet_id, contact_id) not in found
    ]
    Conversation.objects.bulk_create(made)
    found.update({(row.outlet_id, row.contact_id): row for row in made})
    return found, {row.id for row in made}


def _sort(
    messages: Sequence[InboundMessage],
    threads: Sequence[Thread],
    conversations: dict[Thread, Conversation],
    opened: set[UUID],
) -> dict[UUID, Arrivals]:
    arrivals: dict[UUID, Arrivals] = {}
    for message, thread in zip(messages, threads, strict=True):
        conversation = conversations[thread]
        arrival = arrivals.setdefault(conversation.id, Arrivals(conversation, conversation.id in opened))
        arrival.messages.append((new_id(), message))
    return arrivals


def _insert(arrivals: Iterable[Arrivals], now: datetime) -> set[UUID]:
    rows = [(arrival.conversation, message_id, m) for arrival in arrivals for message_id, m in arrival.messages]
    with connection.cursor() as cursor:
        cursor.execute(
            INSERT_MESSAGES,
            {
                "now": now,
                "id": [message_id for _c, message_id, _m in rows],
                "conversation_id": [c.id for c, _id, _m in rows],
                "sender_id": [c.contact_id for c, _id, _m in rows],
                "sender_name": [m.sender.name or m.sender.username for _c, _id, m in rows],
                "type": [m.type for _c, _id, m in rows],
                "text": [m.text for _c, _id, m in rows],
                "content": [orjson.dumps(m.content).decode() for _c, _id, m in rows],
                "reply_to_vendor_id": [m.reply_to_vendor_id for _c, _id, m in rows],
                "vendor_id": [m.vendor_id for _c, _id, m in rows],
                "sent_at": [m.sent_at for _c, _id, m in rows],
            },
        )
        return {row[1] for row in cursor.fetchall()}


def _files(arrivals: Iterable[Arrivals], stored: set[UUID], now: datetime) -> list[Event]:
    """Note the files of the stored messages, to be fetched at once."""
    received = [
        (arrival.conversation, message_id, message)
        for arrival in arrivals
        for message_id, message in arrival.messages
        if message.files and message_id in stored
    ]
    rows = [
        (conversation, message_id, attachment_row(message_id, message.type, file, now))
        for conversation, message_id, message in received
        for file in message.files
    ]
    Attachment.objects.bulk_create(row for _conversation, _id, row in rows)
    return [
        AttachmentRequested(**state_of(conversation), message_id=message_id, attachment_id=row.id)
        for conversation, message_id, row in rows
    ]


@dataclass(slots=True)
class Change:
    """The new columns of one conversation and the facts that explain them."""

    conversation: Conversation
    unread: int
    last: InboundMessage
    window_at: datetime | None
    waiting_at: datetime | None
    events: list[Event]
    lines: list[Message]


def _land(arrival: Arrivals, stored: set[UUID], channel: Channel, now: datetime) -> Change | None:
    """Work out what the stored messages do to their conversation; None when another worker had them all."""
    landed = [(message_id, message) for message_id, message in arrival.messages if message_id in stored]
    if not landed:
        return None
    conversation = arrival.conversation
    events: list[Event] = []
    lines: list[Message] = []
    speaking = [message for _id, message in landed if message.type in window.OPENERS]
    if arrival.is_new:
        ids = {"contact_id": conversation.contact_id, "outlet_id": conversation.outlet_id}
        events.append(ConversationOpened(**state_of(conversation), **ids))
    elif speaking:
        lines, events = _take_up(conversation, now)
    events += [MessageReceived(**state_of(conversation), message_id=message_id) for message_id, _m in landed]
    return Change(
        conversation=conversation,
        unread=len(speaking),
        last=landed[-1][1],
        window_at=_window_after(speaking, channel, now),
        waiting_at=min((m.sent_at for m in speaking), default=None),
        events=events,
        lines=lines,
    )


def _window_after(speaking: Sequence[InboundMessage], channel: Channel, now: datetime) -> datetime | None:
    ends = [window.opened_by(channel, message.sent_at, now) for message in speaking]
    return max((end for end in ends if end is not None), default=None)


def _take_up(conversation: Conversation, now: datetime) -> tuple[list[Message], list[Event]]:
    """Open what was resolved or rests; returns the line in the thread and the fact that tell of it.

    It goes to the person who was responsible if they still work here, else to the queue.
    """
    before, status = conversation.status, lifecycle.after(conversation.status, Happening.CUSTOMER_WROTE)
    if status is None:
        return [], []
    if conversation.assignee_id and not team.is_active(conversation.assignee_id):
        conversation.assignee_id = None
    conversation.status = status
    if conversation.owner != Owner.AI:
        conversation.owner = Owner.HUMAN if conversation.assignee_id else Owner.QUEUE
    if before == Status.RESOLVED:
        return [], [ConversationReopened(**state_of(conversation))]
    line = new_line(conversation, "woken", now, why="customer", before=before)
    return [line], [ConversationWoken(**state_of(conversation), message_id=line.id, why="customer")]


def _update(changes: Sequence[Change], now: datetime) -> None:
    if not changes:
        return
    for change in changes:
        row = change.conversation
        row.waiting_since = min((at for at in (row.waiting_since, change.waiting_at) if at), default=None)
    follow_clocks([change.conversation for change in changes], now)
    rows = [_columns(change) for change in changes]
    with connection.cursor() as cursor:
        cursor.execute(UPDATE_CONVERSATIONS, {"now": now, "changes": orjson.dumps(rows).decode()})


def _columns(change: Change) -> dict[str, Any]:
    row = change.conversation
    return {
        "id": row.id,
        "unread": change.unread,
        "last_at": change.last.sent_at,
        "preview": preview(change.last.type, change.last.text),
        "preview_type": change.last.type,
        "window_at": change.window_at,
        "waiting_at": change.waiting_at,
        "status": row.status,
        "owner": row.owner,
        "assignee_id": row.assignee_id,
        "sla": row.sla,
        "sla_due_at": row.sla_due_at,
        "sla_alarm_at": row.sla_alarm_at,
    }


def _phone_changes(arrivals: Iterable[Arrivals], stored: set[UUID]) -> list[Event]:
    """Follow "this person has a new number" messages."""
    events: list[Event] = []
    for arrival in arrivals:
        for message_id, message in arrival.messages:
            phone = message.content.get("new_phone", "")
            if message_id not in stored or message.type != MessageType.SYSTEM or not phone:
                continue
            event = crm.change_phone(contact_id=arrival.conversation.contact_id, phone=phone)
            events += [event] if event else []
    return events
