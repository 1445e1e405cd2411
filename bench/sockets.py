"""Signed-in sockets for benches."""

import asyncio
import re
import time
from http.client import HTTPConnection, HTTPResponse
from typing import Any
from urllib.parse import urlencode, urlsplit

import websockets

from bench.ground import PASSWORD, Ground
from bench.stack import Stack

TOGETHER = 50
"""Sockets that connect at once."""


def cookie_of(stack: Stack, place: Ground) -> str:
    """Sign the tenant's owner in, as a browser does, and return the Cookie header."""
    parts = urlsplit(stack.url("web"))
    connection = HTTPConnection(parts.hostname or "", parts.port)
    page, cookies = _call(connection, "GET", place, "", "")
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    form = {"email": place.email, "password": PASSWORD, "csrfmiddlewaretoken": token[1] if token else ""}
    _page, signed_in = _call(connection, "POST", place, urlencode(form), cookies)
    connection.close()
    return signed_in


def _call(connection: HTTPConnection, method: str, place: Ground, body: str, cookies: str) -> tuple[str, str]:
    headers = {"Host": place.host, "Origin": f"http://{place.host}", "Cookie": cookies}
    connection.request(method, "/login/", body, {**headers, "Content-Type": "application/x-www-form-urlencoded"})
    response = connection.getresponse()
    return response.read().decode(), _cookies(response) or cookies


def _cookies(response: HTTPResponse) -> str:
    given = [value.partition(";")[0] for name, value in response.getheaders() if name.lower() == "set-cookie"]
    return "; ".join(given)


def connect(stack: Stack, place: Ground, cookie: str) -> Any:  # noqa: ANN401 - the library's own kind of thing
    """Return a socket of the signed-in owner, to be awaited or entered."""
    address = stack.url("live").replace("http://", "ws://") + "/ws/inbox/"
    return websockets.connect(
        address,
        additional_headers={"Host": place.host, "Cookie": cookie},
        origin=f"http://{place.host}",  # type: ignore[arg-type]  # text is what it is
        max_size=None,
        compression=None,
        open_timeout=60,
        ping_interval=None,
    )


class Audience:
    """Many sockets that note when each numbered frame reached them."""

    def __init__(self) -> None:
        self.sockets: list[websockets.ClientConnection] = []
        self.heard: list[tuple[int, float]] = []
        self._readers: list[asyncio.Task[None]] = []

    async def join(self, count: int, make: Any) -> None:  # noqa: ANN401 - `make()` gives something to await
        """Open so many sockets more."""
        for start in range(0, count, TOGETHER):
            some = await asyncio.gather(*(make() for _number in range(min(TOGETHER, count - start))))
            self.sockets += some
            self._readers += [asyncio.create_task(self._read(socket)) for socket in some]

    async def _read(self, socket: websockets.ClientConnection) -> None:
        async for frame in socket:
            place = frame.find('"bench":') if isinstance(frame, str) else -1
            if place >= 0:
                number = int(frame[place + 8 :].partition(",")[0].partition("}")[0])  # type: ignore[arg-type]
                self.heard.append((number, time.perf_counter()))

    async def leave(self) -> None:
        """Close them all."""
        for reader in self._readers:
            reader.cancel()
        await asyncio.gather(*(socket.close() for socket in self.sockets))
