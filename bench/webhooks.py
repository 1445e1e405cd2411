"""How fast webhooks are acknowledged: the tail at a steady rate, and the rate at the peak."""

import asyncio
import os
import time
from collections.abc import Iterator
from http import HTTPStatus

from bench import ground, wire
from bench.load import closed_loop, request
from bench.results import Result
from bench.stack import HOST, Stack
from bench.wire import Size

RATE, CLIENTS = 200, 32
PATH = "/webhooks/whatsapp/"


def run(stack: Stack, size: Size) -> list[Result]:
    """Measure the acknowledgement at 200 POST/s and at the peak, each beside a server that answers at once."""
    place = ground.tenant()
    stack.only("live", "ingest")
    seconds, most = size.of(15, 3), size.of(30_000, 1_000)
    with stack.bare("stored") as bare:
        least = asyncio.run(_steady(bare, place.outlets[0], seconds))
        limit = closed_loop(bare, _posts(place.outlets[0], most), clients=CLIENTS)
    spent = asyncio.run(_steady(stack.url("live"), place.outlets[0], seconds))
    stack.only("live")
    peak = closed_loop(stack.url("live"), _posts(place.outlets[0], most), clients=CLIENTS)
    p95, bare_p95 = (wire.percentile(some, 0.95) * 1000 for some in (spent, least))
    return [
        Result(f"webhook acknowledged, p95 at {RATE}/s", p95, "ms", bare_p95, 10),
        Result("webhook acknowledged, peak", peak.rate, "/s", limit.rate, 3_000, at_least=True),
        Result("webhook acknowledged, p95 at the peak", peak.p(0.95), "ms", limit.p(0.95), None),
    ]


def _posts(outlet: dict[str, str], count: int) -> Iterator[bytes]:
    made = []
    for number in range(count):
        _vendor_id, body = wire.message(outlet, f"peak {number}", number % 500)
        headers = wire.signed(os.environ["WHATSAPP_APP_SECRET"], body)
        made.append(request("POST", PATH, HOST, headers, body))
    return iter(made)


async def _steady(url: str, outlet: dict[str, str], seconds: float) -> list[float]:
    """Return the seconds each acknowledgement took at the given rate."""
    http, spent = wire.Http(url), list[float]()

    async def post(number: int) -> None:
        _vendor_id, body = wire.message(outlet, f"bench {number}", number % 200)
        headers = wire.signed(os.environ["WHATSAPP_APP_SECRET"], body)
        started = time.perf_counter()
        status = await http.request("POST", PATH, body, headers)
        spent.append(time.perf_counter() - started)
        if status != HTTPStatus.OK:
            message = f"a webhook was answered with {status}"
            raise RuntimeError(message)

    await wire.paced(RATE, seconds, post)
    http.close()
    return spent
