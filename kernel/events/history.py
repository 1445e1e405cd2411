"""How something stood at a past time, rebuilt from nothing but its events."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from kernel.events.base import Recorded, event_class
from kernel.events.reading import events_of


@dataclass(frozen=True, slots=True)
class Past:
    """What had happened to a subject at an instant. `state` is empty when it did not exist yet."""

    subject: str
    at: datetime
    events: Sequence[Recorded]
    state: dict[str, Any]


def past_of(subject: str, at: datetime) -> Past:
    """Rebuild a subject of the current tenant (`conversation:<id>`) as it was at an instant."""
    events = events_of(subject, until=at)
    return Past(subject, at, events, state_after(events))


def state_after(events: Iterable[Recorded]) -> dict[str, Any]:
    """Return what the last events say about how their subject stands; see `Event.state`."""
    state: dict[str, Any] = {}
    for event in events:
        cls = event_class(event.type)
        state |= {name: event.payload[name] for name in (cls.state if cls else ()) if name in event.payload}
    return state
