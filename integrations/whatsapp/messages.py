"""What a customer's message says, one reader per type of the vendor."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from integrations.whatsapp.fields import Fields, clean, clean_text
from integrations.whatsapp.types import MediaRef

_NOT_IN_NAMES = re.compile("[\x00-\x1f\x7f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_LONGEST_NAME = 255


@dataclass(frozen=True, slots=True)
class Body:
    """The part of a message that depends on its type."""

    type: str
    text: str = ""
    attachments: tuple[MediaRef, ...] = ()
    content: dict[str, Any] = field(default_factory=dict)


def read_body(message: Fields) -> Body:
    """Return what the message says. Raises Problem; a type nobody knows is kept whole as `unsupported`."""
    kind = message.text("type")
    reader = _READERS.get(kind)
    return reader(message) if reader else _unsupported(message)


def placeholder(message: Fields) -> Body:
    """Return the body of a message that came without one, as the vendor does when it could not read it itself."""
    return _unsupported(message)


def has_body(message: Fields) -> bool:
    """Tell whether the object that the type announces is there."""
    kind = message.text("type")
    return kind not in _READERS or kind == "unsupported" or message.raw.get(kind) is not None


def _text(message: Fields) -> Body:
    return Body("text", message.needed("text").text("body"))


def _media(kind: str) -> Callable[[Fields], Body]:
    def read(message: Fields) -> Body:
        media = message.needed(kind)
        reference = MediaRef(
            media_id=media.id("id"),
            mime_type=media.text("mime_type", ""),
            sha256=media.text("sha256", ""),
            filename=safe_name(media.text("filename", "")),
            caption=media.text("caption", ""),
            voice=media.flag("voice"),
            animated=media.flag("animated"),
            url=web_address(media.text("url", "")),
        )
        return Body(kind, reference.caption, (reference,))

    return read


def _location(message: Fields) -> Body:
    place = message.needed("location")
    name, address = place.text("name", ""), place.text("address", "")
    content = {
        "latitude": place.number("latitude"),
        "longitude": place.number("longitude"),
        "name": name,
        "address": address,
        "url": web_address(place.text("url", "")),
    }
    return Body("location", name or address, content={"location": content})


def _contacts(message: Fields) -> Body:
    cards = [_card(card) for card in message.parts("contacts")]
    return Body("contacts", ", ".join(card["name"] for card in cards if card["name"]), content={"contacts": cards})


def _card(card: Fields) -> dict[str, Any]:
    name, organization = card.part("name"), card.part("org")
    return {
        "name": name.text("formatted_name", "") or name.text("first_name", "") if name else "",
        "organization": organization.text("company", "") if organization else "",
        "birthday": card.text("birthday", ""),
        "phones": _entries(card, "phones", ("phone", "wa_id", "type")),
        "emails": _entries(card, "emails", ("email", "type")),
        "urls": _entries(card, "urls", ("url", "type")),
        "addresses": _entries(card, "addresses", ("street", "city", "state", "zip", "country", "country_code", "type")),
    }


def _entries(card: Fields, name: str, keys: tuple[str, ...]) -> list[dict[str, str]]:
    return [{key: entry.text(key, "") for key in keys} for entry in card.parts(name)]


def _interactive(message: Fields) -> Body:
    interactive = message.needed("interactive")
    kind = interactive.text("type")
    if kind in {"button_reply", "list_reply"}:
        reply = interactive.needed(kind)
        content = {"type": kind, "id": reply.id("id"), "title": reply.text("title", "")}
        content["description"] = reply.text("description", "")
        return Body("interactive", content["title"], content={"interactive": content})
    if kind == "nfm_reply":
        return _form(interactive.needed(kind))
    return Body("interactive", content={"interactive": {**interactive.raw, "type": kind}})


def _form(reply: Fields) -> Body:
    answer = reply.text("response_json", "")
    content = {"type": "nfm_reply", "name": reply.text("name", ""), "response": _form_answer(answer)}
    return Body("interactive", reply.text("body", ""), content={"interactive": content})


def _form_answer(answer: str) -> Any:  # noqa: ANN401 - JSON
    """Return the parsed answer of a form; it is JSON inside a string and need not hold an object, or be JSON."""
    problems: list[str] = []
    try:
        parsed = clean(json.loads(answer), problems)
    except (ValueError, RecursionError):
        return answer
    return answer if problems else parsed


def _button(message: Fields) -> Body:
    button = message.needed("button")
    content = {"type": "button", "id": button.text("payload", ""), "title": button.text("text", ""), "description": ""}
    return Body("interactive", content["title"], content={"interactive": content})


def _reaction(message: Fields) -> Body:
    """Read a reaction; it is taken back with an empty emoji or with none."""
    reaction = message.needed("reaction")
    content = {"message_id": reaction.id("message_id"), "emoji": reaction.text("emoji", "")}
    return Body("reaction", content={"reaction": content})


def _order(message: Fields) -> Body:
    order = message.needed("order")
    items = [
        {
            "product_retailer_id": item.id("product_retailer_id"),
            "quantity": item.number("quantity"),
            "item_price": str(item.number("item_price")),
            "currency": item.text("currency", ""),
        }
        for item in order.parts("product_items")
    ]
    text = order.text("text", "")
    return Body("order", text, content={"order": {"catalog_id": order.id("catalog_id", ""), "items": items}})


def _system(message: Fields) -> Body:
    system = message.needed("system")
    content = {
        "type": system.text("type", ""),
        "wa_id": system.id("wa_id", ""),
        "user_id": system.id("user_id", ""),
        "identity": _kept(message, "identity"),
    }
    return Body("system", system.text("body", ""), content={"system": content})


def _edit(message: Fields) -> Body:
    """Read a correction: the body is the new one, `edit` names the message it replaces."""
    edit = message.needed("edit")
    inner = edit.needed("message")
    body = read_body(inner) if has_body(inner) else placeholder(inner)
    content = {**body.content, "edit": {"original_message_id": edit.id("original_message_id")}}
    return Body(body.type, body.text, body.attachments, content)


def _revoke(message: Fields) -> Body:
    original = message.needed("revoke").id("original_message_id")
    return Body("system", content={"revoke": {"original_message_id": original}})


def _unsupported(message: Fields) -> Body:
    told = message.raw.get("unsupported")
    inner = told.get("type") if isinstance(told, dict) else None
    kind = inner if isinstance(inner, str) and inner else message.text("type")
    return Body("unsupported", content={"unsupported": {"type": clean_text(kind), "raw": message.raw}})


def _kept(message: Fields, name: str) -> dict[str, Any] | None:
    part = message.part(name)
    return part.raw if part else None


def safe_name(filename: str) -> str:
    """Return a file name that is only a name: no folders, no control or direction marks, at most 255 characters."""
    name = _NOT_IN_NAMES.sub("", filename).replace("\\", "/").rpartition("/")[2].strip()
    return "" if name in {".", ".."} else name[-_LONGEST_NAME:]


def web_address(url: str) -> str:
    """Return the URL when it is one for the web, else nothing: a link must never run a script."""
    return url if url.startswith(("https://", "http://")) else ""


_READERS: dict[str, Callable[[Fields], Body]] = {
    "text": _text,
    **{kind: _media(kind) for kind in ("image", "video", "audio", "document", "sticker")},
    "location": _location,
    "contacts": _contacts,
    "interactive": _interactive,
    "button": _button,
    "reaction": _reaction,
    "order": _order,
    "system": _system,
    "edit": _edit,
    "revoke": _revoke,
    "unsupported": _unsupported,
}
