"""The one entry point of the live process: sockets, event streams, vendor webhooks, and in `make run` the pages too.

Pages stay a WSGI application on threads: Django's own ASGI handler answers 3 times slower, and its thread hops lose
the tenant.
"""

from collections.abc import Awaitable, Callable
from string import punctuation
from typing import Any, cast
from urllib.parse import quote_from_bytes

from a2wsgi import WSGIMiddleware

from config.wsgi import application as wsgi_application  # first: it sets Django up
from conversations.routing import sockets
from ingest.asgi import application as webhooks
from kernel.events.stream import PATHS, EventStreams

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

THREADS = 8
"""Fewer threads than connections in the pool, so that consumers and webhooks find one too."""

pages: Any = WSGIMiddleware(cast("Any", wsgi_application), workers=THREADS)


streams = EventStreams(wsgi_application)


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """Hand the connection to whoever speaks its protocol."""
    if scope["type"] == "lifespan":
        await _live(receive, send)
    elif scope["type"] == "websocket":
        await sockets(scope, receive, send)
    elif scope["path"] in PATHS:
        await streams(_as_wsgi_can_take_it(scope), receive, send)
    elif scope["path"].startswith("/webhooks/"):
        await webhooks(scope, receive, send)
    else:
        await pages(_as_wsgi_can_take_it(scope), receive, send)


def _as_wsgi_can_take_it(scope: Scope) -> Scope:
    """Return the scope with an ASCII query, and without headers whose underscores would pose as hyphens."""
    return {
        **scope,
        "query_string": quote_from_bytes(scope["query_string"], safe=punctuation).encode(),
        "headers": [(name, value) for name, value in scope["headers"] if b"_" not in name],
    }


async def _live(receive: Receive, send: Send) -> None:
    """Answer the server's start and stop; nothing here needs either."""
    for phase in ("startup", "shutdown"):
        await receive()
        await send({"type": f"lifespan.{phase}.complete"})
