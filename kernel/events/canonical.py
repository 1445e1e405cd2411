"""The one byte form of an event, and the chain of hashes over it.

Canonical JSON: keys sorted, no spaces, UTF-8, times in UTC with microseconds and a Z, no floating-point numbers.
Everything in it survives a round trip through PostgreSQL's jsonb, so that the hash can be computed again later.
"""

import hashlib
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

import orjson

from kernel.events.base import Recorded

GENESIS = bytes(32)
"""What the first event of a tenant links to."""


class UnfitPayload(ValueError):  # noqa: N818 - a sentence reads better at the place that catches it
    """A value cannot be part of history; the message says which and why."""


def instant(at: datetime) -> str:
    """Return an aware datetime as UTC with microseconds and a Z. Raises UnfitPayload without a time zone."""
    if at.tzinfo is None:
        message = f"a time without a zone has no place in history: {at}"
        raise UnfitPayload(message)
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def plain(value: Any) -> Any:  # noqa: ANN401 - any value in, JSON out
    """Return `value` as JSON types: ids, times, decimals and enum members become text.

    Raises UnfitPayload for floats (they do not survive exactly) and for anything that has no plain form.
    """
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, Enum):
        return plain(value.value)
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, int):
        return int(value)
    return _converted(value)


def _converted(value: Any) -> Any:  # noqa: ANN401 - see plain()
    if isinstance(value, UUID | Decimal):
        return str(value)
    if isinstance(value, datetime):
        return instant(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    message = f"{type(value).__name__} has no place in history: {value!r}"
    raise UnfitPayload(message)


def _text(value: str) -> str:
    if "\x00" in value:
        message = "text with a NUL character has no place in history"
        raise UnfitPayload(message)
    return str(value)


def encode(value: Any) -> bytes:  # noqa: ANN401 - JSON types
    """Return plain JSON types as canonical bytes. Raises UnfitPayload for lone surrogates and numbers over 64 bits."""
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except TypeError as problem:
        raise UnfitPayload(str(problem)) from problem


def link(previous: bytes, event: Recorded, payload: bytes, change: bytes | None) -> bytes:
    """Return the hash of an event: SHA-256 over the hash before it and everything the event says.

    `payload` is the canonical form of `event.payload`, which the caller has at hand; `change` the hash of its values.
    """
    body = {
        "actor": [event.actor.kind, event.actor.id],
        "cause": event.cause,
        "change": change.hex() if change else None,
        "correlation_id": event.correlation_id,
        "occurred_at": instant(event.occurred_at),
        "payload": orjson.Fragment(payload),
        "recorded_at": instant(event.recorded_at),
        "seq": event.seq,
        "subject": event.subject,
        "type": event.type,
        "version": event.version,
    }
    return hashlib.sha256(previous + encode(body)).digest()


def change_hash(salt: bytes, before: bytes, after: bytes) -> bytes:
    """Return the hash an event carries of the values it changed, given in canonical form.

    Salted: once the values and their salt are erased, nobody can find a telephone number again by trying them all.
    """
    return hashlib.sha256(salt + hashlib.sha256(before).digest() + hashlib.sha256(after).digest()).digest()
