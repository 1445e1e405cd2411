"""How events look to programs: as objects of the API, and as lines of a stream of server-sent events."""

from collections.abc import Collection, Iterable
from typing import Any

from kernel.api.rendering import dump
from kernel.clocks import rfc3339
from kernel.events.base import Recorded

RETRY = b"retry: 2000\n\n"
"""Milliseconds after which a browser opens a stream again that has ended."""
ALIVE = b": alive\n\n"
"""A comment: keeps proxies from taking silence for the end."""


def event_shape(event: Recorded, fields: Collection[str] = ()) -> dict[str, Any]:
    """Return an event as the API shows it; `fields` chooses fields, empty means all."""
    shape = {
        "seq": event.seq,
        "type": event.type,
        "version": event.version,
        "subject": event.subject,
        "actor": {"kind": event.actor.kind, "id": event.actor.id},
        "payload": event.payload,
        "occurred_at": rfc3339(event.occurred_at),
        "recorded_at": rfc3339(event.recorded_at),
        "correlation_id": event.correlation_id,
        "cause": event.cause,
    }
    return {name: value for name, value in shape.items() if not fields or name in fields}


def streamed(events: Iterable[Recorded], fields: Collection[str] = ()) -> bytes:
    """Return events as a browser's EventSource reads them: the seq is the id it comes back with.

    They have no name of their own there, so that `onmessage` gets all of them; the type is in the data.
    """
    return b"".join(b"id: %d\ndata: %s\n\n" % (event.seq, dump(event_shape(event, fields))) for event in events)


def gap(first: int, last: int) -> bytes:
    """Return the word that the caller knows of a history which does not exist, and where to go on."""
    return b"id: %d\nevent: gap\ndata: %s\n\n" % (last, dump({"from": first, "to": last}))


def ended(reason: str) -> bytes:
    """Return the last word of a stream."""
    return b"event: end\ndata: %s\n\n" % dump({"reason": reason})
