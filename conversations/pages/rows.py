"""One line of the conversation list."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from conversations import window
from conversations.enums import Direction, Owner, Sender, Status
from conversations.lifecycle import RESTING
from conversations.pages.labels import word_for
from conversations.pages.times import day_and_time
from crm.enums import TagColor
from tenants.avatars import Person

NO_COLORS: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class Pill:
    """A state in words, with the role its colour has."""

    role: str
    icon: str
    text: str


@dataclass(frozen=True, slots=True)
class Due:
    """When a reply is due; `state` is ok, soon or late."""

    at: datetime
    state: str


@dataclass(frozen=True, slots=True)
class TagMark:
    """A tag as it is drawn: its word and the color of its dot."""

    name: str
    color: str


@dataclass(frozen=True, slots=True)
class Row:
    """A conversation as the list and the thread's head show it."""

    id: str
    contact: Person
    phone: str
    channel: str
    outlet_name: str
    snippet: str
    at: datetime
    active_at: datetime
    unread: int
    pill: Pill
    due: Due | None
    assignee: Person | None
    status: str
    owner: str
    handoff_reason: str
    wants_human: bool
    window_expires_at: datetime | None
    snoozed_until: datetime | None
    tags: Sequence[TagMark]
    version: int

    @property
    def has_window(self) -> bool:
        """Whether there is a time after which only templates go out."""
        return window.has_window(self.channel)

    @property
    def is_done(self) -> bool:
        """Resolved conversations can only be reopened."""
        return self.status == Status.RESOLVED

    @property
    def is_snoozed(self) -> bool:
        """Rests until a time or a reply."""
        return self.status == Status.SNOOZED

    @property
    def is_pending(self) -> bool:
        """Waits for somebody outside."""
        return self.status == Status.PENDING


def row_of(shape: Mapping[str, Any], member_id: str, colors: Mapping[str, str] = NO_COLORS) -> Row:
    """Make a row from the shape of a conversation; `member_id` is who "You" means, `colors` are those of tags."""
    assignee = shape["assignee"]
    return Row(
        id=shape["id"],
        contact=Person(shape["contact"]["id"], shape["contact"]["name"] or _("Unknown")),
        phone=shape["contact"]["phone"] or "",
        channel=shape["outlet"]["channel"],
        outlet_name=shape["outlet"]["name"],
        snippet=_snippet(shape["preview"], bool(assignee) and assignee["id"] == member_id),
        at=datetime.fromisoformat(shape["last_message_at"]),
        active_at=datetime.fromisoformat(shape["active_at"]),
        unread=shape["unread_count"],
        pill=_pill(shape),
        due=_due(shape["sla"]),
        assignee=Person(assignee["id"], assignee["name"]) if assignee else None,
        status=shape["status"],
        owner=shape["owner"]["type"],
        handoff_reason=(shape["handoff"] or {}).get("reason", ""),
        wants_human=shape["handoff"] is not None,
        window_expires_at=_time(shape["window_expires_at"]),
        snoozed_until=_time(shape["snoozed_until"]),
        tags=[TagMark(name, colors.get(name, TagColor.GRAY)) for name in shape["tags"]],
        version=shape["version"],
    )


def _snippet(preview: Mapping[str, Any], is_mine: bool) -> str:  # noqa: FBT001 - private, one caller
    text = preview["text"] or word_for(preview["type"] or "")
    if preview["direction"] != Direction.OUT or not text:
        return text
    if preview["sender"] == Sender.AI:
        return _("AI: %(text)s") % {"text": text}
    return _("You: %(text)s") % {"text": text} if is_mine else _("Team: %(text)s") % {"text": text}


def _pill(shape: Mapping[str, Any]) -> Pill:
    owner = shape["owner"]["type"]
    if shape["status"] == Status.RESOLVED:
        return Pill("ok", "check", pgettext("one conversation", "Done"))
    if shape["status"] in RESTING:
        return _resting_pill(shape)
    if shape["handoff"] is not None:
        return Pill("warn", "hand", _("Wants human"))
    if owner == Owner.AI:
        return Pill("ai", "bot", _("AI"))
    if owner == Owner.HUMAN:
        return Pill("", "user-round", _("Human"))
    return Pill("line", "", _("In queue") if shape["assignee"] else _("Unassigned"))


def _resting_pill(shape: Mapping[str, Any]) -> Pill:
    if shape["status"] == Status.PENDING:
        return Pill("", "clock", _("Pending"))
    until = _time(shape["snoozed_until"])
    return Pill("", "alarm-clock", day_and_time(until) if until else _("Until a reply"))


def _due(sla: Mapping[str, Any]) -> Due | None:
    at = _time(sla["due_at"])
    return Due(at, sla["state"]) if at else None


def _time(raw: str | None) -> datetime | None:
    return datetime.fromisoformat(raw) if raw else None
