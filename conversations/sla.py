"""Promises to customers as clocks, pure: when an answer or a solution is due, in working hours, with pauses.

A conversation has up to two clocks. The reply clock runs while a person owes an answer; the resolution clock from the
day the conversation is opened until it is resolved. Both stand still while the conversation rests. What a clock has
used up before its present run is kept as a span, so the due time follows from it, the target and the hours at any
moment: another policy or calendar means reckoning again, nothing else.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from conversations.enums import Owner, Status
from conversations.lifecycle import RESTING
from team.hours import ALWAYS, Hours

SOON = timedelta(minutes=15)
"""How long before it is due a clock warns, and is shown in amber."""


class Promise(StrEnum):
    """What a clock measures."""

    FIRST_RESPONSE = "first_response"
    NEXT_RESPONSE = "next_response"
    RESOLUTION = "resolution"


class Alarm(StrEnum):
    """What a clock says, each once."""

    WARNED = "warned"
    BREACHED = "breached"


@dataclass(frozen=True, slots=True)
class Rule:
    """What is promised, and the hours it runs in; None promises nothing."""

    first_response: timedelta | None = timedelta(hours=1)
    next_response: timedelta | None = timedelta(hours=1)
    resolution: timedelta | None = None
    hours: Hours = ALWAYS

    def target(self, promise: Promise) -> timedelta | None:
        """Return how long a promise gives."""
        found: timedelta | None = getattr(self, promise.value)
        return found


DEFAULT = Rule()
"""Until the tenant writes down its own: an hour for each answer, round the clock."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What the clocks follow of a conversation."""

    status: str
    owner: str
    waiting_since: datetime | None

    @property
    def owed_since(self) -> datetime | None:
        """Since when a person owes an answer: the AI answers for itself."""
        return None if self.owner == Owner.AI else self.waiting_since


@dataclass(frozen=True, slots=True)
class Clock:
    """One promise under way. `run_from` None: it stands still. `alarms` are those it has given."""

    promise: Promise
    run_from: datetime | None
    spent: timedelta = timedelta(0)
    due_at: datetime | None = None
    alarms: tuple[Alarm, ...] = ()

    @property
    def alarm_at(self) -> datetime | None:
        """When it has something to say next."""
        if self.due_at is None or Alarm.BREACHED in self.alarms:
            return None
        return self.due_at if Alarm.WARNED in self.alarms else self.due_at - SOON


@dataclass(frozen=True, slots=True)
class Clocks:
    """The clocks of a conversation. `answered`: the team has spoken since it was opened."""

    reply: Clock | None = None
    resolution: Clock | None = None
    answered: bool = False

    @property
    def all(self) -> tuple[Clock, ...]:
        """The clocks there are."""
        return tuple(clock for clock in (self.reply, self.resolution) if clock is not None)

    @property
    def due_at(self) -> datetime | None:
        """What is due first."""
        return min((clock.due_at for clock in self.all if clock.due_at), default=None)

    @property
    def alarm_at(self) -> datetime | None:
        """When one of them has something to say."""
        return min((clock.alarm_at for clock in self.all if clock.alarm_at), default=None)


def follow(clocks: Clocks, facts: Facts, rule: Rule, at: datetime) -> Clocks:
    """Return the clocks after something happened to the conversation at `at`."""
    if facts.status == Status.RESOLVED:
        return Clocks()
    resting = facts.status in RESTING
    answered = clocks.answered or (clocks.reply is not None and facts.waiting_since is None)
    return Clocks(
        reply=_moved(_reply(clocks, facts, at), rule, at, resting=resting),
        resolution=_moved(clocks.resolution or Clock(Promise.RESOLUTION, at), rule, at, resting=resting),
        answered=answered,
    )


def _reply(clocks: Clocks, facts: Facts, at: datetime) -> Clock | None:
    owed_since = facts.owed_since
    if owed_since is None:
        return None
    promise = Promise.NEXT_RESPONSE if clocks.answered else Promise.FIRST_RESPONSE
    return clocks.reply or Clock(promise, min(owed_since, at))


def _moved(clock: Clock | None, rule: Rule, at: datetime, *, resting: bool) -> Clock | None:
    """Stop or go on, and reckon when it is due."""
    if clock is None:
        return None
    if resting and clock.run_from is not None:
        clock = replace(clock, run_from=None, spent=clock.spent + rule.hours.elapsed(clock.run_from, at))
    elif not resting and clock.run_from is None:
        clock = replace(clock, run_from=at)
    return replace(clock, due_at=_due(clock, rule))


def _due(clock: Clock, rule: Rule) -> datetime | None:
    target = rule.target(clock.promise)
    if target is None or clock.run_from is None:
        return None
    return rule.hours.add(clock.run_from, target - clock.spent)


def ring(clocks: Clocks, at: datetime) -> tuple[Clocks, list[tuple[Promise, Alarm]]]:
    """Return the clocks after what is due by `at` was said, and what that is; a late one does not also warn."""
    said: list[tuple[Promise, Alarm]] = []

    def heard(clock: Clock | None) -> Clock | None:
        if clock is None or clock.alarm_at is None or clock.due_at is None or clock.alarm_at > at:
            return clock
        alarm = Alarm.BREACHED if clock.due_at <= at else Alarm.WARNED
        said.append((clock.promise, alarm))
        return replace(clock, alarms=(Alarm.WARNED, alarm) if alarm == Alarm.BREACHED else (alarm,))

    return replace(clocks, reply=heard(clocks.reply), resolution=heard(clocks.resolution)), said


def packed(clocks: Clocks) -> dict[str, Any]:
    """Return clocks as a row keeps them."""

    def pack(clock: Clock | None) -> dict[str, Any] | None:
        if clock is None:
            return None
        times = {
            name: at.isoformat() if at else None
            for name, at in (("run_from", clock.run_from), ("due_at", clock.due_at))
        }
        return {**asdict(clock), **times, "spent": clock.spent.total_seconds()}

    return {"reply": pack(clocks.reply), "resolution": pack(clocks.resolution), "answered": clocks.answered}


def unpacked(kept: Mapping[str, Any]) -> Clocks:
    """Return the clocks a row keeps; an empty one has none yet."""

    def unpack(clock: Mapping[str, Any] | None) -> Clock | None:
        if clock is None:
            return None
        return Clock(
            promise=Promise(clock["promise"]),
            run_from=_time(clock["run_from"]),
            spent=timedelta(seconds=clock["spent"]),
            due_at=_time(clock["due_at"]),
            alarms=tuple(Alarm(alarm) for alarm in clock["alarms"]),
        )

    return Clocks(unpack(kept.get("reply")), unpack(kept.get("resolution")), bool(kept.get("answered", False)))


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
