"""Messages as bubbles: what each kind of message looks like, its ticks, its failure, the reactions on it."""

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from conversations.delivery import MAYBE_SENT
from conversations.enums import Delivery, Direction, MessageType, Sender
from conversations.mentions import Piece, pieces
from conversations.pages.files import FileView, file_view
from conversations.pages.labels import icon_of, word_for
from conversations.pages.lines import icon_of_line, words_of_line
from tenants.avatars import Person

Shape = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Part:
    """Something a message holds besides text: a place, a card, an order."""

    icon: str
    title: str
    detail: str


@dataclass(frozen=True, slots=True)
class Quote:
    """The message an answer refers to."""

    id: str
    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a message did not go out. `unknown_fate`: it may have gone out all the same."""

    reason: str
    unknown_fate: bool


@dataclass(frozen=True, slots=True)
class Bubble:
    """One message, ready to draw. `variant` is customer, agent, ai, note or event."""

    id: str
    conversation_id: str
    client_id: str
    variant: str
    sender: Person
    text: str
    said: Sequence[Piece]
    """The text of a note, with the names in it marked."""
    files: Sequence[FileView]
    parts: Sequence[Part]
    quote: Quote | None
    reactions: Sequence[str]
    remark: str
    status: str
    scheduled_for: datetime | None
    failure: Failure | None
    at: datetime
    delivered_at: datetime | None
    read_at: datetime | None
    is_quotable: bool
    icon: str

    @property
    def day(self) -> date:
        """The calendar day in the reader's zone."""
        return timezone.localtime(self.at).date()


def bubbles_of(shapes: Iterable[Shape], reactions: Mapping[str, Sequence[str]], known: Container[str]) -> list[Bubble]:
    """Make bubbles in the given order.

    `reactions` are the emoji by vendor id of the message they are on. A reaction is no bubble of its own, unless the
    message it is on is not among the `known` ones.
    """
    return [_bubble(shape, reactions) for shape in shapes if not _sits_on(shape, known)]


def reaction_target(shape: Shape) -> str:
    """Return the vendor id of the message a reaction is on."""
    return str((shape["content"].get("reaction") or {}).get("message_id", ""))


def _sits_on(shape: Shape, known: Container[str]) -> bool:
    return shape["type"] == MessageType.REACTION and reaction_target(shape) in known


def reactions_by_message(shapes: Iterable[Shape]) -> dict[str, list[str]]:
    """Return the emoji on each message by its vendor id; each sender's last word counts. Oldest shapes first."""
    last: dict[tuple[str, str], str] = {}
    for shape in shapes:
        emoji = str((shape["content"].get("reaction") or {}).get("emoji", ""))
        last[reaction_target(shape), _sender_key(shape)] = emoji
    found: dict[str, list[str]] = {}
    for (vendor_id, _sender), emoji in last.items():
        if emoji:
            found.setdefault(vendor_id, []).append(emoji)
    return found


def _sender_key(shape: Shape) -> str:
    return f"{shape['sender']['type']}:{shape['sender']['id']}"


def _bubble(shape: Shape, reactions: Mapping[str, Sequence[str]]) -> Bubble:
    content = shape["content"]
    return Bubble(
        id=shape["id"],
        conversation_id=shape["conversation_id"],
        client_id=shape["client_id"] or "",
        variant=_variant(shape),
        sender=Person(shape["sender"]["id"] or shape["sender"]["type"], shape["sender"]["name"] or ""),
        text=_event_text(shape) if _variant(shape) == "event" else shape["text"],
        said=pieces(shape["text"], [one["name"] for one in content.get("mentions", ())]),
        files=[file_view(attachment) for attachment in shape["attachments"]],
        parts=[] if "line" in content else _parts(shape),
        quote=_quote(shape["reply_to"]),
        reactions=reactions.get(shape["vendor_id"] or "", ()),
        remark=_("Corrected message") if "edit" in content else _("Forwarded") if content.get("forwarded") else "",
        status=shape["status"],
        scheduled_for=_time(shape["scheduled_for"]),
        failure=_failure(shape["failure"]) if shape["status"] == Delivery.FAILED else None,
        at=datetime.fromisoformat(shape["sent_at"]),
        delivered_at=_time(shape["delivered_at"]),
        read_at=_time(shape["read_at"]),
        is_quotable=bool(shape["vendor_id"]),
        icon=icon_of_line(content["line"]) if "line" in content else "phone",
    )


def _variant(shape: Shape) -> str:
    if shape["type"] in {MessageType.SYSTEM, MessageType.REACTION}:
        return "event"
    if shape["direction"] == Direction.INTERNAL:
        return "note"
    if shape["direction"] == Direction.IN:
        return "customer"
    return "ai" if shape["sender"]["type"] == Sender.AI else "agent"


def _event_text(shape: Shape) -> str:
    if "line" in shape["content"]:
        return words_of_line(shape["content"]["line"])
    if "revoke" in shape["content"]:
        return _("The customer deleted a message.")
    if shape["type"] == MessageType.REACTION:
        emoji = (shape["content"].get("reaction") or {}).get("emoji", "")
        return _("Reaction to an older message: %(emoji)s") % {"emoji": emoji or "-"}
    return shape["text"] or word_for(MessageType.SYSTEM)


def _quote(original: Mapping[str, Any] | None) -> Quote | None:
    if original is None:
        return None
    text = original["text"] or word_for(original["type"])
    return Quote(original["id"], original["sender_name"], " ".join(text.split()))


def _failure(failure: Mapping[str, Any] | None) -> Failure | None:
    return Failure(failure["reason"], failure["code"] == MAYBE_SENT) if failure else None


def _parts(shape: Shape) -> list[Part]:
    kind, content = shape["type"], shape["content"]
    parts: list[Part] = []
    if kind == MessageType.LOCATION:
        parts.append(_place(content.get("location") or {}))
    elif kind == MessageType.CONTACTS:
        parts += [_card(card) for card in content.get("contacts") or []]
    elif kind == MessageType.ORDER:
        parts.append(_order(content.get("order") or {}))
    elif kind == MessageType.UNSUPPORTED:
        told = (content.get("unsupported") or {}).get("type", "")
        parts.append(Part(icon_of(kind), word_for(kind), str(told)))
    elif not shape["attachments"] and not shape["text"]:
        parts.append(Part(icon_of(kind), word_for(kind) or _("Empty message"), ""))
    return parts


def _place(place: Mapping[str, Any]) -> Part:
    where = f"{place.get('latitude', '')}, {place.get('longitude', '')}"
    detail = place.get("address") or where
    return Part(icon_of(MessageType.LOCATION), place.get("name") or word_for(MessageType.LOCATION), str(detail))


def _card(card: Mapping[str, Any]) -> Part:
    phones = ", ".join(str(entry.get("phone", "")) for entry in card.get("phones") or [])
    return Part(icon_of(MessageType.CONTACTS), card.get("name") or word_for(MessageType.CONTACTS), phones)


def _order(order: Mapping[str, Any]) -> Part:
    count = len(order.get("items") or [])
    detail = ngettext("%(count)s product", "%(count)s products", count) % {"count": count}
    return Part(icon_of(MessageType.ORDER), word_for(MessageType.ORDER), detail)


def _time(raw: str | None) -> datetime | None:
    return datetime.fromisoformat(raw) if raw else None
