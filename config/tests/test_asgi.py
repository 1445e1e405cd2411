import asyncio
from typing import Any

import pytest

from config.asgi import _as_wsgi_can_take_it, application


def _exchange(scope: dict[str, Any], *incoming: dict[str, Any]) -> list[dict[str, Any]]:
    """Run one connection and return what was sent."""
    sent: list[dict[str, Any]] = []
    messages = iter(incoming)

    async def receive() -> dict[str, Any]:
        return next(messages, {"type": "http.disconnect"})

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    asyncio.run(application(scope, receive, send))
    return sent


def _get(path: str, query: bytes = b"") -> tuple[int, bytes]:
    scope = {
        "type": "http", "method": "GET", "path": path, "raw_path": path.encode(), "query_string": query,
        "headers": [(b"host", b"anything.example")], "http_version": "1.1", "scheme": "http",
        "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 8000), "root_path": "",
    }  # fmt: skip
    start, *parts = _exchange(scope, {"type": "http.request", "body": b"", "more_body": False})
    return start["status"], b"".join(part.get("body", b"") for part in parts)


@pytest.mark.parametrize("query", [b"", b"a=1&b=%20x", "q=é".encode(), b"q=\xff\xfe", b"q=\x00"])
def test_no_byte_of_a_query_breaks_the_answer(query: bytes):
    assert _get("/healthz", query) == (200, b'{"alive": true}')


def test_a_header_with_underscores_does_not_pose_as_one_with_hyphens():
    headers = [(b"x-forwarded-proto", b"http"), (b"x_forwarded_proto", b"https")]
    assert _as_wsgi_can_take_it({"query_string": b"", "headers": headers})["headers"] == headers[:1]


def test_the_server_may_start_and_stop():
    sent = _exchange({"type": "lifespan"}, {"type": "lifespan.startup"}, {"type": "lifespan.shutdown"})
    assert [message["type"] for message in sent] == ["lifespan.startup.complete", "lifespan.shutdown.complete"]


def test_a_socket_that_leads_nowhere_is_closed():
    scope = {"type": "websocket", "path": "/ws/nowhere/", "headers": [], "query_string": b"", "subprotocols": []}
    sent = _exchange(scope, {"type": "websocket.connect"})
    assert [message["type"] for message in sent] == ["websocket.close"]
