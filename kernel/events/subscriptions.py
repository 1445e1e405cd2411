"""Who reacts to which events."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from kernel.events.base import Event, Recorded

Handler = Callable[[Sequence[Recorded]], None]
H = TypeVar("H", bound=Handler)


@dataclass(frozen=True, slots=True)
class Subscriber:
    """A named reaction. The name is its cursor in every tenant: never change it."""

    name: str
    types: frozenset[str]
    handler: Handler


_subscribers: dict[str, Subscriber] = {}


def subscribe(name: str, *events: type[Event]) -> Callable[[H], H]:
    """Have a function called with each batch of these events, in the tenant's schema, after commit, in seq order.

    Delivery is at least once: after a crash the same events come again, so the function must be idempotent. When it
    raises, the batch is tried again one by one, and an event it still cannot take is parked with the reason while
    the others go on. A new subscriber begins with a tenant's first event. Raises ValueError for a name in use.
    """

    def register(handler: H) -> H:
        known = _subscribers.get(name)
        if known and known.handler is not handler:
            message = f"there is already a subscriber {name!r}"
            raise ValueError(message)
        _subscribers[name] = Subscriber(name, frozenset(event.type for event in events), handler)
        return handler

    return register


def subscribers() -> list[Subscriber]:
    """Return all subscribers in the order they registered."""
    return list(_subscribers.values())


def subscriber(name: str) -> Subscriber | None:
    """Return one subscriber, or None."""
    return _subscribers.get(name)
