"""What the vendor reports besides customer messages: ticks, templates, accounts, preferences. Many at once."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from django.db import transaction
from django.db.models import Q

from conversations.actions.notifying import failures, forget_failures, notify
from conversations.actions.receiving import WHATSAPP
from conversations.actions.state import save_states, state_of
from conversations.delivery import DeliveryState, advance
from conversations.enums import Delivery, Direction
from conversations.events import MessageFailed, OutletUpdated, TemplateUpdated
from conversations.models import Message, Outlet, OutletUpdate, Template
from conversations.queries import tick
from conversations.types import DeliveryUpdate, MarketingPreference, OutletNews, TemplateNews
from crm import actions as crm
from crm.types import Person
from kernel import clocks, live
from kernel.events import Event, publish

DELETED = "deleted"
STATE_COLUMNS = (
    "status",
    "status_at",
    "delivered_at",
    "read_at",
    "failure_code",
    "failure_detail",
    "failure_retryable",
)


@transaction.atomic
def apply_delivery_updates(batch: Sequence[DeliveryUpdate], *, now: datetime | None = None) -> list[DeliveryUpdate]:
    """Move the ticks of outgoing messages; returns the updates whose message we do not have.

    Old news changes nothing. A message is found by our own id, which the vendor echoes, or by the vendor's; finding it
    by ours also teaches us the vendor's id of a send we never got an answer to. Ticks are pushed, only failures are
    events.
    """
    at = now or clocks.now()
    found = _messages_of(batch)
    doubted = {message.id for message in found.values() if message.status == Delivery.FAILED}
    unknown: list[DeliveryUpdate] = []
    moved: dict[UUID, Message] = {}
    for update in batch:
        message = found.get(update.message_id) or found.get(update.vendor_id)
        if message is None:
            unknown.append(update)
        elif _move(message, replace(update, at=clocks.believable(update.at, now=at))):
            moved[message.id] = message
    save_states(list(moved.values()), at)
    forget_failures([one for one in doubted & moved.keys() if moved[one].status != Delivery.FAILED])
    live.push_on_commit([tick(_tick_row(message)) for message in moved.values()])
    failed = [message for message in moved.values() if message.status == Delivery.FAILED]
    for update in (one for one in batch if one.opts_out):
        message = found.get(update.message_id) or found.get(update.vendor_id)
        if message is not None:
            _stop_marketing(message, update.at, at)
    events: list[Event] = [
        MessageFailed(**state_of(m.conversation), message_id=m.id, code=m.failure_code) for m in failed
    ]
    events += notify(failures(failed), actor=WHATSAPP)
    if events:
        publish(*events, actor=WHATSAPP, now=at)
    return unknown


def _stop_marketing(message: Message, told_at: datetime, now: datetime) -> None:
    contact_id = message.conversation.contact_id
    crm.record_marketing_preference(
        contact_id=contact_id, allowed=False, at=told_at, source="whatsapp", actor=WHATSAPP, now=now
    )


def _messages_of(batch: Iterable[DeliveryUpdate]) -> dict[UUID | str | None, Message]:
    ids = {update.message_id for update in batch if update.message_id}
    vendor_ids = {update.vendor_id for update in batch}
    rows = (
        Message.objects.select_for_update(of=("self",))
        .select_related("conversation")
        .filter(Q(id__in=ids) | Q(vendor_id__in=vendor_ids), direction=Direction.OUT)
        .order_by("id")
    )
    found: dict[UUID | str | None, Message] = {}
    for message in rows:
        found[message.id] = message
        if message.vendor_id:
            found[message.vendor_id] = message
    return found


def _move(message: Message, update: DeliveryUpdate) -> bool:
    before = DeliveryState(**{name: getattr(message, name) for name in STATE_COLUMNS})
    after = advance(before, update)
    learned = message.vendor_id is None
    if learned:
        message.vendor_id = update.vendor_id
    if update.pricing:
        message.metadata = {**message.metadata, "pricing": update.pricing}
    for name, value in asdict(after).items():
        setattr(message, name, value)
    return learned or after != before or bool(update.pricing)


def _tick_row(message: Message) -> dict[str, Any]:
    columns = ("id", "conversation_id", "status", "failure_code", "failure_detail", "failure_retryable")
    return {name: getattr(message, name) for name in columns}


@transaction.atomic
def record_template_news(batch: Sequence[TemplateNews], *, now: datetime | None = None) -> None:
    """Keep what the vendor says about templates; an unknown template becomes a row, empty fields change nothing."""
    events: list[Event] = []
    for news in batch:
        template = _template(news)
        changes = _template_changes(news)
        before = {name: getattr(template, name) for name in changes}
        for name, value in changes.items():
            setattr(template, name, value)
        if template._state.adding or before != changes:
            template.save()
            events.append(TemplateUpdated(template_id=template.id, status=template.status))
    if events:
        publish(*events, actor=WHATSAPP, now=now)


@transaction.atomic
def record_template_list(waba_id: str, listed: Sequence[TemplateNews], *, now: datetime | None = None) -> int:
    """Make our templates of an account those the vendor lists; others are deleted there. Returns how many it lists."""
    at = now or clocks.now()
    known = {(news.name, news.language) for news in listed}
    ours = Template.objects.filter(waba_id=waba_id).exclude(status=DELETED)
    gone = [
        TemplateNews(waba_id=waba_id, vendor_id=row.vendor_id, name=row.name, language=row.language, status=DELETED)
        for row in ours
        if (row.name, row.language) not in known
    ]
    record_template_news([*listed, *gone], now=at)
    Outlet.objects.filter(waba_id=waba_id).update(templates_synced_at=at)
    return len(listed)


def _template(news: TemplateNews) -> Template:
    by_name = Q(waba_id=news.waba_id, name=news.name, language=news.language)
    by_id = Q(waba_id=news.waba_id, vendor_id=news.vendor_id)
    rows = Template.objects.select_for_update()
    found = rows.filter(by_name).first() or (rows.filter(by_id).first() if news.vendor_id else None)
    return found or Template(
        waba_id=news.waba_id, vendor_id=news.vendor_id, name=news.name, language=news.language, status="unknown"
    )


def _template_changes(news: TemplateNews) -> dict[str, Any]:
    wanted: Mapping[str, Any] = {
        "vendor_id": news.vendor_id,
        "status": news.status.lower(),
        "quality": news.quality.lower(),
        "category": news.category.lower(),
        "reason": news.reason[:400],
        "components": news.components,
    }
    return {name: value for name, value in wanted.items() if value}


@transaction.atomic
def record_outlet_news(batch: Sequence[OutletNews], *, now: datetime | None = None) -> None:
    """Keep updates about outlets and accounts as they came; a repeated delivery is one row and one event."""
    rows = [
        OutletUpdate(
            outlet_id=news.outlet_id,
            field=news.field[:80],
            event=news.event[:80],
            payload=news.payload,
            digest=_digest(news),
        )
        for news in batch
    ]
    unique = {bytes(row.digest): row for row in rows}
    stored_already = OutletUpdate.objects.filter(digest__in=list(unique)).values_list("digest", flat=True)
    known = {bytes(digest) for digest in stored_already}
    fresh = [row for digest, row in unique.items() if digest not in known]
    stored = OutletUpdate.objects.bulk_create(fresh, ignore_conflicts=True)
    events = [OutletUpdated(outlet_id=row.outlet_id, field=row.field) for row in stored]
    if events:
        publish(*events, actor=WHATSAPP, now=now)


def _digest(news: OutletNews) -> bytes:
    packed = orjson.dumps([str(news.outlet_id), news.field, news.payload], option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(packed).digest()


def record_marketing_preferences(batch: Sequence[MarketingPreference], *, now: datetime | None = None) -> None:
    """Hand each customer's word on marketing to their contact, oldest first."""
    scopes = dict(Outlet.objects.filter(id__in={p.outlet_id for p in batch}).values_list("id", "portfolio_id"))
    for preference in sorted(batch, key=lambda p: p.at):
        sender = preference.sender
        person = Person(scope=scopes[preference.outlet_id], user_id=sender.user_id, phone=sender.phone)
        contact_id = crm.identify(person, actor=WHATSAPP, now=now)
        crm.record_marketing_preference(
            contact_id=contact_id,
            allowed=preference.allowed,
            at=preference.at,
            source="whatsapp",
            actor=WHATSAPP,
            now=now,
        )
