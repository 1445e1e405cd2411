"""Handing events to a subscriber once more, on a person's word."""

from dataclasses import dataclass

from kernel.events import cursors
from kernel.events.daemon import dispatch_lock, own_connection
from kernel.events.dispatch import deliver
from kernel.events.models import ParkedEvent
from kernel.events.reading import events_after, events_with
from kernel.events.subscriptions import Subscriber
from kernel.tenancy import tenant_context

BATCH = 500


@dataclass(slots=True)
class Replayed:
    """What a replay did."""

    delivered: int = 0
    parked: int = 0


def replay_from(schema: str, subscriber: Subscriber, seq: int) -> Replayed:
    """Deliver the events from `seq` to the subscriber's cursor again. The cursor stays; what fails is parked.

    Waits until no dispatcher is inside this tenant. Raises `dispatch.Outage` when the ground is missing.
    """
    done = Replayed()
    with own_connection() as own, dispatch_lock(own, schema, wait=True), tenant_context(schema):
        upto = cursors.positions([subscriber.name])[subscriber.name]
        position = seq - 1
        while events := events_after(position, upto=upto, limit=BATCH):
            position = events[-1].seq
            wanted = [event for event in events if event.type in subscriber.types]
            done.parked += deliver(subscriber, wanted) if wanted else 0
            done.delivered += len(wanted)
    done.delivered -= done.parked
    return done


def replay_parked(schema: str, subscriber: Subscriber) -> Replayed:
    """Deliver a subscriber's parked events again, oldest first; those it takes are parked no more."""
    done = Replayed()
    with own_connection() as own, dispatch_lock(own, schema, wait=True), tenant_context(schema):
        parked = ParkedEvent.objects.filter(subscriber=subscriber.name).order_by("seq")
        for event in events_with(parked.values_list("seq", flat=True)):
            if deliver(subscriber, [event]):
                done.parked += 1
            else:
                cursors.unpark(subscriber.name, [event.seq])
                done.delivered += 1
    return done
