"""The emulator as an ASGI application: the Graph API on one side, a control API for tests on the other."""

import asyncio
import logging
import re
import signal
from collections.abc import Callable
from inspect import isawaitable
from typing import Any

from integrations.whatsapp.emulator import media, numbers, sending, templates
from integrations.whatsapp.emulator.asgi import Receive, Reply, Request, Scope, Send, answer, read_request, refused
from integrations.whatsapp.emulator.control import PREFIX, control
from integrations.whatsapp.emulator.faults import Fault
from integrations.whatsapp.emulator.refusals import Refusal, no_object
from integrations.whatsapp.emulator.world import Options, World

__all__ = ["Emulator", "Options"]

log = logging.getLogger("uvicorn.error")

_GRAPH = re.compile(r"/v\d+\.\d+/([^/]+)(?:/([a-z_]+))?/?")
_EDGES: dict[tuple[str, str], Callable[..., Any]] = {
    ("POST", "messages"): sending.send,
    ("POST", "media"): media.upload,
    ("GET", "message_templates"): templates.list_all,
    ("POST", "message_templates"): templates.create,
    ("DELETE", "message_templates"): templates.delete,
    **numbers.ON_NUMBER,
    **numbers.ON_ACCOUNT,
}
_ON_MEDIA = {"GET": media.show, "DELETE": media.delete}
_ON_TEMPLATE = {"GET": templates.show, "POST": templates.edit}
_ON_NUMBER: dict[str, Callable[..., Any]] = {"GET": numbers.show_number, "POST": numbers.set_up_number}


class Emulator:
    """The application. One event loop, no threads."""

    def __init__(self, options: Options) -> None:
        self._world = World(options)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one ASGI connection."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http":
            await answer(send, await self._reply(await read_request(scope, receive)))

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        task = asyncio.create_task(self._world.delivery.run())
        task.add_done_callback(_end_with)
        await send({"type": "lifespan.startup.complete"})
        await receive()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        self._world.close()
        await send({"type": "lifespan.shutdown.complete"})

    async def _reply(self, request: Request) -> Reply:
        try:
            if request.path.startswith(PREFIX):
                return control(self._world, request)
            if request.path == media.DOWNLOAD and request.method == "GET":
                return media.download(self._world, request, self._fault("download", ""))
            reply = self._graph(request)
            done: Reply = await reply if isawaitable(reply) else reply
        except Refusal as refusal:
            return refused(refusal)
        return done

    def _graph(self, request: Request) -> Any:  # noqa: ANN401 - a Reply, or what becomes one
        match = _GRAPH.fullmatch(request.path)
        if not match:
            raise no_object(request.path.strip("/"), request.method)
        node, edge = match[1], match[2] or ""
        if edge != "messages":
            self._fault(edge or "object", node)
        handler = _EDGES.get((request.method, edge)) if edge else self._on_object(request, node)
        if handler is None:
            raise no_object(node, request.method)
        return handler(self._world, request, node)

    def _on_object(self, request: Request, node: str) -> Callable[..., Any] | None:
        """Return what is done to an object that is named by nothing but its id."""
        if self._world.shelf.find(node):
            return _ON_MEDIA.get(request.method)
        if self._world.library.by_id(node):
            return _ON_TEMPLATE.get(request.method)
        if self._world.store.number(node):
            return _ON_NUMBER.get(request.method)
        if self._world.store.numbers_of(node):
            return numbers.show_account if request.method == "GET" else None
        return self._on_stranger(request)

    def _on_stranger(self, request: Request) -> Callable[..., Any] | None:
        """Return what is done to an id nobody knows: when open, a question for a number's fields tells one of it."""
        about_number = "fields" in request.query or request.method == "POST"
        return _ON_NUMBER.get(request.method) if self._world.options.is_open and about_number else None

    def _fault(self, edge: str, node: str) -> Fault:
        fault = self._world.faults.of_call(edge, node)
        fault.refuse()
        return fault


def _end_with(task: asyncio.Task[None]) -> None:
    """Stop the whole emulator when delivery has broken, so that whoever watches it starts it anew."""
    if not task.cancelled() and (error := task.exception()):
        log.critical("webhooks are no longer delivered", exc_info=error)
        signal.raise_signal(signal.SIGTERM)
