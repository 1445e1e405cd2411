"""How fast a webhook is acknowledged while the inbox is drained."""

import asyncio
import time
from collections.abc import Callable
from http import HTTPStatus

from bench import wire
from bench.results import Result

RATE, SECONDS = 200, 15
PATIENCE_S = 30


async def _bare_server(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer every request with 200 at once: what the network and this client cost by themselves."""
    while True:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
        except (asyncio.IncompleteReadError, asyncio.CancelledError):
            return
        for line in head.split(b"\r\n"):
            if line.lower().startswith(b"content-length:"):
                await reader.readexactly(int(line.split(b":")[1]))
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nstored")


async def _answers(url: str, path: str, secret: str, outlet: dict[str, str]) -> list[float]:
    """Return the seconds each acknowledgement took at the given rate."""
    http, spent = wire.Http(url), list[float]()

    async def post(number: int) -> None:
        _vendor_id, body = wire.message(outlet, f"bench {number}", number % 200)
        headers = wire.signed(secret, body)
        started = time.perf_counter()
        status = await http.request("POST", path, body, headers)
        spent.append(time.perf_counter() - started)
        if status != HTTPStatus.OK:
            message = f"a webhook was answered with {status}"
            raise RuntimeError(message)

    await wire.paced(RATE, SECONDS, post)
    http.close()
    return spent


async def _limit(outlet: dict[str, str]) -> float:
    server = await asyncio.start_server(_bare_server, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    spent = await _answers(f"http://127.0.0.1:{port}", "/", "secret", outlet)
    server.close()
    return wire.percentile(spent, 0.95) * 1000


def run(backlog: Callable[[], int]) -> list[Result]:
    """Measure the acknowledgement at 200 POST/s and how long the drain needs after the last one."""
    demo = wire.demo()
    url, _slash, path = demo["whatsapp"]["webhook_url"].partition("/webhooks")
    outlet = demo["tenants"][0]["outlets"][0]
    limit = asyncio.run(_limit(outlet))
    spent = asyncio.run(_answers(url, "/webhooks" + path, demo["whatsapp"]["app_secret"], outlet))
    ended = time.perf_counter()
    while backlog() and time.perf_counter() - ended < PATIENCE_S:
        time.sleep(0.02)
    behind = time.perf_counter() - ended
    return [
        Result("webhook acknowledged, p95 at 200/s", wire.percentile(spent, 0.95) * 1000, "ms", limit, 10),
        Result("inbox empty after the last of 3,000", behind, "s", 0.02, 1.0),
    ]
