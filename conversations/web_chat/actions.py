"""Everything that changes web chats and what their visitors say and see."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from conversations.actions.receiving import receive_messages
from conversations.actions.vendor_news import apply_delivery_updates
from conversations.enums import Channel, Delivery, Direction, MessageType, OutletStatus
from conversations.events import OutletUpdated
from conversations.models import Message, Outlet, WebChat
from conversations.types import DeliveryUpdate, InboundMessage, InboundSender
from conversations.web_chat.queries import conversation_of_visitor, web_chat_for
from kernel import clocks
from kernel.actors import Actor
from kernel.errors import Invalid
from kernel.events import publish
from kernel.ids import new_id

MOST_ORIGINS = 20
NAME_LIMIT = 80
GREETING_LIMIT = 300
RECEIPTS_AT_ONCE = 200
_BEFORE = {Delivery.DELIVERED: (Delivery.SENT,), Delivery.READ: (Delivery.SENT, Delivery.DELIVERED)}


@transaction.atomic
def create_web_chat(
    *,
    name: str,
    origins: Sequence[str] = (),
    greeting: Mapping[str, str] | None = None,
    actor: Actor,
    now: datetime | None = None,
) -> UUID:
    """Open a chat for the tenant's websites. Raises Invalid. Its id is that of its outlet."""
    values = _clean({"name": name, "origins": origins, "greeting": greeting or {}})
    outlet = Outlet.objects.create(id=new_id(), channel=Channel.WEB_CHAT, name=values.pop("name"))
    WebChat.objects.create(id=outlet.id, outlet=outlet, **values)
    publish(OutletUpdated(outlet_id=outlet.id, field="created"), actor=actor, now=now)
    return outlet.id


@transaction.atomic
def update_web_chat(*, outlet_id: UUID, changes: Mapping[str, Any], actor: Actor, now: datetime | None = None) -> None:
    """Change a chat; `is_open` switches it on and off. Raises NotFound or Invalid."""
    chat = web_chat_for(outlet_id, lock=True)
    values = _clean({name: value for name, value in changes.items() if name != "is_open"})
    if "is_open" in changes:
        chat.outlet.status = OutletStatus.ACTIVE if changes["is_open"] else OutletStatus.STOPPED
    chat.outlet.name = values.pop("name", chat.outlet.name)
    for name, value in values.items():
        setattr(chat, name, value)
    chat.outlet.save(update_fields=["name", "status", "updated_at"])
    chat.save()
    publish(*[OutletUpdated(outlet_id=outlet_id, field=name) for name in sorted(changes)], actor=actor, now=now)


def receive_from_visitor(
    *,
    outlet_id: UUID,
    visitor_id: str,
    text: str,
    client_id: UUID,
    name: str = "",
    email: str = "",
    language: str = "",
    now: datetime | None = None,
) -> UUID:
    """Keep what a visitor says; returns the id of the message, the same for the same `client_id`."""
    at = now or clocks.now()
    vendor_id = f"web:{visitor_id}:{client_id}"
    sender = InboundSender(user_id=visitor_id, name=name, email=email, language=language)
    said = InboundMessage(outlet_id, vendor_id, sender, at, MessageType.TEXT, text)
    receive_messages([said], channel=Channel.WEB_CHAT, now=at)
    return Message.objects.values_list("id", flat=True).get(vendor_id=vendor_id)


def record_visitor_receipt(
    *, outlet_id: UUID, visitor_id: str, upto: UUID, status: Delivery, now: datetime | None = None
) -> int:
    """Note that a visitor's page has, or its reader has read, what was said up to a message; returns how many moved."""
    at = now or clocks.now()
    conversation = conversation_of_visitor(outlet_id, visitor_id)
    if conversation is None:
        return 0
    rows = Message.objects.filter(
        conversation=conversation, direction=Direction.OUT, id__lte=upto, status__in=_BEFORE[status]
    )
    found = rows.order_by("-id").values_list("id", "vendor_id")[:RECEIPTS_AT_ONCE]
    news = [DeliveryUpdate(vendor_id or "", message_id, status, at) for message_id, vendor_id in found]
    apply_delivery_updates(news, now=at)
    return len(news)


def _clean(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return columns from what was given. Raises Invalid with what is wrong about each."""
    problems: dict[str, list[Any]] = {}
    clean: dict[str, Any] = {}
    if "name" in given:
        clean["name"] = str(given["name"]).strip()
        if not 1 <= len(clean["name"]) <= NAME_LIMIT:
            problems["name"] = [_("A name has 1 to 80 characters.")]
    if "origins" in given:
        clean["origins"] = list(dict.fromkeys(_origin(one) for one in given["origins"]))
        if "" in clean["origins"] or len(clean["origins"]) > MOST_ORIGINS:
            problems["origins"] = [_("Give up to 20 addresses like https://www.example.com, without a path.")]
    for language, text in (given.get("greeting") or {}).items():
        clean[f"greeting_{language}"] = str(text).strip()
        if language not in {"en", "es"} or len(clean[f"greeting_{language}"]) > GREETING_LIMIT:
            problems["greeting"] = [_("A greeting in en or es has at most 300 characters.")]
    if problems:
        raise Invalid(_("Some values cannot be taken."), details=problems)
    return clean


def _origin(given: str) -> str:
    """Return an origin as browsers write it, empty for what is none; plain http only for this machine."""
    try:
        parts = urlsplit(given.strip().lower())
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return ""
    host = parts.hostname or ""
    is_local = host == "localhost" or host.endswith(".localhost") or host == "127.0.0.1"
    plain = not (parts.path.strip("/") or parts.query or parts.fragment or parts.username)
    fits = parts.scheme == "https" or (parts.scheme == "http" and is_local)
    named = host.isascii() and all(one.isalnum() or one in "-." for one in host) and host.strip(".-") == host
    return f"{parts.scheme}://{host}{port}" if host and plain and fits and named else ""
