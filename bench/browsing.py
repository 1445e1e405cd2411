"""From webhook to browser: the time between the vendor's POST and the frame at a signed-in socket."""

import asyncio
import json
import os
import time

import websockets

from bench import ground, wire
from bench.ground import Ground
from bench.results import Result
from bench.sockets import connect, cookie_of
from bench.stack import HOST, Stack
from bench.wire import Size

RATE = 50
PROMISE_MS = 250


def run(stack: Stack, size: Size) -> list[Result]:
    """Measure webhook to socket at 50 messages/s, beside a bare socket that answers each frame at once."""
    place = ground.tenant()
    stack.only("web", "live", "ingest")
    cookie = cookie_of(stack, place)
    limit = asyncio.run(_limit())
    spent = asyncio.run(_arrivals(stack, place, cookie, size.of(15, 3)))
    return [Result("webhook to browser, p95 at 50/s", wire.percentile(spent, 0.95) * 1000, "ms", limit, PROMISE_MS)]


async def _limit() -> float:
    """Return the p95 in ms of a bare socket that answers every frame at once."""

    async def echo(socket: websockets.ServerConnection) -> None:
        async for frame in socket:
            await socket.send(frame)

    async with websockets.serve(echo, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        spent = []
        async with websockets.connect(f"ws://127.0.0.1:{port}") as socket:
            for _turn in range(500):
                started = time.perf_counter()
                await socket.send("x" * 500)
                await socket.recv()
                spent.append(time.perf_counter() - started)
    return wire.percentile(spent, 0.95) * 1000


async def _arrivals(stack: Stack, place: Ground, cookie: str, seconds: int) -> list[float]:
    http, posted, spent = wire.Http(stack.url("live"), HOST), dict[str, float](), list[float]()

    async def post(number: int) -> None:
        vendor_id, body = wire.message(place.outlets[0], f"live {number}", number % 50)
        headers = wire.signed(os.environ["WHATSAPP_APP_SECRET"], body)
        posted[vendor_id] = time.perf_counter()
        await http.request("POST", "/webhooks/whatsapp/", body, headers)

    async with connect(stack, place, cookie) as socket:
        reader = asyncio.ensure_future(_read(socket, posted, spent, RATE * seconds))
        await asyncio.sleep(1)
        await wire.paced(RATE, seconds, post)
        await asyncio.wait_for(reader, 60)
    http.close()
    return spent


async def _read(socket: websockets.ClientConnection, posted: dict[str, float], spent: list[float], wanted: int) -> None:
    while len(spent) < wanted:
        frame = json.loads(await socket.recv())
        if frame["type"] == "conversation:message" and frame["message"]["vendor_id"] in posted:
            spent.append(time.perf_counter() - posted[frame["message"]["vendor_id"]])
