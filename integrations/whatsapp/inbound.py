"""From a webhook's parsed body to one typed piece per update.

Tolerant by the piece: whatever is wrong with one update makes that update a `bad` piece with a reason, and changes
nothing about the others. Nothing here raises, whatever JSON comes.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from integrations.whatsapp.fields import Fields, Problem, clean, clean_text, require
from integrations.whatsapp.messages import has_body, placeholder, read_body
from integrations.whatsapp.senders import Contacts, read_sender
from integrations.whatsapp.types import IncomingMessage, Piece, PieceKind, Value
from integrations.whatsapp.updates import (
    ACCOUNT_FIELDS,
    TEMPLATE_FIELDS,
    read_account,
    read_error,
    read_errors,
    read_preference,
    read_status,
    read_template,
)

OBJECT = "whatsapp_business_account"
_LONGEST_PROBLEM = 300
_LISTS = {
    "messages": {"messages": PieceKind.MESSAGE, "statuses": PieceKind.STATUS, "errors": PieceKind.ERROR},
    "user_preferences": {"user_preferences": PieceKind.PREFERENCE},
}
_SHARED = ("messaging_product", "metadata")


@dataclass(frozen=True, slots=True)
class _Place:
    """Where in the webhook an update stands: all that is known before its own content is read."""

    field: str = ""
    waba_id: str = ""
    phone_number_id: str = ""


@dataclass(frozen=True, slots=True)
class _Batch:
    """What the updates of one list share."""

    place: _Place
    value: Fields
    contacts: Contacts
    shared: dict[str, Any]
    """What stands around the updates, cleaned."""

    def body(self, name: str, raw: object, contact: dict[str, Any] | None = None) -> dict[str, Any]:
        """Return a webhook that holds one update of list `name`, and the contact that belongs to it."""
        with_contact = {"contacts": [contact]} if contact else {}
        return _webhook(self.place, {**self.shared, **with_contact, name: [raw]})


def split(payload: object) -> Iterator[Piece]:
    """Yield a piece for every message, status, error or other change in a webhook, in the order they came."""
    try:
        root = Fields(payload, "webhook")
        require(root.text("object", "") == OBJECT, f"webhook.object: expected {OBJECT}")
        entries = root.items("entry")
        require(entries, "webhook.entry: expected updates, got nothing")
    except Problem as problem:
        yield _bad(_Place(), payload, problem)
        return
    for index, entry in enumerate(entries):
        yield from _split_entry(entry, f"entry[{index}]")


def _split_entry(raw: object, path: str) -> Iterator[Piece]:
    try:
        entry = Fields(raw, path)
        waba_id = entry.id("id", "")
        at = entry.instant_if_any("time")
        changes = entry.items("changes")
    except Problem as problem:
        yield _bad(_Place(), raw, problem, in_webhook=_in_webhook)
        return
    for index, change in enumerate(changes):
        yield from _split_change(change, f"{path}.changes[{index}]", waba_id, at)


def _split_change(raw: object, path: str, waba_id: str, at: datetime | None) -> Iterator[Piece]:
    place = _Place(waba_id=waba_id)
    try:
        change = Fields(raw, path)
        place = _Place(change.text("field"), waba_id)
        value = Fields(change.raw.get("value"), "value")
        metadata = value.part("metadata")
        place = _Place(place.field, waba_id, metadata.id("phone_number_id", "") if metadata else "")
    except Problem as problem:
        yield _bad(place, raw, problem, in_webhook=lambda kept: _in_webhook({"id": waba_id, "changes": [kept]}))
        return
    lists = {name: kind for name, kind in _LISTS.get(place.field, {}).items() if value.raw.get(name) is not None}
    if not lists:
        yield _whole(place, value, at)
        return
    shared = {key: clean(value.raw[key], []) for key in _SHARED if key in value.raw}
    batch = _Batch(place, value, Contacts(value), shared)
    for name, kind in lists.items():
        yield from _split_list(batch, name, kind)


def _split_list(batch: _Batch, name: str, kind: PieceKind) -> Iterator[Piece]:
    try:
        items = batch.value.items(name)
    except Problem as problem:
        yield _bad(batch.place, batch.value.raw.get(name), problem, in_webhook=lambda kept: batch.body(name, kept))
        return
    for index, item in enumerate(items):
        yield _one_of_list(batch, name, kind, item, f"{name}[{index}]")


def _one_of_list(batch: _Batch, name: str, kind: PieceKind, item: object, path: str) -> Piece:
    problems: list[str] = []
    kept = clean(item, problems, path)
    try:
        require(not problems, "; ".join(problems))
        update = Fields(kept, path)
        require(batch.place.phone_number_id, "value.metadata.phone_number_id: expected an id, got nothing")
        value, contact = _READERS[kind](batch, update)
    except Problem as problem:
        return _bad(batch.place, item, problem, in_webhook=lambda raw: batch.body(name, raw))
    return _piece(kind, batch.place, update.raw, batch.body(name, update.raw, contact), value)


def _message(batch: _Batch, message: Fields) -> tuple[Value, dict[str, Any] | None]:
    sender, contact = read_sender(
        message, batch.contacts, wa_id="from", user_id="from_user_id", parent_user_id="from_parent_user_id"
    )
    context = message.part("context")
    if not has_body(message) and "errors" not in message.raw and batch.value.raw.get("errors"):
        message.raw["errors"] = clean(batch.value.raw["errors"], [])  # what explains it belongs to it, also when kept
    errors = read_errors(message)
    body = placeholder(message) if errors and not has_body(message) else read_body(message)
    value = IncomingMessage(
        vendor_id=message.id("id"),
        sender=sender,
        sent_at=message.instant("timestamp"),
        type=body.type,
        text=body.text,
        reply_to=(context.id("id", "") or None) if context else None,
        forwarded=bool(context and (context.flag("forwarded") or context.flag("frequently_forwarded"))),
        attachments=body.attachments,
        content={**body.content, **_extras(message, context)},
        errors=errors,
    )
    return value, contact.raw if contact else None


def _extras(message: Fields, context: Fields | None) -> dict[str, Any]:
    """Return what may come with a message of any type: the ad it answers, the product it asks about, the group."""
    referral = message.part("referral")
    product = context.part("referred_product") if context else None
    group_id = message.id("group_id", "")
    found = {
        "referral": referral.raw if referral else None,
        "product": product.raw if product else None,
        "group_id": group_id or None,
    }
    return {name: value for name, value in found.items() if value is not None}


def _status(_batch: _Batch, status: Fields) -> tuple[Value, None]:
    return read_status(status), None


def _error(_batch: _Batch, error: Fields) -> tuple[Value, None]:
    return read_error(error), None


def _preference(batch: _Batch, preference: Fields) -> tuple[Value, dict[str, Any] | None]:
    sender, contact = read_sender(
        preference, batch.contacts, wa_id="wa_id", user_id="user_id", parent_user_id="parent_user_id"
    )
    return read_preference(preference, sender), contact.raw if contact else None


_READERS: dict[PieceKind, Callable[[_Batch, Fields], tuple[Value, dict[str, Any] | None]]] = {
    PieceKind.MESSAGE: _message,
    PieceKind.STATUS: _status,
    PieceKind.ERROR: _error,
    PieceKind.PREFERENCE: _preference,
}


def _whole(place: _Place, value: Fields, at: datetime | None) -> Piece:
    """Return the piece of a change that is one update as a whole: template, account, or a field nobody knows."""
    problems: list[str] = []
    kept = Fields(clean(value.raw, problems, "value"), "value")
    time = None if at is None else int(at.timestamp())
    try:
        require(not problems, "; ".join(problems))
        kind, update = _read_whole(place.field, kept, at)
    except Problem as problem:
        return _bad(place, value.raw, problem, in_webhook=lambda raw: _webhook(place, raw, time))
    return _piece(kind, place, kept.raw, _webhook(place, kept.raw, time), update)


def _read_whole(field: str, value: Fields, at: datetime | None) -> tuple[PieceKind, Value | None]:
    if field in TEMPLATE_FIELDS:
        return PieceKind.TEMPLATE, read_template(field, value, at)
    if field in ACCOUNT_FIELDS:
        return PieceKind.ACCOUNT, read_account(field, value, at)
    return PieceKind.UNKNOWN, None


def _piece(kind: PieceKind, place: _Place, raw: dict[str, Any], body: object, value: Value | None) -> Piece:
    return Piece(kind, place.field, place.waba_id, place.phone_number_id, raw, body, value=value)


def _bad(
    place: _Place, raw: object, problem: Problem, *, in_webhook: Callable[[Any], object] = lambda kept: kept
) -> Piece:
    kept = clean(raw, [])
    shown = kept if isinstance(kept, dict) else {"value": kept}
    text = clean_text(str(problem))[:_LONGEST_PROBLEM]
    return Piece(
        PieceKind.BAD, place.field, place.waba_id, place.phone_number_id, shown, in_webhook(kept), problem=text
    )


def _webhook(place: _Place, value: object, time: int | None = None) -> dict[str, Any]:
    entry: dict[str, Any] = {"id": place.waba_id} if time is None else {"id": place.waba_id, "time": time}
    return _in_webhook({**entry, "changes": [{"field": place.field, "value": value}]})


def _in_webhook(entry: object) -> dict[str, Any]:
    return {"object": OBJECT, "entry": [entry]}
