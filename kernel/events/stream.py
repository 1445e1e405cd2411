"""`GET /api/v1/events/stream/` in the live process: server-sent events that go on until one side ends them.

The request itself is answered by the same Django application as every other one, so tenant, credentials, limits and
errors are the same; only an answer that has opened a stream goes on here. From then on there is no buffer: the stream
has a place in history, the tenant's feed tells that history has moved, and what is new is read from the database when
the client has taken what it got before. So nothing is missed or doubled, and a slow client costs no memory.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from io import BytesIO
from typing import Any, cast

import structlog
from django.core import signals
from django.core.handlers.asgi import ASGIRequest
from django.core.handlers.base import BaseHandler
from django.db import DatabaseError, InterfaceError
from django.utils.translation import gettext_lazy as _
from redis.exceptions import RedisError

from kernel.api.calls import Opened
from kernel.api.errors import answer
from kernel.api.refusals import RateLimited
from kernel.events.base import Recorded
from kernel.events.reading import events_after
from kernel.events.wire import ALIVE, ended, streamed
from kernel.feeds import Feed, feeds
from kernel.live import Batch
from kernel.tenancy import PUBLIC, in_tenant

PATHS = frozenset({"/api/v1/events/stream", "/api/v1/events/stream/"})
HEARTBEAT_S = 15.0
RECHECK_S = 5.0
"""How often the caller's credentials are looked at again."""
STALLED_S = 30.0
"""A client that takes nothing for so long is let go; it comes back with the last id it has."""
PAGE = 200
"""Events read and written at once."""
MOST_OPEN = 20
"""Streams one caller may have open in one process."""
THREADS = 4

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

log = structlog.get_logger("live")
_threads = ThreadPoolExecutor(THREADS, thread_name_prefix="stream")
_open: Counter[tuple[str, str]] = Counter()


@dataclass(frozen=True, slots=True)
class Beginning:
    """What the application answered; `opened` when it is a stream."""

    status: int
    headers: list[tuple[bytes, bytes]]
    content: bytes
    opened: Opened | None


