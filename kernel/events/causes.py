"""Why something happened: what is published while reacting to an event names that event as its cause."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from kernel.events.base import Recorded
from kernel.logs import correlation_id

_cause: ContextVar[int | None] = ContextVar("redress_event_cause", default=None)


def current_cause() -> int | None:
    """Return the seq of the event being reacted to, if any."""
    return _cause.get()


@contextmanager
def caused_by(event: Recorded) -> Iterator[None]:
    """React to `event`: events published inside carry its seq as their cause and its correlation id."""
    cause = _cause.set(event.seq)
    correlation = correlation_id.set(event.correlation_id)
    try:
        yield
    finally:
        correlation_id.reset(correlation)
        _cause.reset(cause)
