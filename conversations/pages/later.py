"""Times to send at, as they are offered, and which of them lie outside the window as it is now."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from conversations.actions.scheduling import MessageNotScheduled
from conversations.enums import MessageType
from conversations.pages.resting import earliest, moments, picked
from conversations.pages.rows import Row
from kernel import clocks
from kernel.errors import Invalid

FIELD = "%Y-%m-%dT%H:%M"
"""An instant as a date field writes it."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A time on offer. `is_outside`: the window ends before it, unless the customer writes again."""

    word: str
    at: datetime
    is_outside: bool


def offer_values(row: Row) -> dict[str, Any]:
    """Return what the dialog for a new scheduled message draws."""
    now = clocks.now()
    offers = [Offer(one.word, one.at, _is_outside(row, one.at)) for one in moments(now)]
    return {"row": row, "offers": offers, "earliest": earliest(now), "window_end": _window_end(row, now)}


def change_values(row: Row, shape: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the dialog for one that waits draws. Raises MessageNotScheduled."""
    if shape["scheduled_for"] is None:
        raise MessageNotScheduled
    now, at = clocks.now(), datetime.fromisoformat(shape["scheduled_for"])
    is_template = shape["type"] == MessageType.TEMPLATE
    return {
        "row": row,
        "message": shape,
        "send_at": _field(at),
        "earliest": earliest(now),
        "window_end": "" if is_template else _window_end(row, now),
        "is_outside": not is_template and _is_outside(row, at),
        "has_text": not is_template and shape["type"] not in {MessageType.AUDIO, MessageType.STICKER},
    }


def time_of(raw: str) -> datetime:
    """Read the time a form sent, in the reader's zone. Raises Invalid."""
    at = picked(raw)
    if at is None:
        raise Invalid(_("This is no time."), details={"send_at": [_("Choose a date and a time.")]})
    return at


def _is_outside(row: Row, at: datetime) -> bool:
    return row.has_window and (row.window_expires_at is None or at >= row.window_expires_at)


def _window_end(row: Row, now: datetime) -> str:
    """Return when the window ends, as a date field writes it; empty for channels without one."""
    return _field(row.window_expires_at or now) if row.has_window else ""


def _field(at: datetime) -> str:
    return timezone.localtime(at).strftime(FIELD)
