"""The contact pane: what we know about the person, and what happened in this conversation."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.utils.functional import Promise
from django.utils.translation import get_language_info
from django.utils.translation import gettext_lazy as _

from conversations.enums import Owner
from crm.enums import IdentityKind, Lifecycle
from kernel.actors import ActorKind
from kernel.events import Recorded

STAGES = (Lifecycle.LEAD, Lifecycle.QUALIFIED, Lifecycle.CONSULT, Lifecycle.CLIENT)

HAPPENED: dict[str, tuple[str, Promise]] = {
    "conversation.opened": ("message-square-text", _("Conversation started")),
    "conversation.reopened": ("undo-2", _("Reopened")),
    "conversation.completed": ("circle-check", _("Resolved")),
    "conversation.seen": ("eye", _("Read")),
    "conversation.snoozed": ("alarm-clock", _("Snoozed")),
    "conversation.woken": ("alarm-clock", _("Taken up again")),
    "conversation.set_aside": ("clock", _("Pending")),
    "conversation.tagged": ("tag", _("Tags changed")),
}
HANDED_TO: dict[str, tuple[str, Promise]] = {
    Owner.QUEUE: ("hand", _("Handed to the team")),
    Owner.AI: ("bot", _("Handed to the AI")),
    Owner.HUMAN: ("user-round", _("Taken over by %(name)s")),
}
SHOWN = (*HAPPENED, "conversation.assigned", "conversation.handed_off")


@dataclass(frozen=True, slots=True)
class Stage:
    """How far the person has come: the steps up to `word` are done."""

    word: str
    before: str
    steps: Sequence[str]
    position: int


@dataclass(frozen=True, slots=True)
class Happening:
    """A line of the recent events."""

    icon: str
    text: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class LocalTime:
    """The time where the person is."""

    zone: ZoneInfo
    place: str


def stage_of(lifecycle: str) -> Stage:
    """Return the four steps of a lifecycle as the bar shows them: done, now, or to come."""
    past = lifecycle == Lifecycle.PAST_CLIENT
    reached = len(STAGES) if past else list(STAGES).index(Lifecycle(lifecycle)) + 1
    steps = ["on" if n < reached else "now" if n == reached else "" for n in range(1, len(STAGES) + 1)]
    before = ", ".join(str(stage.label) for stage in STAGES[: reached - 1])
    return Stage(str(Lifecycle(lifecycle).label), before, steps, reached)


def language_name(code: str) -> str:
    """Return a language in the reader's words; a code Django does not know stays a code."""
    try:
        name: str = get_language_info(code)["name_translated"]
    except KeyError:
        return code
    return name[:1].upper() + name[1:]


def local_time(zone_name: str) -> LocalTime | None:
    """Return the person's zone and the city it is named after, or None when we do not know it."""
    if not zone_name:
        return None
    try:
        zone = ZoneInfo(zone_name)
    except (ZoneInfoNotFoundError, ValueError):
        return None
    return LocalTime(zone, zone_name.rpartition("/")[2].replace("_", " "))


def identities_of(contact: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return (kind in words, value) of the names channels have for this person, without what is shown already."""
    shown = {contact["phone"], (contact["email"] or "").lower()}
    return [
        (str(IdentityKind(identity["kind"]).label), identity["value"])
        for identity in contact["identities"]
        if identity["value"] not in shown
    ]


def happenings(events: Sequence[Recorded], names: Mapping[str, str]) -> list[Happening]:
    """Return events as lines, newest first. `names` are members' names by id."""
    lines = []
    for event in reversed(events):
        icon, text = _words(event, names)
        lines.append(Happening(icon, text, _author(event, names), event.occurred_at))
    return lines


def _words(event: Recorded, names: Mapping[str, str]) -> tuple[str, str]:
    assignee = names.get(event.payload.get("assignee_id") or "", "")
    if event.type == "conversation.assigned":
        return "user-round", str(_("Assigned to %(name)s")) % {"name": assignee} if assignee else str(_("Unassigned"))
    if event.type == "conversation.handed_off":
        icon, sentence = HANDED_TO[event.payload["owner"]]
        return icon, str(sentence) % {"name": assignee}
    icon, sentence = HAPPENED[event.type]
    return icon, str(sentence)


def _author(event: Recorded, names: Mapping[str, str]) -> str:
    if event.actor.kind == ActorKind.MEMBER:
        return names.get(event.actor.id, "")
    return "API" if event.actor.kind == ActorKind.API_KEY else ""
