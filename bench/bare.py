"""The limits: what the machine does with nothing of the product in the way, as bare ASGI applications on uvicorn.

Run as `python -m bench.bare NAME PORT` with the addresses in the environment.
"""

import asyncio
import json
import os
import sys
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import orjson
import psycopg_pool
import redis.asyncio
import uvicorn

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
CHANNEL = "bench-bare"


async def _answer(send: Send, body: bytes) -> None:
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def stored(scope: Scope, receive: Receive, send: Send) -> None:
    """Take a body and answer: a webhook that nobody checks or keeps."""
    if scope["type"] == "http":
        while (await receive()).get("more_body"):
            pass
        await _answer(send, b"stored")


class Rows:
    """Answer the rows of one statement as they are: psycopg and orjson, no framework."""

    def __init__(self) -> None:
        self._query: str = os.environ.get("BARE_QUERY", "")
        self._pool: psycopg_pool.AsyncConnectionPool | None = None

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        """Ask the database and answer."""
        if scope["type"] != "http":
            return
        if self._pool is None:
            self._pool = psycopg_pool.AsyncConnectionPool(
                os.environ["DATABASE_URL"], min_size=3, max_size=3, open=False
            )
            await self._pool.open()
        async with self._pool.connection() as connection, connection.cursor() as cursor:
            await cursor.execute(self._query.encode())
            names = [column.name for column in cursor.description or ()]
            rows = [dict(zip(names, row, strict=True)) for row in await cursor.fetchall()]
        await _answer(send, orjson.dumps(rows))


class Frames:
    """Sockets that get what one Redis channel says: no admission, no order, no resume."""

    def __init__(self) -> None:
        self._sends: set[Send] = set()
        self._listening: asyncio.Task[None] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one socket until it goes."""
        if scope["type"] != "websocket":
            return
        if self._listening is None:
            self._listening = asyncio.create_task(self._listen())
        await receive()
        await send({"type": "websocket.accept"})
        self._sends.add(send)
        while (await receive())["type"] != "websocket.disconnect":
            pass
        self._sends.discard(send)

    async def _listen(self) -> None:
        own = redis.asyncio.Redis.from_url(os.environ["REDIS_URL"]).pubsub()
        await own.subscribe(CHANNEL)
        async for message in own.listen():
            if message["type"] == "message":
                text = message["data"].decode()
                json.loads(text)  # every socket server has to look inside once
                for send in tuple(self._sends):
                    await send({"type": "websocket.send", "text": text})


if __name__ == "__main__":
    chosen: Any = {"stored": stored, "rows": Rows, "frames": Frames}[sys.argv[1]]
    application = chosen() if isinstance(chosen, type) else chosen
    uvicorn.run(
        application, host="127.0.0.1", port=int(sys.argv[2]), log_level="error", lifespan="off", ws_max_size=65536
    )
