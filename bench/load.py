"""A load of requests over kept connections, made beforehand and sent as bytes.

The client costs as little as Python can, because it shares the machine with what it measures.
"""

import asyncio
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

import uvloop

from bench.wire import percentile


@dataclass(frozen=True, slots=True)
class Load:
    """What a load came to. `spent` in seconds, one per answer; `wrong` are statuses that were not expected."""

    seconds: float
    spent: list[float]
    wrong: list[int]

    @property
    def rate(self) -> float:
        """Answers a second."""
        return len(self.spent) / self.seconds

    def p(self, share: float) -> float:
        """Return a percentile in ms."""
        return percentile(self.spent, share) * 1000


def request(method: str, path: str, host: str, headers: Mapping[str, str], body: bytes = b"") -> bytes:
    """Return a whole HTTP/1.1 request."""
    lines = [f"{method} {path} HTTP/1.1", f"Host: {host}", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


class _Line(asyncio.Protocol):
    """One connection that sends the next request as soon as it has the answer to the one before."""

    def __init__(self, requests: Iterator[bytes], load: Load, ends: float, expected: int) -> None:
        self._requests, self._load, self._ends, self._expected = requests, load, ends, expected
        self._seen = bytearray()
        self._wanted = -1
        self._started = 0.0
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._next()

    def data_received(self, data: bytes) -> None:
        self._seen += data
        if self._wanted < 0:
            self._read_head()
        if 0 <= self._wanted <= len(self._seen):
            self._load.spent.append(time.perf_counter() - self._started)
            self._next()

    def _read_head(self) -> None:
        end = self._seen.find(b"\r\n\r\n")
        if end < 0:
            return
        head = bytes(self._seen[:end]).lower()
        status = int(head[9:12])
        if status != self._expected:
            self._load.wrong.append(status)
        _before, found, after = head.partition(b"content-length:")
        self._wanted = end + 4 + (int(after.split(b"\r\n", 1)[0]) if found else 0)

    def _next(self) -> None:
        self._seen, self._wanted = bytearray(), -1
        data = next(self._requests, None) if time.perf_counter() < self._ends else None
        if data is None:
            self._transport.close()
            return
        self._started = time.perf_counter()
        self._transport.write(data)  # type: ignore[attr-defined]  # a TCP connection's transport

    def connection_lost(self, problem: Exception | None) -> None:
        if not self.done.done():
            self.done.set_result(None) if problem is None else self.done.set_exception(problem)


async def _run(url: str, requests: Iterator[bytes], clients: int, seconds: float, expected: int) -> Load:
    host, port = urlsplit(url).hostname or "", urlsplit(url).port or 80
    started = time.perf_counter()
    load, ends = Load(0.0, [], []), started + seconds
    loop = asyncio.get_running_loop()
    lines = [
        (await loop.create_connection(lambda: _Line(requests, load, ends, expected), host, port))[1]
        for _client in range(clients)
    ]
    await asyncio.gather(*(line.done for line in lines))
    return Load(time.perf_counter() - started, load.spent, load.wrong)


def closed_loop(
    url: str, requests: Iterator[bytes] | Sequence[bytes], *, clients: int, seconds: float = 3600.0, expected: int = 200
) -> Load:
    """Have `clients` connections send the requests, each when the answer before is there, until either runs out.

    Raises RuntimeError when an answer was not the expected one: a figure of refusals is none.
    """
    load = uvloop.run(_run(url, iter(requests), clients, seconds, expected))
    if load.wrong:
        message = f"{len(load.wrong)} of {len(load.spent)} answers were wrong, the first {load.wrong[0]}"
        raise RuntimeError(message)
    return load
