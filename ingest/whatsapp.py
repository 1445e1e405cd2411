"""From WhatsApp's pieces to the values conversations take: routing, naming, nothing else."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

import orjson

from conversations.enums import Delivery, MessageType
from conversations.types import (
    DeliveryUpdate,
    InboundFile,
    InboundMessage,
    InboundSender,
    MarketingPreference,
    OutletNews,
    TemplateNews,
)
from integrations.whatsapp.errors import Action, action_for, is_retryable
from integrations.whatsapp.senders import e164
from integrations.whatsapp.types import (
    AccountUpdate,
    IncomingMessage,
    MediaRef,
    Piece,
    PreferenceUpdate,
    Sender,
    StatusUpdate,
    TemplateUpdate,
)

News = InboundMessage | DeliveryUpdate | TemplateNews | OutletNews | MarketingPreference

MARKETING = "marketing_messages"
NAME_LIMIT, USERNAME_LIMIT, ID_LIMIT, TYPE_LIMIT = 200, 100, 256, 100


class Unfit(Exception):  # noqa: N818 - the piece is at fault, not the program
    """A piece that parses and still cannot be kept: an id too long to be one."""


def address_of(piece: Piece) -> str:
    """Return the routing key of a piece: its number, or its account when it names none."""
    return piece.phone_number_id or f"waba:{piece.waba_id}"


def news_of(piece: Piece, outlet_id: UUID) -> News | None:
    """Return what a piece means for the outlet; None for a status word nobody knows. Raises Unfit."""
    convert = _CONVERTERS.get(type(piece.value))
    return convert(piece.value, piece, outlet_id) if convert else _kept(piece, outlet_id)


def _message(value: IncomingMessage, _piece: Piece, outlet_id: UUID) -> InboundMessage:
    _fits(value.vendor_id, value.sender.user_id or "")
    return InboundMessage(
        outlet_id=outlet_id,
        vendor_id=value.vendor_id,
        sender=_sender(value.sender),
        sent_at=value.sent_at,
        type=MessageType(value.type) if value.type in MessageType.values else MessageType.UNSUPPORTED,
        text=value.text,
        files=tuple(_file(media) for media in value.attachments),
        content=_plain(value.content) | _new_phone(value),
        reply_to_vendor_id=(value.reply_to or "")[:ID_LIMIT],
    )


def _new_phone(value: IncomingMessage) -> dict[str, str]:
    """Return the number a person says they have now; only a real phone counts."""
    system = value.content.get("system") or {}
    phone = e164(str(system.get("wa_id", ""))) if system.get("type") == "user_changed_number" else None
    return {"new_phone": phone} if phone else {}


def _sender(sender: Sender) -> InboundSender:
    return InboundSender(
        user_id=sender.user_id or "",
        phone=sender.phone or "",
        name=sender.name[:NAME_LIMIT],
        username=sender.username[:USERNAME_LIMIT],
    )


def _file(media: MediaRef) -> InboundFile:
    return InboundFile(
        vendor_id=media.media_id,
        claimed_type=media.mime_type[:TYPE_LIMIT],
        sha256=media.sha256[:TYPE_LIMIT],
        filename=media.filename,
        is_voice=media.voice,
    )


def _plain(content: Mapping[str, Any]) -> dict[str, Any]:
    """Return the content as plain JSON values, as the database and the API will have it."""
    plain: dict[str, Any] = orjson.loads(orjson.dumps(content, default=str))
    return plain


def _status(value: StatusUpdate, _piece: Piece, _outlet_id: UUID) -> DeliveryUpdate | None:
    _fits(value.vendor_id)
    if value.status not in Delivery.values:
        return None
    return DeliveryUpdate(
        vendor_id=value.vendor_id,
        message_id=_our_id(value.tag),
        status=Delivery(value.status),
        at=value.at,
        failure_code=value.error_code[:40] or ("UNKNOWN" if value.status == Delivery.FAILED else ""),
        failure_detail=value.error_detail[:500],
        failure_retryable=is_retryable(value.error_code),
        opts_out=action_for(value.error_code) == Action.OPT_OUT,
        pricing=dict(value.pricing) if value.pricing else None,
    )


def _our_id(tag: str | None) -> UUID | None:
    try:
        return UUID(tag) if tag else None
    except ValueError:
        return None  # the tag of another sender on the same number


def _template(value: TemplateUpdate, piece: Piece, _outlet_id: UUID) -> TemplateNews:
    return TemplateNews(
        waba_id=piece.waba_id,
        vendor_id=value.template_id[:40],
        name=value.name[:512],
        language=value.language[:12],
        status=value.event[:40],
        components=value.components,
        quality=value.quality[:20],
        category=value.category[:40],
        reason=value.reason,
    )


def _account(value: AccountUpdate, _piece: Piece, outlet_id: UUID) -> OutletNews:
    return OutletNews(outlet_id=outlet_id, field=value.field, event=value.event, payload=_plain(value.payload))


def _preference(value: PreferenceUpdate, piece: Piece, outlet_id: UUID) -> News:
    if value.category != MARKETING:
        return _kept(piece, outlet_id)
    return MarketingPreference(
        outlet_id=outlet_id, sender=_sender(value.sender), allowed=value.value != "stop", at=value.at
    )


def _kept(piece: Piece, outlet_id: UUID) -> OutletNews:
    """Return an update nobody here reads yet, kept as it came."""
    return OutletNews(outlet_id=outlet_id, field=piece.field, event=piece.kind, payload=_plain(piece.raw))


def _fits(*ids: str) -> None:
    if any(len(value) > ID_LIMIT for value in ids):
        message = f"an id is longer than {ID_LIMIT} characters"
        raise Unfit(message)


_CONVERTERS: dict[type, Callable[..., News | None]] = {
    IncomingMessage: _message,
    StatusUpdate: _status,
    TemplateUpdate: _template,
    AccountUpdate: _account,
    PreferenceUpdate: _preference,
}
