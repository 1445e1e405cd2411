"""A thin HTTP/1.1 client over kept-open connections: its own cost is small beside what it measures."""

import asyncio
import hashlib
import hmac
import itertools
import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

_numbers = itertools.count(int(time.time() * 1000) % 10_000_000_000)


@dataclass(frozen=True, slots=True)
class Size:
    """How much is measured: everything, or a little to see that it works."""

    smoke: bool = False

    def of(self, full: int, little: int) -> int:
        """Return the one or the other number."""
        return little if self.smoke else full


@dataclass
class Http:
    """A pool of connections to one server."""

    url: str
    host: str = ""
    _idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = field(default_factory=list)

    async def request(self, method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None) -> int:
        """Return the status of one request; the answer's body is read and dropped."""
        parts = urlsplit(self.url)
        reader, writer = self._idle.pop() if self._idle else await asyncio.open_connection(parts.hostname, parts.port)
        lines = [f"{method} {path} HTTP/1.1", f"Host: {self.host or parts.netloc}", f"Content-Length: {len(body)}"]
        lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
        writer.write("\r\n".join([*lines, "", ""]).encode() + body)
        status = int((await reader.readline()).split()[1])
        length = 0
        while (line := await reader.readline()) not in {b"\r\n", b""}:
            name, _colon, value = line.decode("latin-1").partition(":")
            length = int(value) if name.lower() == "content-length" else length
        await reader.readexactly(length)
        self._idle.append((reader, writer))
        return status

    def close(self) -> None:
        """Close every connection."""
        for _reader, writer in self._idle:
            writer.close()


def message(outlet: dict[str, str], text: str, customer: int) -> tuple[str, bytes]:
    """Return (vendor id, body) of a webhook with one text message of customer number `customer`."""
    number = next(_numbers)
    vendor_id = f"wamid.BENCH{number}"
    phone, user = f"1305555{customer % 10_000:04}", f"US.9{customer:08}"
    value = {
        "messaging_product": "whatsapp",
        "metadata": {
            "display_phone_number": outlet["display_phone_number"].lstrip("+"),
            "phone_number_id": outlet["phone_number_id"],
        },
        "contacts": [{"profile": {"name": f"Bench Customer {customer}"}, "wa_id": phone, "user_id": user}],
        "messages": [
            {
                "from": phone,
                "from_user_id": user,
                "id": vendor_id,
                "timestamp": str(int(time.time())),
                "type": "text",
                "text": {"body": text},
            }
        ],
    }
    change = {"field": "messages", "value": value}
    payload = {"object": "whatsapp_business_account", "entry": [{"id": "bench", "changes": [change]}]}
    return vendor_id, json.dumps(payload).encode()


def signed(secret: str, body: bytes) -> dict[str, str]:
    """Return the headers the vendor would send."""
    digest = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return {"Content-Type": "application/json", "X-Hub-Signature-256": f"sha256={digest}"}


async def paced(rate: float, seconds: float, act: Callable[[int], Awaitable[None]]) -> None:
    """Start `act` `rate` times a second for `seconds`, whatever the earlier ones take (an open loop)."""
    started, running = time.perf_counter(), set[asyncio.Task[None]]()
    for number in range(int(rate * seconds)):
        wait = started + number / rate - time.perf_counter()
        if wait > 0:
            await asyncio.sleep(wait)
        task = asyncio.ensure_future(act(number))
        running.add(task)
        task.add_done_callback(running.discard)
    await asyncio.gather(*running)


def percentile(values: list[float], share: float) -> float:
    """Return the value below which `share` (0-1) of the values lie."""
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)]
