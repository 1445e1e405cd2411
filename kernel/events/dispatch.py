"""Handing events to their subscribers: one tenant at a time, each subscriber from its own cursor."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import structlog
from django.db import DatabaseError, connection
from redis.exceptions import RedisError

from kernel.events import cursors
from kernel.events.base import Recorded
from kernel.events.causes import caused_by
from kernel.events.reading import events_after
from kernel.events.subscriptions import Subscriber, subscribers
from kernel.redis import client
from kernel.tenancy import tenant_context

log = structlog.get_logger(__name__)

BATCH = 500
"""Events read at once."""
TRIES = 3
"""Calls with one event before it is parked."""
PAUSE = 0.02
"""Seconds between those calls: long enough for a lock to go away."""


class Outage(Exception):  # noqa: N818 - not the event's fault and not ours: the ground is missing
    """The database or Redis does not answer, so no event can be blamed for a failure."""


@dataclass(slots=True)
class Round:
    """What one pass over a tenant did."""

    delivered: int = 0
    parked: int = 0
    more: bool = False
    """There is more to do: the pass was stopped, or a subscriber waits for the ground to come back."""
    outage: str = ""
    positions: dict[str, int] = field(default_factory=dict)


def drain(schema: str, *, rounds: int = 4, stop: Callable[[], bool] = lambda: False) -> Round:
    """Hand the events of one schema to everybody who waits for them; at most `rounds` batches, then `more` is True.

    The caller holds the schema's dispatch lock. A subscriber met by an outage keeps its cursor, the others go on.
    """
    done = Round()
    with tenant_context(schema):
        active = subscribers()
        done.positions = cursors.positions(one.name for one in active)
        for _round in range(rounds):
            events = _next_events(active, done)
            active = [one for one in active if _advance(one, events, done)]
            done.more = len(events) == BATCH
            if stop() or not done.more or not active:
                break
        done.more = done.more or bool(done.outage)
        if done.positions:
            cursors.mark_dispatched(schema, min(done.positions.values()))
    return done


def _next_events(active: Sequence[Subscriber], done: Round) -> list[Recorded]:
    start = min((done.positions[one.name] for one in active), default=None)
    return [] if start is None else events_after(start, limit=BATCH)


def _advance(subscriber: Subscriber, events: Sequence[Recorded], done: Round) -> bool:
    """Give a subscriber its share of a batch and move its cursor; False when it must wait."""
    position = done.positions[subscriber.name]
    if not events or events[-1].seq <= position:
        return True
    wanted = [event for event in events if event.seq > position and event.type in subscriber.types]
    try:
        done.parked += deliver(subscriber, wanted) if wanted else 0
    except Outage as outage:
        log.warning("subscriber waits", subscriber=subscriber.name, reason=str(outage))
        done.outage = str(outage)
        return False
    done.delivered += len(wanted)
    done.positions[subscriber.name] = events[-1].seq
    cursors.advance({subscriber.name: events[-1].seq})
    return True


def deliver(subscriber: Subscriber, events: Sequence[Recorded]) -> int:
    """Call a subscriber with a batch; when it fails, with each event alone. Returns how many events were parked.

    Raises Outage when the failure is not the events' fault.
    """
    try:
        _call(subscriber, events)
    except Exception as problem:  # a subscriber may raise anything; what it was ends up in the log and the row
        _require_ground(problem)
        log.warning("batch refused", subscriber=subscriber.name, seq=events[0].seq, exc_info=problem)
        return sum(not _deliver_alone(subscriber, event) for event in events)
    return 0


def _deliver_alone(subscriber: Subscriber, event: Recorded) -> bool:
    attempt = 1
    while problem := _refusal(subscriber, event):
        if attempt == TRIES:
            _park(subscriber, event, problem)
            return False
        attempt += 1
        time.sleep(PAUSE)
    return True


def _refusal(subscriber: Subscriber, event: Recorded) -> Exception | None:
    try:
        _call(subscriber, [event])
    except Exception as problem:  # noqa: BLE001 - see deliver()
        _require_ground(problem)
        return problem
    return None


def _call(subscriber: Subscriber, events: Sequence[Recorded]) -> None:
    if len(events) > 1:
        subscriber.handler(events)
        return
    with caused_by(events[0]):
        subscriber.handler(events)


def _park(subscriber: Subscriber, event: Recorded, problem: Exception) -> None:
    log.error("event parked", subscriber=subscriber.name, seq=event.seq, type=event.type, exc_info=problem)
    cursors.park(subscriber.name, event, f"{type(problem).__name__}: {problem}".replace("\x00", ""), TRIES)


def _require_ground(problem: Exception) -> None:
    """Raise Outage unless database and Redis answer: only then is the event to blame."""
    try:
        if not connection.in_atomic_block:
            connection.close_if_unusable_or_obsolete()
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        client().ping()
    except (DatabaseError, RedisError, OSError) as missing:
        message = f"{type(missing).__name__} after {type(problem).__name__}"
        raise Outage(message) from problem
