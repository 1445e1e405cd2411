"""Requests and replies of the emulator, and how they cross ASGI."""

import asyncio
import json
import re
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from integrations.whatsapp.emulator.refusals import Refusal

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

_MAX_JSON = 1_000_000
_MAX_FORM = 105_000_000
_TAKES_FILES = re.compile(r"/(v[\d.]+/[^/]+/media|_emulator/media)/?")


@dataclass(frozen=True, slots=True)
class Request:
    """What came in; `raw` is None when it was too large."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    raw: bytes | None

    @property
    def token(self) -> str:
        """Return the access token: that of the header, else of the query, as Graph takes both."""
        scheme, _, token = self.headers.get("authorization", "").partition(" ")
        return token.strip() if scheme.lower() == "bearer" else self.query.get("access_token", "")

    @property
    def body(self) -> bytes:
        """Return the body. Raises Refusal when it was too large."""
        if self.raw is None:
            raise Refusal(100, "The request is too large.")
        return self.raw

    def json(self) -> Any:  # noqa: ANN401 - JSON
        """Return the parsed body, {} for none. Raises Refusal."""
        raw = self.body
        if not raw:
            return {}
        try:
            return json.loads(raw)
        except (ValueError, RecursionError) as error:
            raise Refusal(100, "The request is no valid JSON.") from error

    def fields(self) -> dict[str, Any]:
        """Return the parameters of a call: those of the query, then those of the JSON body. Raises Refusal."""
        body = self.json()
        if not isinstance(body, dict):
            raise Refusal(100, "A JSON object is needed.")
        return {**self.query, **body}


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer after `delay_s`; `broken` ones end in the middle, with the connection."""

    status: int
    body: object
    headers: dict[str, str] = field(default_factory=dict)
    delay_s: float = 0.0
    broken: bool = False

    @property
    def raw(self) -> bytes:
        """Return the bytes: a file as it is, anything else as JSON."""
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


def refused(refusal: Refusal) -> Reply:
    """Return the answer that says no."""
    return Reply(refusal.status, refusal.body(), refusal.headers(), refusal.delay_s)


async def read_request(scope: Scope, receive: Receive) -> Request:
    """Read a request to its end."""
    path = scope["path"]
    raw = await _body(receive, _MAX_FORM if _TAKES_FILES.fullmatch(path) else _MAX_JSON)
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    query = dict(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True))
    return Request(scope["method"], path, query, headers, raw)


async def answer(send: Send, reply: Reply) -> None:
    """Send a reply."""
    if reply.delay_s:
        await asyncio.sleep(reply.delay_s)
    raw = reply.raw
    head = {"content-type": "application/json", "content-length": str(len(raw)), **reply.headers}
    headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in head.items()]
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    if not reply.broken:
        await send({"type": "http.response.body", "body": raw})
    elif isinstance(reply.body, bytes):  # a server closes the connection of an answer that was never finished
        await send({"type": "http.response.body", "body": raw[: len(raw) // 2], "more_body": True})


async def _body(receive: Receive, limit: int) -> bytes | None:
    parts, size, more = [], 0, True
    while more:
        event = await receive()
        chunk = event.get("body", b"")
        size += len(chunk)
        parts.append(chunk if size <= limit else b"")
        more = event.get("more_body", False)
    return b"".join(parts) if size <= limit else None
