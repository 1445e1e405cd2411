"""Times to snooze to, as they are offered: in the reader's own day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from kernel.errors import Invalid

MORNING, AFTERNOON = time(9), time(17)
MONDAY = 0


@dataclass(frozen=True, slots=True)
class Moment:
    """A time on offer."""

    word: str
    at: datetime


def moments(now: datetime) -> Sequence[Moment]:
    """Return the times on offer, the nearest first, all of them to come."""
    local = timezone.localtime(now)
    offers = [
        Moment(_("In an hour"), now + timedelta(hours=1)),
        Moment(_("This afternoon"), _at(local, 0, AFTERNOON)),
        Moment(_("Tomorrow morning"), _at(local, 1, MORNING)),
        Moment(_("Monday morning"), _at(local, _days_to(MONDAY, local), MORNING)),
    ]
    return [offer for offer in offers if offer.at > now]


def earliest(now: datetime) -> str:
    """Return the first minute that can be picked, as a date field writes it."""
    return timezone.localtime(now + timedelta(minutes=1)).strftime("%Y-%m-%dT%H:%M")


def picked(raw: str) -> datetime | None:
    """Read what a date field sent, in the reader's zone; None when it is no time."""
    try:
        at = datetime.fromisoformat(raw)
    except ValueError:
        return None
    return at if timezone.is_aware(at) else timezone.make_aware(at)


def until_of(raw: str) -> datetime | None:
    """Read the end of a rest; None for nothing given, which is until a reply. Raises Invalid for what is no time."""
    until = picked(raw) if raw else None
    if raw and until is None:
        raise Invalid(_("This is no time."), details={"until": [_("Choose a date and a time.")]})
    return until


def _at(local: datetime, days: int, clock: time) -> datetime:
    """Return a clock time of a later day: by the wall, whatever happens to the hours in between."""
    return timezone.make_aware(datetime.combine(local.date() + timedelta(days=days), clock))


def _days_to(weekday: int, local: datetime) -> int:
    return (weekday - local.weekday() - 1) % 7 + 1
