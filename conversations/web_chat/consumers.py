"""The live line of a visitor's page at `/ws/chat/<outlet>/`: what the team says, and that somebody types.

The page shows its token in the first frame, because addresses end up in logs. From the tenant's feed it is handed only
what is in its own conversation and for its eyes; what it missed it reads over HTTP.
"""

import asyncio
import time
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import orjson
import structlog

from conversations.web_chat import queries
from conversations.web_chat.shapes import for_visitor, visible
from conversations.web_chat.visitors import Visitor, visitor_of
from crm.queries import contact_names
from kernel import live
from kernel.errors import NotFound
from kernel.feeds import Feed, feeds
from kernel.live import Batch, Frame, pack
from kernel.sockets import Message, Socket
from kernel.tenancy import PUBLIC, in_tenant
from tenants.enums import TenantStatus
from tenants.queries import tenant_by_host

HELLO_WITHIN_S = 10.0
HEARTBEAT_S = 20
RECHECK_S = 30.0
SMALL_FRAME = 4096
TYPING_EVERY_S = 1.0
NOT_KNOWN, NOT_HERE = 4401, 4404
"""Close codes: show a good token first; no such chat, or nothing was said in it yet."""
WAITING_LIMIT = 500

log = structlog.get_logger("live")


class VisitorConsumer(Socket):
    """One open chat page."""

    async def websocket_connect(self, _message: Message) -> None:
        """Accept, and wait a moment for the token."""
        self._feed: Feed | None = None
        self._schema = self._conversation = self._contact = self._name = ""
        self._typed_at = 0.0
        self._waiting: asyncio.Queue[str] = asyncio.Queue(WAITING_LIMIT)
        self._outlet_id = UUID(str(self.scope["url_route"]["kwargs"]["outlet_id"]))
        await self.accept()
        self._tasks = [asyncio.create_task(self._say_goodbye_to_the_silent())]

    async def _say_goodbye_to_the_silent(self) -> None:
        await asyncio.sleep(HELLO_WITHIN_S)
        if self._feed is None:
            await self.close(NOT_KNOWN)

    async def websocket_receive(self, message: Message) -> None:
        """Answer one frame; what is not of the protocol ends the line."""
        frame = _read(message)
        if frame is None:
            await self.close(NOT_KNOWN)
        elif self._feed is None:
            await self._greet(frame)
        elif frame["type"] == "typing":
            self._tell_typing()
        elif frame["type"] == "ping":
            self._say({"type": "pong"})

    async def _greet(self, frame: Frame) -> None:
        host = dict(self.scope["headers"]).get(b"host", b"").decode("latin-1").lower()
        schema = await in_tenant(PUBLIC, _schema_at, urlsplit(f"//{host}").hostname or "")
        token = frame.get("token")
        if schema is None or frame["type"] != "hello" or not isinstance(token, str):
            await self.close(NOT_KNOWN)
            return
        seat = await in_tenant(schema, _seat, token, self._outlet_id)
        if isinstance(seat, int):
            await self.close(seat)
            return
        self._schema, (self._conversation, self._contact, self._name) = schema, seat
        self._feed = await feeds.attach(schema, self)
        self._tasks += [asyncio.create_task(self._write()), asyncio.create_task(self._recheck())]
        self._say({"type": "hello", "heartbeat_s": HEARTBEAT_S})

    # --- what the feed hands over ------------------------------------------------------------

    def take(self, batch: Batch) -> None:
        """Pass on what is of this conversation and for the visitor."""
        if batch.only:
            return
        for packed in batch.frames:
            if self._conversation in packed.text:
                self._pass_on(orjson.loads(packed.text))

    def _pass_on(self, frame: Frame) -> None:
        if frame.get("conversation_id") != self._conversation:
            return
        if frame["type"] == "conversation:message" and visible(frame["message"]):
            self._say({"type": "message", "message": for_visitor(frame["message"])})
        elif frame["type"] == "typing" and frame["who"]["id"] != self._contact:
            self._say({"type": "typing"})

    def skip(self, first: int, last: int) -> None:  # noqa: ARG002 - a feed's word, whatever its size
        """Tell the page to read what it missed."""
        self._say({"type": "gap"})

    # --- what goes out -----------------------------------------------------------------------

    def _say(self, frame: Frame) -> None:
        try:
            self._waiting.put_nowait(orjson.dumps(frame).decode())
        except asyncio.QueueFull:  # a page that reads nothing: it comes back and reads what it missed
            self._tasks.append(asyncio.create_task(self.close()))

    async def _write(self) -> None:
        while True:
            await self.send(text_data=await self._waiting.get())

    def _tell_typing(self) -> None:
        if time.monotonic() - self._typed_at < TYPING_EVERY_S:
            return
        self._typed_at = time.monotonic()
        who = {"id": self._contact, "name": self._name, "kind": "contact"}
        frame = pack({"type": "typing", "conversation_id": self._conversation, "who": who})
        live.push(self._schema, Batch(0, 0, [frame]))

    async def _recheck(self) -> None:
        """End the line when the chat is switched off or its tenant suspended."""
        while True:
            await asyncio.sleep(RECHECK_S)
            host = dict(self.scope["headers"]).get(b"host", b"").decode("latin-1").lower()
            schema = await in_tenant(PUBLIC, _schema_at, urlsplit(f"//{host}").hostname or "")
            if schema is None or not await in_tenant(schema, _is_open, self._outlet_id):
                await self.close(NOT_HERE)
                return

    async def websocket_disconnect(self, message: Message) -> None:
        """Leave everything as if this line had not been."""
        for task in self._tasks:
            task.cancel()
        if self._feed is not None:
            feed, self._feed = self._feed, None
            await feeds.detach(feed, self)
        await super().websocket_disconnect(message)


def _read(message: Message) -> Frame | None:
    text = message.get("text")
    if text is None or len(text) > SMALL_FRAME:
        return None
    try:
        frame: Any = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    return frame if isinstance(frame, dict) and isinstance(frame.get("type"), str) else None


def _schema_at(host: str) -> str | None:
    tenant = tenant_by_host(host)
    return tenant.schema_name if tenant is not None and tenant.status == TenantStatus.ACTIVE else None


def _seat(token: str, outlet_id: UUID) -> tuple[str, str, str] | int:
    """Return conversation, contact and name of the visitor a token is of, or the code to close with."""
    visitor: Visitor | None = visitor_of(token, outlet_id)
    if visitor is None:
        return NOT_KNOWN
    conversation = queries.conversation_of_visitor(outlet_id, visitor.id) if _is_open(outlet_id) else None
    if conversation is None:
        return NOT_HERE
    name = contact_names([conversation.contact_id]).get(conversation.contact_id, "")
    return str(conversation.id), str(conversation.contact_id), name


def _is_open(outlet_id: UUID) -> bool:
    try:
        queries.open_web_chat(outlet_id)
    except NotFound:
        return False
    return True
