"""One push to many sockets, beside bare ASGI frames; and what a socket costs that only waits."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import psutil
import websockets
from channels.layers import get_channel_layer

from bench import bare, ground, wire
from bench.ground import Ground
from bench.results import Result
from bench.sockets import Audience, connect, cookie_of
from bench.stack import Stack
from bench.wire import Size
from kernel import live
from kernel.redis import async_client

PUSHES_PER_S, BURST = 5, 100
PADDING = "x" * 200
MOST_MS, LEAST_SHARE, MOST_KB = 60, 0.25, 45

Push = Callable[[int], Awaitable[None]]


def run(stack: Stack, size: Size) -> list[Result]:
    """Measure pushes to 500 sockets: the tail at 5 a second, and frames a second in a burst."""
    place = ground.tenant()
    stack.only("web", "live")
    cookie = cookie_of(stack, place)
    sockets, seconds = size.of(500, 50), size.of(10, 2)
    with stack.bare("frames") as url:
        address = url.replace("http://", "ws://")
        plain = partial(websockets.connect, address, compression=None, ping_interval=None, max_size=None)
        limit_p95, limit_rate = asyncio.run(_measure(plain, _bare_push, sockets, seconds))
    ours = partial(connect, stack, place, cookie)
    p95, rate = asyncio.run(_measure(ours, partial(_our_push, place), sockets, seconds))
    return [
        Result(f"push to {sockets} sockets, p95", p95, "ms", limit_p95, MOST_MS),
        Result(f"burst to {sockets} sockets", rate, "frame/s", limit_rate, LEAST_SHARE, at_least=True, of_ratio=True),
    ]


async def _measure(make: Any, push: Push, sockets: int, seconds: int) -> tuple[float, float]:  # noqa: ANN401 - a factory
    audience = Audience()
    await audience.join(sockets, make)
    await asyncio.sleep(1)
    spent = await _paced(audience, push, seconds)
    rate = await _burst(audience, push)
    await audience.leave()
    return wire.percentile(spent, 0.95) * 1000, rate


async def _paced(audience: Audience, push: Push, seconds: int) -> list[float]:
    pushed: list[float] = []

    async def one(number: int) -> None:
        pushed.append(time.perf_counter())
        await push(number)

    await wire.paced(PUSHES_PER_S, seconds, one)
    await _all_heard(audience, len(pushed))
    return [at - pushed[number] for number, at in audience.heard]


async def _burst(audience: Audience, push: Push) -> float:
    audience.heard.clear()
    started = time.perf_counter()
    for number in range(BURST):
        await push(number)
    await _all_heard(audience, BURST)
    return len(audience.heard) / (max(at for _number, at in audience.heard) - started)


async def _all_heard(audience: Audience, pushes: int) -> None:
    for _look in range(600):
        if len(audience.heard) >= pushes * len(audience.sockets):
            return
        await asyncio.sleep(0.05)
    message = f"only {len(audience.heard)} of {pushes * len(audience.sockets)} frames came"
    raise TimeoutError(message)


async def _our_push(place: Ground, number: int) -> None:
    """Push as a commit does."""
    packed = live.pack({"type": "conversation:typing", "bench": number, "padding": PADDING})
    message = live.message_of(place.schema, live.Batch(0, 0, [packed]))
    await get_channel_layer().group_send(live.group_of(place.schema), message)


async def _bare_push(number: int) -> None:
    await async_client().publish(bare.CHANNEL, json.dumps({"bench": number, "padding": PADDING}))


def run_idle(stack: Stack, size: Size) -> list[Result]:
    """Measure the memory of sockets on which nothing happens."""
    place = ground.tenant()
    stack.only("web", "live")
    cookie = cookie_of(stack, place)
    count = size.of(2_000, 100)
    kb = asyncio.run(_idle(partial(connect, stack, place, cookie), count, stack.running["live"].pid))
    with stack.bare("frames") as url:
        port = int(url.rpartition(":")[2])
        process = next(
            one.pid for one in psutil.net_connections("tcp") if one.laddr and one.laddr.port == port and one.pid
        )
        plain = partial(websockets.connect, url.replace("http://", "ws://"), compression=None, ping_interval=None)
        limit = asyncio.run(_idle(plain, count, process))
    return [Result(f"{count} idle sockets, memory each", kb, "KB", limit, MOST_KB)]


async def _idle(make: Any, count: int, pid: int) -> float:  # noqa: ANN401 - a factory
    audience, process = Audience(), psutil.Process(pid)
    await audience.join(50, make)  # what the first ones bring is not each one's
    await asyncio.sleep(1)
    before = process.memory_info().rss
    await audience.join(count, make)
    await asyncio.sleep(2)
    after = process.memory_info().rss
    await audience.leave()
    return (after - before) / count / 1024
