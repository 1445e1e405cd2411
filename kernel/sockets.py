"""The ground of every live socket."""

from collections.abc import Awaitable, Callable
from typing import Any

from channels.consumer import get_handler_name
from channels.exceptions import StopConsumer
from channels.generic.websocket import AsyncWebsocketConsumer
from channels.utils import await_many_dispatch

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


class Socket(AsyncWebsocketConsumer):  # type: ignore[misc]  # Channels is untyped
    """A consumer without a channel of its own: a feed hands it frames inside the process.

    Channels hops to a thread around every message to close old database connections, which costs four fifths of the
    throughput. Here the database is used through `kernel.tenancy.in_tenant` only, which looks after its connections.
    """

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Serve one connection until it closes."""
        self.scope, self.base_send, self.channel_layer = scope, send, None
        try:
            await await_many_dispatch([receive], self.dispatch)
        except StopConsumer:
            return

    async def dispatch(self, message: Message) -> None:
        """Hand a message of the server to its method."""
        await getattr(self, get_handler_name(message))(message)


async def nowhere(_scope: Message, receive: Receive, send: Send) -> None:
    """Refuse a socket at an address that has none."""
    await receive()
    await send({"type": "websocket.close", "code": 4404})
