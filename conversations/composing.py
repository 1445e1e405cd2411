"""What may be said besides text: places, cards, buttons, lists, links, reactions. Checked here and nowhere else. Pure.

The forms are our own, so that any channel can have them. Lengths are those of WhatsApp, the strictest channel we speak.
Source: Meta, "Interactive messages", "Location messages", "Contacts messages", "Reaction messages".
"""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from conversations.enums import MessageType
from kernel.errors import Invalid

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

BODY_LIMIT = CAPTION_LIMIT = 1024
FOOTER_LIMIT, HEADER_LIMIT = 60, 60
MOST_BUTTONS, BUTTON_LIMIT, ID_LIMIT = 3, 20, 256
MOST_ROWS, ROW_LIMIT, ROW_TEXT_LIMIT, OPENER_LIMIT = 10, 24, 72, 20
MOST_CARDS, NAME_LIMIT, PLACE_LIMIT = 5, 200, 1000
URL_LIMIT, EMOJI_LIMIT = 2000, 32
LATITUDES, LONGITUDES = 90, 180

Content = dict[str, Any]
Findings = dict[str, "list[_StrOrPromise]"]


def composed(message_type: str, text: str, content: Mapping[str, Any]) -> Content:
    """Return the checked content of a message; only what its type needs is kept. Raises Invalid with each fault."""
    check = _CHECKS.get(MessageType(message_type))
    if check is None:
        raise Invalid(_("This kind of message cannot be sent."), details={"type": [_("Use another type.")]})
    found: Findings = {}
    made = check(text, content, found)
    if found:
        raise Invalid(_("Some values cannot be taken."), details=found)
    return made


def _place(_text: str, content: Mapping[str, Any], found: Findings) -> Content:
    place = content.get("location") or {}
    for name, most in (("latitude", LATITUDES), ("longitude", LONGITUDES)):
        value = place.get(name)
        if isinstance(value, bool) or not isinstance(value, int | float) or not -most <= value <= most:
            found[f"location.{name}"] = [_("Use a number of degrees.")]
    words = {name: _line(place, name, PLACE_LIMIT, "location", found) for name in ("name", "address")}
    return {"location": {"latitude": place.get("latitude"), "longitude": place.get("longitude"), **words, "url": ""}}


def _cards(_text: str, content: Mapping[str, Any], found: Findings) -> Content:
    cards = content.get("contacts") or []
    if not 1 <= len(cards) <= MOST_CARDS:
        found["contacts"] = [_("One to five cards.")]
    return {"contacts": [_card(card, f"contacts.{position}", found) for position, card in enumerate(cards)]}


def _card(card: Mapping[str, Any], path: str, found: Findings) -> Content:
    name = _line(card, "name", NAME_LIMIT, path, found, needed=True)
    phones = [str(one) for one in card.get("phones") or [] if str(one).strip()]
    emails = [str(one) for one in card.get("emails") or [] if str(one).strip()]
    if not phones and not emails:
        found[f"{path}.phones"] = [_("A card needs a phone or an email.")]
    return {
        "name": name,
        "organization": _line(card, "organization", NAME_LIMIT, path, found),
        "phones": [{"phone": phone, "wa_id": "", "type": ""} for phone in phones],
        "emails": [{"email": email, "type": ""} for email in emails],
    }


def _reaction(_text: str, content: Mapping[str, Any], found: Findings) -> Content:
    emoji = str((content.get("reaction") or {}).get("emoji", ""))
    if len(emoji) > EMOJI_LIMIT or (emoji and any(char.isalnum() and char.isascii() for char in emoji)):
        found["reaction.emoji"] = [_("Use one emoji, or none to take it back.")]
    return {"reaction": {"emoji": emoji}}


def _interactive(text: str, content: Mapping[str, Any], found: Findings) -> Content:
    asked = content.get("interactive") or {}
    kind = str(asked.get("type", ""))
    check = _INTERACTIVE.get(kind)
    if check is None:
        found["interactive.type"] = [_("Use buttons, list, link or location_request.")]
        return {}
    if not text.strip():
        found["text"] = [_("Write something.")]
    elif len(text) > BODY_LIMIT:
        found["text"] = [_("At most 1,024 characters.")]
    made = {"type": kind, **check(asked, found)}
    if kind != "location_request":
        made["header"] = _line(asked, "header", HEADER_LIMIT, "interactive", found)
        made["footer"] = _line(asked, "footer", FOOTER_LIMIT, "interactive", found)
    return {"interactive": made}


def _buttons(asked: Mapping[str, Any], found: Findings) -> Content:
    buttons = asked.get("buttons") or []
    if not 1 <= len(buttons) <= MOST_BUTTONS:
        found["interactive.buttons"] = [_("One to three buttons.")]
    made = [_choice(one, f"interactive.buttons.{n}", BUTTON_LIMIT, found) for n, one in enumerate(buttons)]
    _differ(made, "interactive.buttons", found)
    return {"buttons": made}


def _list(asked: Mapping[str, Any], found: Findings) -> Content:
    rows = asked.get("rows") or []
    if not 1 <= len(rows) <= MOST_ROWS:
        found["interactive.rows"] = [_("One to ten rows.")]
    made = []
    for position, row in enumerate(rows):
        path = f"interactive.rows.{position}"
        told = _line(row, "description", ROW_TEXT_LIMIT, path, found)
        made.append({**_choice(row, path, ROW_LIMIT, found), "description": told})
    _differ(made, "interactive.rows", found)
    return {"button": _line(asked, "button", OPENER_LIMIT, "interactive", found, needed=True), "rows": made}


def _link(asked: Mapping[str, Any], found: Findings) -> Content:
    url = _line(asked, "url", URL_LIMIT, "interactive", found, needed=True)
    if url and not url.startswith(("https://", "http://")):
        found["interactive.url"] = [_("Use an address that begins with https://.")]
    return {"button": _line(asked, "button", BUTTON_LIMIT, "interactive", found, needed=True), "url": url}


def _choice(one: Mapping[str, Any], path: str, limit: int, found: Findings) -> Content:
    title = _line(one, "title", limit, path, found, needed=True)
    return {"id": _line(one, "id", ID_LIMIT, path, found) or title, "title": title}


def _differ(choices: Sequence[Mapping[str, Any]], path: str, found: Findings) -> None:
    for name in ("id", "title"):
        if len({choice[name] for choice in choices}) < len(choices):
            found.setdefault(path, [_("Each needs words of its own.")])


def _line(holder: Mapping[str, Any], name: str, limit: int, path: str, found: Findings, *, needed: bool = False) -> str:
    value = " ".join(str(holder.get(name) or "").split())
    if needed and not value:
        found[f"{path}.{name}"] = [_("This field is required.")]
    elif len(value) > limit:
        found[f"{path}.{name}"] = [_("Too long.")]
    return value


_INTERACTIVE: dict[str, Callable[[Mapping[str, Any], Findings], Content]] = {
    "buttons": _buttons,
    "list": _list,
    "link": _link,
    "location_request": lambda _asked, _found: {},
}
_CHECKS: dict[MessageType, Callable[[str, Mapping[str, Any], Findings], Content]] = {
    MessageType.LOCATION: _place,
    MessageType.CONTACTS: _cards,
    MessageType.INTERACTIVE: _interactive,
    MessageType.REACTION: _reaction,
}
