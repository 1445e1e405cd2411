"""The emulator as an ASGI application: the Graph API on one side, a control API for tests on the other."""

import asyncio
import json
import logging
import random
import re
import signal
import time
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

from integrations.whatsapp.emulator import statuses
from integrations.whatsapp.emulator.catalogue import CATALOGUE
from integrations.whatsapp.emulator.delivery import Delivery
from integrations.whatsapp.emulator.faults import MAGIC, Fault, Faults, Throughput
from integrations.whatsapp.emulator.graph import Outgoing, Refusal, read_mark, read_outgoing
from integrations.whatsapp.emulator.store import Store
from integrations.whatsapp.wire import Number, encode, new_message_id, user_id_of

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

log = logging.getLogger("uvicorn.error")

_GRAPH = re.compile(r"/(v\d+\.\d+)/([^/]+)/(messages|message_templates)/?")
_MAX_BODY = 1_000_000
_PAGE = 25
_NO_METHOD = "Unsupported request: no such object, or the method does not fit it."


@dataclass(frozen=True, slots=True)
class Options:
    """How the emulator behaves. `delay_scale` stretches or, with 0, removes the delays of statuses."""

    webhook_url: str
    app_secret: str
    is_open: bool = False
    delay_scale: float = 1.0
    seed: int | None = None
    state: str = ":memory:"


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer; `broken` ones end in the middle, with the connection."""

    status: int
    body: object
    broken: bool = False


class Emulator:
    """The application. One event loop, no threads."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._store = Store(options.state)
        self._faults = Faults()
        self._throughput = Throughput()
        self._chance = random.Random(options.seed)  # noqa: S311 - delays, not secrets
        self._delivery = Delivery(self._store, self._faults, options.webhook_url, options.app_secret)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one ASGI connection."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http":
            await self._serve(scope, receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        task = asyncio.create_task(self._delivery.run())
        task.add_done_callback(_end_with)
        await send({"type": "lifespan.startup.complete"})
        await receive()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        self._store.close()
        await send({"type": "lifespan.shutdown.complete"})

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        raw = await _body(receive)
        try:
            if scope["path"].startswith("/_emulator/"):
                reply = self._control(scope, _parsed(raw))
            else:
                reply = await self._graph(scope, raw)
        except Refusal as refusal:
            reply = Reply(refusal.status, refusal.body())
        except ValueError as error:
            reply = Reply(400, {"error": str(error)})
        await _answer(send, reply)

    async def _graph(self, scope: Scope, raw: bytes | None) -> Reply:
        match = _GRAPH.fullmatch(scope["path"])
        if not match:
            raise Refusal(100, _NO_METHOD)
        _version, node, edge = match.groups()
        token = _bearer(scope)
        if edge == "message_templates" and scope["method"] == "GET":
            return self._list_templates(node, token, parse_qs(scope["query_string"].decode("latin-1")))
        if edge == "messages" and scope["method"] == "POST":
            number = self._authorized(node, token)
            request = _parsed(raw)
            if isinstance(request, dict) and "status" in request:
                read_mark(request)
                return Reply(200, {"success": True})
            return await self._take(number, request)
        raise Refusal(100, _NO_METHOD)

    async def _take(self, number: Number, request: object) -> Reply:
        templates = [*CATALOGUE, *self._store.templates(number.waba_id)]
        message = read_outgoing(request, templates, any_template=self._options.is_open)
        fault = self._faults.take(number.phone_number_id, message.recipient)
        if fault.code is not None and not fault.as_status:
            await asyncio.sleep(fault.delay_s)
            raise Refusal(fault.code, http_status=fault.http_status)
        self._throughput.check(number.phone_number_id, message.recipient)
        message_id = self._accept(number, message, fault)
        await asyncio.sleep(fault.delay_s)
        return Reply(200, _accepted(message_id, message), broken=fault.drop_response)

    def _accept(self, number: Number, message: Outgoing, fault: Fault) -> str:
        message_id = new_message_id()
        self._store.add_message(message_id, number.phone_number_id, message.recipient, message.request)
        for step in statuses.plan(fault, self._chance, disorder=self._faults.webhook_disorder):
            due_at = time.time() + step.after * self._options.delay_scale
            body = statuses.webhook_of(number, message_id, message, step, due_at)
            self._store.schedule(message_id, step.status, encode(body), due_at)
        self._delivery.wake()
        return message_id

    def _authorized(self, phone_number_id: str, token: str) -> Number:
        known = self._store.number(phone_number_id)
        if known is None and not self._options.is_open:
            raise Refusal(100, f"Object with ID '{phone_number_id}' does not exist or cannot be loaded.")
        number, expected = known or (Number(phone_number_id, "0", "15550100000"), "")
        if not token or (expected and token != expected):
            raise Refusal(190)
        return number

    def _list_templates(self, waba_id: str, token: str, query: dict[str, list[str]]) -> Reply:
        if not token:
            raise Refusal(190)
        templates = [*CATALOGUE, *self._store.templates(waba_id)]
        start = int(query.get("after", ["0"])[0])
        end = start + min(int(query.get("limit", [str(_PAGE)])[0]), 200)
        page: dict[str, Any] = {"data": templates[start:end]}
        page["paging"] = {"cursors": {"before": str(start), "after": str(end)}}
        if end < len(templates):
            page["paging"]["next"] = f"/{waba_id}/message_templates?after={end}"
        if "summary" in query:
            count = len(templates)
            page["summary"] = {"total_count": count, "message_template_count": count, "message_template_limit": 6000}
            page["summary"]["are_translations_complete"] = True
        return Reply(200, page)

    def _control(self, scope: Scope, order: Any) -> Reply:  # noqa: ANN401 - JSON
        """Serve the control API; it is for the machine it runs on, and the server listens nowhere else."""
        action = (scope["method"], scope["path"].removeprefix("/_emulator/").strip("/"))
        query = {name: values[0] for name, values in parse_qs(scope["query_string"].decode("latin-1")).items()}
        handlers: dict[tuple[str, str], Callable[[], object]] = {
            ("GET", ""): _help,
            ("GET", "health"): lambda: {"ok": True, "webhooks_waiting": self._store.waiting()},
            ("GET", "numbers"): self._store.numbers,
            ("POST", "numbers"): lambda: self._add_numbers(_dict(order)),
            ("POST", "inject"): lambda: self._faults.inject(_dict(order)),
            ("DELETE", "inject"): self._faults.clear,
            ("POST", "webhook"): lambda: self._delivery.aim(**_dict(order)),
            ("GET", "messages"): lambda: self._messages(query),
            ("DELETE", "messages"): self._forget,
        }
        if action not in handlers:
            return Reply(404, {"error": "no such control; GET /_emulator/ lists them"})
        try:
            result = handlers[action]()
        except (KeyError, TypeError) as error:
            return Reply(400, {"error": f"{type(error).__name__}: {error}"})
        return Reply(200, {"ok": True} if result is None else result)

    def _forget(self) -> None:
        self._store.forget_messages()
        self._throughput = Throughput()

    def _add_numbers(self, order: dict[str, Any]) -> None:
        for item in order.get("numbers", [order]):
            number = Number(str(item["phone_number_id"]), str(item["waba_id"]), str(item["display_phone_number"]))
            self._store.add_number(number, str(item.get("token", "")))
            for template in item.get("templates", []):
                self._store.add_template(number.waba_id, {"status": "APPROVED", "components": [], **template})

    def _messages(self, query: dict[str, str]) -> list[dict[str, Any]]:
        recipient = query.get("to", "").strip()
        return self._store.messages(
            phone_number_id=query.get("phone_number_id", ""),
            recipient=f"+{recipient}" if recipient.isdigit() else recipient,
            limit=int(query.get("limit", "1000")),
        )


def _end_with(task: asyncio.Task[None]) -> None:
    """Stop the whole emulator when delivery has broken, so that whoever watches it starts it anew."""
    if not task.cancelled() and (error := task.exception()):
        log.critical("webhooks are no longer delivered", exc_info=error)
        signal.raise_signal(signal.SIGTERM)


def _accepted(message_id: str, message: Outgoing) -> dict[str, Any]:
    if message.by_user_id:
        person = {"input": message.recipient, "user_id": message.recipient}
    else:
        wa_id = message.recipient.removeprefix("+")
        person = {"input": str(message.request["to"]), "wa_id": wa_id, "user_id": user_id_of(wa_id)}
    sent: dict[str, Any] = {"id": message_id}
    if message.type == "template":
        sent["message_status"] = "accepted"
    return {"messaging_product": "whatsapp", "contacts": [person], "messages": [sent]}


def _help() -> dict[str, Any]:
    return {
        "what": "Emulator of the WhatsApp Cloud API. Development only.",
        "controls": {
            "POST /_emulator/numbers": "{phone_number_id, waba_id, display_phone_number, token?, templates?}",
            "POST /_emulator/inject": (
                "{code?, as_status?, http_status?, delay_s?, drop_response?, until?, count?, to?, phone_number_id?,"
                " webhook_duplicates?, webhook_disorder?}"
            ),
            "DELETE /_emulator/inject": "everything goes well again",
            "POST /_emulator/webhook": "{url, app_secret?}: where statuses go",
            "GET /_emulator/messages": "?to=&phone_number_id=&limit=: what was accepted, with the statuses taken",
            "DELETE /_emulator/messages": "forget them, and what they used up of the limits",
            "GET /_emulator/health": "webhooks on their way",
        },
        "numbers_that_fail": {phone: text for phone, (_fault, text) in MAGIC.items()},
    }


def _dict(order: object) -> dict[str, Any]:
    if not isinstance(order, dict):
        message = "a JSON object is needed"
        raise ValueError(message)  # noqa: TRY004 - answered as a bad value
    return order


def _bearer(scope: Scope) -> str:
    headers = {name: value for name, value in scope["headers"] if name == b"authorization"}
    scheme, _, token = headers.get(b"authorization", b"").decode("latin-1").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _parsed(raw: bytes | None) -> Any:  # noqa: ANN401 - JSON
    if raw is None:
        raise Refusal(100, "The request is too large.")
    if not raw:
        return {}
    try:
        return json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise Refusal(100, "The request is no valid JSON.") from error


async def _body(receive: Receive) -> bytes | None:
    """Return the request's body, or None when it is too large."""
    parts, size, more = [], 0, True
    while more:
        event = await receive()
        chunk = event.get("body", b"")
        size += len(chunk)
        parts.append(chunk if size <= _MAX_BODY else b"")
        more = event.get("more_body", False)
    return b"".join(parts) if size <= _MAX_BODY else None


async def _answer(send: Send, reply: Reply) -> None:
    body = json.dumps(reply.body).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    if not reply.broken:  # a server closes the connection of an answer that was never finished
        await send({"type": "http.response.body", "body": body})
