"""The emulator as an ASGI application: the Graph API on one side, a control API for tests on the other."""

import asyncio
import logging
import re
import signal
from collections.abc import Callable

from integrations.whatsapp.emulator import media, sending, templates
from integrations.whatsapp.emulator.asgi import Receive, Reply, Request, Scope, Send, answer, read_request, refused
from integrations.whatsapp.emulator.control import PREFIX, control
from integrations.whatsapp.emulator.faults import Fault
from integrations.whatsapp.emulator.refusals import Refusal, no_object
from integrations.whatsapp.emulator.world import Options, World

__all__ = ["Emulator", "Options"]

log = logging.getLogger("uvicorn.error")

_GRAPH = re.compile(r"/v\d+\.\d+/([^/]+)(?:/([a-z_]+))?/?")
_EDGES: dict[tuple[str, str], Callable[[World, Request, str], Reply]] = {
    ("POST", "messages"): sending.send,
    ("POST", "media"): media.upload,
    ("GET", "message_templates"): templates.list_templates,
}
_ON_MEDIA = {"GET": media.show, "DELETE": media.delete}


class Emulator:
    """The application. One event loop, no threads."""

    def __init__(self, options: Options) -> None:
        self._world = World(options)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one ASGI connection."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http":
            await answer(send, self._reply(await read_request(scope, receive)))

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

    def _reply(self, request: Request) -> Reply:
        try:
            if request.path.startswith(PREFIX):
                return control(self._world, request)
            if request.path == media.DOWNLOAD and request.method == "GET":
                return media.download(self._world, request, self._fault("download", ""))
            return self._graph(request)
        except Refusal as refusal:
            return refused(refusal)

    def _graph(self, request: Request) -> Reply:
        match = _GRAPH.fullmatch(request.path)
        if not match:
            raise no_object(request.path.strip("/"), request.method)
        node, edge = match[1], match[2] or ""
        if edge != "messages":
            self._fault(edge or "object", node)
        if not edge:
            return self._object(request, node)
        handler = _EDGES.get((request.method, edge))
        if handler is None:
            raise no_object(node, request.method)
        return handler(self._world, request, node)

    def _object(self, request: Request, node: str) -> Reply:
        found = self._world.shelf.find(node)
        if found and request.method in _ON_MEDIA:
            return _ON_MEDIA[request.method](self._world, request, found)
        raise no_object(node, request.method)

    def _fault(self, edge: str, node: str) -> Fault:
        fault = self._world.faults.take(edge, node)
        fault.refuse()
        return fault


def _end_with(task: asyncio.Task[None]) -> None:
    """Stop the whole emulator when delivery has broken, so that whoever watches it starts it anew."""
    if not task.cancelled() and (error := task.exception()):
        log.critical("webhooks are no longer delivered", exc_info=error)
        signal.raise_signal(signal.SIGTERM)
