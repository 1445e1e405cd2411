"""Working hours and the arithmetic of spans inside them. Pure: no database, no present.

Hours are written as people say them, on the wall of one place: "Monday 9:00 to 17:00 in New York". They are turned into
instants day by day, so a day with a change of the clocks is as long as it really was. A span that ends at or before
its start ("22:00 to 6:00") goes over midnight. A day off takes away what begins on it.
"""

from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)
LOOK_AHEAD = 400
"""Days that are searched for open time; hours that have none in over a year have none."""
MIDNIGHT = time(0)

Span = tuple[time, time]
"""From, to on the wall; a `to` of midnight is the end of the day."""
Stretch = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Hours:
    """When work is done: for each weekday, Monday first, its spans; and the days on which there is none."""

    zone: ZoneInfo
    week: tuple[tuple[Span, ...], ...]
    days_off: Container[date] = frozenset()

    def is_open(self, at: datetime) -> bool:
        """Tell whether work is done at an instant."""
        return any(start <= at < end for start, end in self._stretches(at, 1))

    def elapsed(self, start: datetime, end: datetime) -> timedelta:
        """Return how much working time lies between two instants; nothing when they are the wrong way round."""
        start, end = start.astimezone(UTC), end.astimezone(UTC)  # in one zone, Python subtracts what walls show
        total = timedelta(0)
        days = max((end - start).days, 0) + 2
        for opens, closes in self._stretches(start, days):
            total += max(min(closes, end) - max(opens, start), timedelta(0))
        return total

    def add(self, start: datetime, span: timedelta) -> datetime | None:
        """Return when a span of working time that starts at `start` is used up; None when it never is.

        A span of nothing is used up at once, also while closed.
        """
        if span <= timedelta(0):
            return start
        start, left = start.astimezone(UTC), span
        for opens, closes in self._stretches(start, LOOK_AHEAD):
            begins = max(opens, start)
            if closes - begins >= left:
                return begins + left
            left -= max(closes - begins, timedelta(0))
        return None

    def _stretches(self, start: datetime, days: int) -> Iterator[Stretch]:
        """Yield the open stretches from the day before `start` on, in order, those that touch as one."""
        first = start.astimezone(self.zone).date() - DAY
        current: Stretch | None = None
        for opens, closes in self._written(first, days + 2):
            if current is not None and opens <= current[1]:
                current = (current[0], max(current[1], closes))
            else:
                if current is not None:
                    yield current
                current = (opens, closes)
        if current is not None:
            yield current

    def _written(self, first: date, days: int) -> Iterator[Stretch]:
        for number in range(days):
            day = first + DAY * number
            if day in self.days_off:
                continue
            for begins, ends in sorted(self.week[day.weekday()]):
                opens = self._instant(day, begins)
                closes = self._instant(day + DAY if ends <= begins else day, ends)
                if closes > opens:
                    yield opens, closes

    def _instant(self, day: date, wall: time) -> datetime:
        """Return an instant of the wall clock; what the clocks skip is reckoned from before the gap."""
        return datetime.combine(day, wall, tzinfo=self.zone).astimezone(UTC)


WHOLE_DAY: tuple[Span, ...] = ((MIDNIGHT, MIDNIGHT),)
ALWAYS = Hours(ZoneInfo("UTC"), (WHOLE_DAY,) * 7)
"""Round the clock."""


def week_of(written: Sequence[Sequence[Sequence[str]]]) -> tuple[tuple[Span, ...], ...]:
    """Read a week as it is stored: seven lists of ["09:00", "17:00"]. Raises ValueError."""
    if len(written) != len(ALWAYS.week):
        message = "a week has seven days"
        raise ValueError(message)
    return tuple(tuple((_clock(begins), _clock(ends)) for begins, ends in day) for day in written)


def _clock(text: str) -> time:
    return MIDNIGHT if text == "24:00" else time.fromisoformat(text)