class EventStreams:
    """The ASGI application for the addresses in `PATHS`; `site` answers what each request begins with."""

    def __init__(self, site: BaseHandler) -> None:
        self._site = site

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, and stay as long as its stream does."""
        loop = asyncio.get_running_loop()
        first = await loop.run_in_executor(_threads, self._begin, scope)
        if first.opened is None:
            await _answer(first, send)
            return
        caller = (first.opened.principal.schema, str(first.opened.principal.id))
        if _open[caller] >= MOST_OPEN:
            await _answer(_too_many(), send)
            return
        _open[caller] += 1
        try:
            await _until_either_ends(first, first.opened, receive, send)
        finally:
            _open[caller] -= 1

    def _begin(self, scope: Scope) -> Beginning:
        """Ask the application, on a thread of its own and with the connection handling of any request."""
        signals.request_started.send(sender=type(self), scope=scope)
        response = self._site.get_response(ASGIRequest(scope, BytesIO()))
        try:
            cookies = [(b"set-cookie", cookie.OutputString().encode()) for cookie in response.cookies.values()]
            headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in response.items()]
            content = b"" if scope["method"] == "HEAD" else cast("Any", response).content
            opened = None if scope["method"] == "HEAD" else getattr(response, "opened", None)
            return Beginning(response.status_code, [*headers, *cookies], content, opened)
        finally:
            response.close()


async def _answer(first: Beginning, send: Send) -> None:
    await send({"type": "http.response.start", "status": first.status, "headers": first.headers})
    await send({"type": "http.response.body", "body": first.content})


def _too_many() -> Beginning:
    response = answer(RateLimited(_("Too many open streams. Close one."), headers={"Retry-After": "30"}))
    headers = [(name.lower().encode(), value.encode()) for name, value in response.items()]
    return Beginning(response.status_code, headers, response.content, None)


async def _until_either_ends(first: Beginning, opened: Opened, receive: Receive, send: Send) -> None:
    headers = [(name, value) for name, value in first.headers if name != b"content-length"]
    await send({"type": "http.response.start", "status": first.status, "headers": headers})
    stream = Stream(opened, send)
    sides = [asyncio.create_task(stream.run(first.content)), asyncio.create_task(_gone(receive))]
    try:
        await asyncio.wait(sides, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for side in sides:
            side.cancel()
        problems = await asyncio.gather(*sides, return_exceptions=True)
    for problem in problems:
        if isinstance(problem, Exception):
            raise problem


async def _gone(receive: Receive) -> None:
    """Return when the client has left."""
    while (await receive())["type"] != "http.disconnect":
        pass


class Stream:
    """One open stream: a place in history, and the wish to be told when history moves."""

    def __init__(self, opened: Opened, send: Send) -> None:
        self._opened, self._send = opened, send
        self._schema, self._seq = opened.principal.schema, opened.seq
        self._news = asyncio.Event()
        self._checked_at = self._wrote_at = time.monotonic()

    def take(self, batch: Batch) -> None:
        """Learn from the feed that history has moved."""
        if batch.last:
            self._news.set()

    def skip(self, _first: int, _last: int) -> None:
        """Learn that it has moved far: a stream reads all of it, at its own pace."""
        self._news.set()

    async def run(self, content: bytes) -> None:
        """Write the beginning and then whatever happens, until the credentials end or the client takes no more."""
        try:
            await self._write(content)
            feed = await feeds.attach(self._schema, self)
            try:
                await self._follow(feed)
            finally:
                await feeds.detach(feed, self)
        except TimeoutError:
            log.info("stream_stalled", schema=self._schema, seq=self._seq)
            return  # a last word would wait as long again
        except (DatabaseError, InterfaceError, RedisError):
            log.warning("stream_broken", schema=self._schema, exc_info=True)  # the client comes back and resumes
        await self._send({"type": "http.response.body", "body": b""})

    async def _follow(self, feed: Feed) -> None:
        while await self._still_admitted():
            self._news.clear()
            if self._seq < feed.seq:
                await self._catch_up(feed.seq)
                continue
            if time.monotonic() - self._wrote_at >= HEARTBEAT_S:
                await self._write(ALIVE)
            await self._wait_for_news()
        await self._write(ended("revoked"))

    async def _still_admitted(self) -> bool:
        proof = self._opened.proof
        if proof is None or time.monotonic() - self._checked_at < RECHECK_S:
            return True
        self._checked_at = time.monotonic()
        return await in_tenant(PUBLIC, proof.holds)

    async def _catch_up(self, head: int) -> None:
        """Write the next page; when there are no such events, as after a restore, go on from the head."""
        events = await reading.of(self._schema, self._seq, head)
        if events:
            await self._write(streamed(events, self._opened.fields))
        self._seq = events[-1].seq if events else head

    async def _wait_for_news(self) -> None:
        try:
            await asyncio.wait_for(self._news.wait(), RECHECK_S)
        except TimeoutError:
            return

    async def _write(self, content: bytes) -> None:
        await asyncio.wait_for(
            self._send({"type": "http.response.body", "body": content, "more_body": True}), STALLED_S
        )
        self._wrote_at = time.monotonic()


class Reading:
    """Pages of history being read now: streams of one tenant that stand at the same place share one statement."""

    def __init__(self) -> None:
        self._reading: dict[tuple[str, int, int], asyncio.Task[list[Recorded]]] = {}

    async def of(self, schema: str, after: int, upto: int) -> list[Recorded]:
        """Return the next page after a place."""
        place = (schema, after, upto)
        task = self._reading.get(place)
        if task is None:
            task = self._reading[place] = asyncio.create_task(_read(schema, after, upto))
            task.add_done_callback(lambda _done: self._reading.pop(place, None))
        return await asyncio.shield(task)


async def _read(schema: str, after: int, upto: int) -> list[Recorded]:
    return await in_tenant(schema, events_page, after, upto)


def events_page(after: int, upto: int) -> list[Recorded]:
    """Return the events after a place in the current tenant's history, at most a page of them."""
    return events_after(after, upto=upto, limit=PAGE)


reading = Reading()
