"""Pushing what happened to open sockets, from any process, after commit.

The process that committed translates its events into frames and pushes them to the tenant's group at once. A push is
allowed to get lost: frames of events carry the seq they come from, and `kernel.feeds` reads what is missing.
"""

import asyncio
import os
import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial
from typing import Any

import orjson
import structlog
from channels.layers import get_channel_layer
from django.conf import settings
from django.db import transaction
from redis.exceptions import RedisError

from kernel import redis
from kernel.events.base import Event, Recorded
from kernel.events.publishing import published
from kernel.tenancy import current_schema, tenant_context

Frame = dict[str, Any]
Translator = Callable[[Sequence[Recorded]], Iterable[Frame]]

KIND = "live.batch"
MOST_PUSHED = 200
"""Events of one commit that are translated by the process that committed; more are only announced, so that a flood
of incoming messages is not slowed down by showing it."""
COALESCED: dict[str, str] = {
    "conversation:updated": "conversation_id",
    "conversation:status": "message_id",
    "viewers": "conversation_id",
}
"""Frames of which only the newest counts, and the field that says of what."""

log = structlog.get_logger("live")
_translators: dict[str, list[Translator]] = defaultdict(list)


@dataclass(frozen=True, slots=True)
class Packed:
    """A frame ready to be written: its text, and the key under which a newer one replaces it ("" for never)."""

    key: str
    text: str


@dataclass(frozen=True, slots=True)
class Batch:
    """Frames of one push. `first` and `last` are the seqs they cover, 0 for frames that are no facts.

    `only` and `without` narrow it to, or keep it from, one member's sockets; `not_socket` is the one it came from.
    """

    first: int
    last: int
    frames: Sequence[Packed]
    only: str = ""
    without: str = ""
    not_socket: str = ""
    is_only_news: bool = False
    """The frames are too many to push: whoever listens reads them from history."""


def announce(*events: type[Event]) -> Callable[[Translator], Translator]:
    """Register a translator: it gets the events of these types in one commit and returns frames, each with its seq.

    It runs after commit in the tenant's schema, and again when somebody reads history: it may only read.
    """

    def register(translator: Translator) -> Translator:
        for event in events:
            _translators[event.type].append(translator)
        return translator

    return register


def frames_of(events: Sequence[Recorded]) -> list[Frame]:
    """Return the frames of events of the current tenant, in the order of their seqs."""
    chosen: dict[Translator, list[Recorded]] = defaultdict(list)
    for event in events:
        for translator in _translators[event.type]:
            chosen[translator].append(event)
    frames = [frame for translator, own in chosen.items() for frame in _translate(translator, own)]
    return sorted(frames, key=lambda frame: int(frame["seq"]))


def _translate(translator: Translator, events: Sequence[Recorded]) -> list[Frame]:
    """Return a translator's frames. An event it cannot take is left out and logged: it must not stop the others."""
    try:
        return list(translator(events))
    except (KeyError, ValueError, TypeError, AttributeError):
        if len(events) == 1:
            log.exception("event_not_announced", seq=events[0].seq, kind=events[0].type)
            return []
        return [frame for event in events for frame in _translate(translator, [event])]


def pack(frame: Frame) -> Packed:
    """Return a frame as it goes over the wire."""
    field = COALESCED.get(frame["type"], "")
    key = f"{frame['type']}:{_named(frame, field)}" if field else ""
    return Packed(key, orjson.dumps(frame).decode())


def _named(frame: Frame, field: str) -> str:
    inner = frame.get("conversation")
    return str(inner["id"] if isinstance(inner, dict) else frame[field])


def group_of(schema: str) -> str:
    """Return the group every socket of a tenant listens to."""
    return f"tenant.{schema}"


def push(schema: str, batch: Batch) -> None:
    """Send a batch to the sockets of a tenant, in all processes. Never raises: what is lost is read later."""
    _publisher().send(group_of(schema), message_of(schema, batch))


def message_of(schema: str, batch: Batch) -> dict[str, Any]:
    """Return the message by which a batch travels to a tenant's group."""
    return {
        "type": KIND,
        "schema": schema,
        "first": batch.first,
        "last": batch.last,
        "frames": [[packed.key, packed.text] for packed in batch.frames],
        "only": batch.only,
        "without": batch.without,
        "not_socket": batch.not_socket,
        "is_only_news": batch.is_only_news,
    }


def push_on_commit(frames: Sequence[Frame], *, only: str = "") -> None:
    """Push frames that are no facts (ticks) to the current tenant, or `only` to a member, once this commits."""
    if frames:
        batch = Batch(0, 0, [pack(frame) for frame in frames], only)
        transaction.on_commit(partial(push, current_schema(), batch), robust=True)


def anybody_listens(schema: str) -> bool:
    """Tell whether a process has the tenant's group open; when that cannot be known, yes.

    Nothing gets lost by a no: a feed listens first and then looks where history stands, so it finds what was committed
    before it listened.
    """
    try:
        [(_channel, listeners)] = redis.client().pubsub_numsub(_channel_of(group_of(schema)))
    except RedisError:
        return True
    return bool(listeners)


def _channel_of(group: str) -> str:
    """Return the Redis channel by which the layer reaches a group."""
    return f"{settings.LIVE_PREFIX}__group__{group}"


def read_batch(message: dict[str, Any]) -> Batch:
    """Return the batch a group message carries."""
    return Batch(
        message["first"], message["last"], [Packed(key, text) for key, text in message["frames"]],
        message["only"], message["without"], message["not_socket"], message["is_only_news"],
    )  # fmt: skip


def _push_events(schema: str, events: Sequence[Recorded]) -> None:
    first, last = events[0].seq, events[-1].seq
    if not anybody_listens(schema):
        return
    if len(events) > MOST_PUSHED:
        push(schema, Batch(first, last, [], is_only_news=True))
        return
    with tenant_context(schema):
        frames = [pack(frame) for frame in frames_of(events)]
    push(schema, Batch(first, last, frames))


published.append(_push_events)


class Publisher:
    """An event loop on a thread of its own, so that synchronous code pushes without waiting."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, name="live", daemon=True).start()

    def send(self, group: str, message: dict[str, Any]) -> None:
        """Hand a message to the group; pushes of one process keep their order."""
        sending = asyncio.run_coroutine_threadsafe(self._send(group, message), self._loop)
        sending.add_done_callback(_note_loss)

    async def _send(self, group: str, message: dict[str, Any]) -> None:
        layer = get_channel_layer()
        if layer is not None:
            await layer.group_send(group, message)


def _note_loss(sending: "Future[None]") -> None:
    problem = sending.exception()
    if problem is not None:
        log.warning("push_lost", problem=f"{type(problem).__name__}: {problem}")


_publishers: dict[int, Publisher] = {}
_lock = threading.Lock()


def _publisher() -> Publisher:
    """Return this process's publisher; a forked child makes its own."""
    pid = os.getpid()
    with _lock:
        if pid not in _publishers:
            _publishers[pid] = Publisher()
        return _publishers[pid]
