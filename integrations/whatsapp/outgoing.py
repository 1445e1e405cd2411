"""How a message looks on the vendor's wire, one writer per kind. Source: Meta, "Messages" of the Cloud API."""

from collections.abc import Callable, Mapping
from typing import Any

Wire = dict[str, Any]


def media(kind: str, *, media_id: str, caption: str = "", filename: str = "") -> Wire:
    """Return a message that is a file the vendor has; only documents have a name."""
    about: Wire = {"id": media_id}
    if caption:
        about["caption"] = caption
    if filename and kind == "document":
        about["filename"] = filename
    return {"type": kind, kind: about}


def content(kind: str, text: str, told: Mapping[str, Any]) -> Wire:
    """Return a message of another kind: location, contacts, reaction or interactive."""
    return {"type": kind, kind: _WRITERS[kind](text, told)}


def _location(_text: str, told: Mapping[str, Any]) -> Wire:
    place = told["location"]
    words = {name: place[name] for name in ("name", "address") if place.get(name)}
    return {"latitude": place["latitude"], "longitude": place["longitude"], **words}


def _contacts(_text: str, told: Mapping[str, Any]) -> list[Wire]:
    return [_card(card) for card in told["contacts"]]


def _card(card: Mapping[str, Any]) -> Wire:
    made: Wire = {"name": {"formatted_name": card["name"], "first_name": card["name"].partition(" ")[0]}}
    if card.get("organization"):
        made["org"] = {"company": card["organization"]}
    if card.get("phones"):
        made["phones"] = [{"phone": one["phone"], "type": "CELL"} for one in card["phones"]]
    if card.get("emails"):
        made["emails"] = [{"email": one["email"], "type": "WORK"} for one in card["emails"]]
    return made


def _reaction(_text: str, told: Mapping[str, Any]) -> Wire:
    return {"message_id": told["reaction"]["message_id"], "emoji": told["reaction"]["emoji"]}


def _interactive(text: str, told: Mapping[str, Any]) -> Wire:
    asked = told["interactive"]
    made: Wire = {**_ACTIONS[asked["type"]](asked), "body": {"text": text}}
    if asked.get("header"):
        made["header"] = {"type": "text", "text": asked["header"]}
    if asked.get("footer"):
        made["footer"] = {"text": asked["footer"]}
    return made


def _buttons(asked: Mapping[str, Any]) -> Wire:
    buttons = [{"type": "reply", "reply": {"id": one["id"], "title": one["title"]}} for one in asked["buttons"]]
    return {"type": "button", "action": {"buttons": buttons}}


def _list(asked: Mapping[str, Any]) -> Wire:
    rows = [{name: row[name] for name in ("id", "title", "description") if row.get(name)} for row in asked["rows"]]
    return {"type": "list", "action": {"button": asked["button"], "sections": [{"rows": rows}]}}


def _link(asked: Mapping[str, Any]) -> Wire:
    parameters = {"display_text": asked["button"], "url": asked["url"]}
    return {"type": "cta_url", "action": {"name": "cta_url", "parameters": parameters}}


def _location_request(_asked: Mapping[str, Any]) -> Wire:
    return {"type": "location_request_message", "action": {"name": "send_location"}}


_ACTIONS: dict[str, Callable[[Mapping[str, Any]], Wire]] = {
    "buttons": _buttons,
    "list": _list,
    "link": _link,
    "location_request": _location_request,
}
_WRITERS: dict[str, Callable[[str, Mapping[str, Any]], Any]] = {
    "location": _location,
    "contacts": _contacts,
    "reaction": _reaction,
    "interactive": _interactive,
}
