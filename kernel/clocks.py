"""Time: one source of now, and the arithmetic of deadlines.

Instants are aware UTC datetimes everywhere; zones matter only where a person reads a time or a law counts days.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.utils import timezone


def now() -> datetime:
    """Return the present instant, aware, in UTC."""
    return timezone.now()


def from_unix(seconds: float) -> datetime:
    """Return the instant of a unix time in seconds. Raises ValueError outside years 1-9999."""
    try:
        return datetime.fromtimestamp(seconds, tz=UTC)
    except (OverflowError, OSError) as problem:  # which of the three depends on how far outside it is
        message = f"{seconds!r} is no time"
        raise ValueError(message) from problem


EARLIEST = datetime(2009, 1, 1, tzinfo=UTC)
"""No channel we speak is older: an earlier time (often 0) is a broken clock."""


def believable(at: datetime, *, now: datetime) -> datetime:
    """Return what somebody else's clock says, or `now` when it tells the future or a time before there was a clock."""
    return at if EARLIEST <= at <= now else now


def rfc3339(at: datetime) -> str:
    """Return `at` as RFC 3339 in UTC with milliseconds and a Z, the only form the API speaks."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@dataclass(frozen=True, slots=True)
class Window:
    """A span that is open until `closes_at` (exclusive); None means it never opened."""

    closes_at: datetime | None

    @classmethod
    def opened(cls, at: datetime, span: timedelta) -> "Window":
        """Return the window that opened at `at` and lasts `span`."""
        return cls(at + span)

    def is_open(self, at: datetime) -> bool:
        """Tell whether something may still happen at `at`."""
        return self.closes_at is not None and at < self.closes_at

    def remaining(self, at: datetime) -> timedelta:
        """Return how long the window stays open after `at`, never negative."""
        if self.closes_at is None:
            return timedelta(0)
        return max(self.closes_at - at, timedelta(0))


def backoff(attempt: int, *, base: timedelta, cap: timedelta) -> timedelta:
    """Return the wait before try `attempt` + 1: base x 2^(attempt-1), at most `cap`. Attempts count from 1."""
    unit = timedelta(microseconds=1)  # whole numbers, which unlike a timedelta have no largest one
    factor: int = 2 ** min(attempt - 1, 64)
    return min(base // unit * factor, cap // unit) * unit
