"""What one process hears of each tenant: pushes put in order, holes read from history, handed to its sockets.

Each tenant with an open socket in this process has one feed. It listens to the tenant's group, and delivers every
event's frames exactly once and in the order of their seqs: a push that overtook another waits, a push that got lost
(the pushing process died between commit and push) is read from the database, and an idle tenant's head is looked at
now and then so that even the last push cannot stay lost.
"""

import asyncio
import time
from typing import Protocol

import structlog
from channels.layers import get_channel_layer
from django.db import DatabaseError, InterfaceError

from kernel import live
from kernel.events.reading import events_after, head_seq, heads
from kernel.live import Batch, frames_of, group_of, pack
from kernel.tenancy import PUBLIC, in_tenant

PATIENCE_S = 0.5
"""How long a hole may be filled by a late push before history is read."""
LOOK_S = 2.0
"""How often the heads of all feeds are looked at, with one statement."""
READ_LIMIT = 500
"""Events read at once; a bigger hole is told as a gap and the page is fetched anew."""

log = structlog.get_logger("live")


class Listener(Protocol):
    """A socket as its feed knows it."""

    def take(self, batch: Batch) -> None:
        """Get frames to send; must not block."""

    def skip(self, first: int, last: int) -> None:
        """Learn that events were too many to be sent one by one."""


def read_frames(after: int, upto: int) -> Batch:
    """Return the frames of the events after `after` up to `upto`, from the current tenant's history."""
    events = events_after(after, upto=upto, limit=READ_LIMIT)
    return Batch(after + 1, upto, [pack(frame) for frame in frames_of(events)])


class Feed:
    """One tenant in one process. Lives on the event loop; only it changes `seq`."""

    def __init__(self, schema: str) -> None:
        self.schema = schema
        self.seq = 0
        self.listeners: set[Listener] = set()
        self.heard_at = time.monotonic()
        self._waiting: dict[int, Batch] = {}
        self._healing: asyncio.Task[None] | None = None
        self._reader: asyncio.Task[None] | None = None
        self.started = asyncio.create_task(self._start())

    async def _start(self) -> None:
        """Listen first, then look where history stands, so that nothing falls in between."""
        layer = get_channel_layer()
        channel = await layer.new_channel()
        await layer.group_add(group_of(self.schema), channel)
        self.seq = await in_tenant(PUBLIC, head_seq, self.schema)
        self._reader = asyncio.create_task(self._read(channel))

    async def stop(self) -> None:
        """Stop listening."""
        for task in (self._reader, self._healing):
            if task is not None:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)

    async def _read(self, channel: str) -> None:
        layer = get_channel_layer()
        while True:
            message = await layer.receive(channel)
            if message["schema"] == self.schema:  # the group says so already; this is the second wall
                self.hear(live.read_batch(message))

    def hear(self, batch: Batch) -> None:
        """Take a push: deliver what is next, keep what came early, drop what is known."""
        if batch.last == 0:
            self._deliver(batch)
            return
        self.heard_at = time.monotonic()
        if batch.is_only_news:
            self.heal_soon(0)
        elif batch.first == self.seq + 1:
            self._advance(batch)
        elif batch.last > self.seq:
            self._waiting[batch.first] = batch
            self.heal_soon(PATIENCE_S)

    def _advance(self, batch: Batch) -> None:
        self._deliver(batch)
        self.seq = batch.last
        self._waiting = {first: late for first, late in self._waiting.items() if late.last > self.seq}
        following = self._waiting.pop(self.seq + 1, None)
        if following is not None:
            self._advance(following)

    def _deliver(self, batch: Batch) -> None:
        for listener in tuple(self.listeners):
            listener.take(batch)

    def heal_soon(self, wait_s: float) -> None:
        """Read what is missing after a moment, unless a late push fills the hole first."""
        if self._healing is None or self._healing.done():
            self._healing = asyncio.create_task(self._heal(wait_s))

    async def _heal(self, wait_s: float) -> None:
        await asyncio.sleep(wait_s)
        try:
            while (head := await in_tenant(PUBLIC, head_seq, self.schema)) > self.seq:
                await self._catch_up(head)
        except (DatabaseError, InterfaceError):
            log.warning("heal_failed", schema=self.schema, exc_info=True)  # the next look tries again

    async def _catch_up(self, head: int) -> None:
        after = self.seq
        if head - after > READ_LIMIT:
            log.info("gap_told", schema=self.schema, events=head - after)
            self.seq = head
            for listener in tuple(self.listeners):
                listener.skip(after + 1, head)
            return
        batch = await in_tenant(self.schema, read_frames, after, head)
        if self.seq == after:  # no push filled the hole meanwhile
            self._advance(batch)


class Feeds:
    """All feeds of this process, and the one clock that looks after them."""

    def __init__(self) -> None:
        self._feeds: dict[str, Feed] = {}
        self._looking: asyncio.Task[None] | None = None

    async def attach(self, schema: str, listener: Listener) -> Feed:
        """Let a socket hear a tenant from the feed's `seq` on; what came before is resumed from history."""
        feed = self._feeds.get(schema)
        if feed is None:
            feed = self._feeds[schema] = Feed(schema)
        try:
            await asyncio.shield(feed.started)
        except BaseException:  # also when the waiting socket is cancelled: a feed nobody heard must not stay
            self._forget(feed)
            raise
        feed.listeners.add(listener)
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look())
        return feed

    def listeners(self, schema: str) -> frozenset[Listener]:
        """Return the sockets of this process that hear a tenant."""
        feed = self._feeds.get(schema)
        return frozenset(feed.listeners) if feed else frozenset()

    async def detach(self, feed: Feed, listener: Listener) -> None:
        """Let a socket go; the last one takes the feed with it."""
        feed.listeners.discard(listener)
        if not feed.listeners:
            self._forget(feed)
            await feed.stop()

    def _forget(self, feed: Feed) -> None:
        if self._feeds.get(feed.schema) is feed:
            del self._feeds[feed.schema]

    async def _look(self) -> None:
        """See now and then whether history is further than what was heard; ends with the last feed."""
        while self._feeds:
            await asyncio.sleep(LOOK_S)
            try:
                await self._look_once()
            except (DatabaseError, InterfaceError):
                log.warning("look_failed", exc_info=True)

    async def _look_once(self) -> None:
        feeds = list(self._feeds.values())
        known = await in_tenant(PUBLIC, heads, [feed.schema for feed in feeds])
        for feed in feeds:
            if known.get(feed.schema, 0) > feed.seq and time.monotonic() - feed.heard_at > PATIENCE_S:
                feed.heal_soon(0)


feeds = Feeds()
"""Shared by everything of this process that listens."""
