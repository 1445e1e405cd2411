"""The receiver of vendor webhooks: verify, store once, answer. Bare ASGI, no tenant schema, no parsing.

A webhook is answered with 200 only after its bytes are committed. Requests that arrive while a commit is under way
share the next one, so the cost of a commit is paid once for all of them.
"""

import asyncio
import hashlib
import hmac
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs
from uuid import UUID

import psycopg
import structlog
from channels.db import database_sync_to_async
from django.db import connection

from ingest import queries
from ingest.lanes import lane_of
from ingest.types import Proof
from integrations.whatsapp import signature
from kernel import clocks
from kernel.api.rendering import error_body
from kernel.logs import accept_id, request_id

Scope = Mapping[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

BODY_LIMIT = 3 * 1024 * 1024
"""Meta sends at most 3 MB (overview of webhooks)."""
READ_TIMEOUT_S = 20.0
BATCH_LIMIT = 500
PROOFS_FOR_S = 15.0
"""How long secrets are kept before they are read again; after a bad signature they are read again at once, at most
once a second, so that a new application works immediately."""
STORE = """
    INSERT INTO public.ingest_delivery (vendor, app_id, digest, body, lane, received_at)
    SELECT 'whatsapp', new.* FROM unnest(%s::uuid[], %s::bytea[], %s::bytea[], %s::text[], %s::timestamptz[]) AS new
    ON CONFLICT (vendor, digest) DO NOTHING
"""

log = structlog.get_logger("ingest")


@dataclass(slots=True)
class Waiting:
    """A verified webhook that waits for its commit."""

    app_id: UUID
    body: bytes
    stored: asyncio.Future[None]
    received_at: datetime = field(default_factory=clocks.now)


class Answer(Exception):  # noqa: N818 - a way out with an answer, not a fault
    """End the request with a status and a code a developer understands."""

    def __init__(self, status: HTTPStatus, code: str, message: str, *, allow: str = "") -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message
        self.allow = allow
        """The methods there are, for an answer to one there is not."""


class Store:
    """Writes waiting webhooks in batches on one connection of its own."""

    def __init__(self) -> None:
        self._waiting: list[Waiting] = []
        self._writer: asyncio.Task[None] | None = None
        self._connection: psycopg.AsyncConnection[tuple[Any, ...]] | None = None

    async def keep(self, app_id: UUID, body: bytes) -> None:
        """Return when the bytes are committed; raises when they are not."""
        waiting = Waiting(app_id, body, asyncio.get_running_loop().create_future())
        self._waiting.append(waiting)
        if self._writer is None or self._writer.done():
            self._writer = asyncio.create_task(self._write())
        await waiting.stored

    async def _write(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting[:BATCH_LIMIT], self._waiting[BATCH_LIMIT:]
            with _outcome_for(batch):
                await self._commit(batch)

    async def _commit(self, batch: list[Waiting]) -> None:
        try:
            await self._insert(batch)
        except psycopg.OperationalError:
            await self._forget_connection()
            await self._insert(batch)  # once, on a fresh connection: the server may only have restarted

    async def _insert(self, batch: list[Waiting]) -> None:
        own = await self._connect()
        async with own.transaction(), own.cursor() as cursor:
            await cursor.execute(
                STORE,
                [
                    [w.app_id for w in batch],
                    [hashlib.sha256(w.body).digest() for w in batch],
                    [w.body for w in batch],
                    [lane_of(w.body) for w in batch],
                    [w.received_at for w in batch],
                ],
            )
            await cursor.execute("NOTIFY redress_ingest")

    async def _connect(self) -> psycopg.AsyncConnection[tuple[Any, ...]]:
        if self._connection is None or self._connection.closed:
            parameters = connection.get_connection_params()
            wanted = {
                name: parameters[name] for name in ("dbname", "user", "password", "host", "port") if name in parameters
            }
            self._connection = await psycopg.AsyncConnection.connect(**wanted, autocommit=True)
        return self._connection

    async def close(self) -> None:
        """Give the connection back; what waits is written first."""
        if self._writer is not None:
            await self._writer
        await self._forget_connection()

    async def _forget_connection(self) -> None:
        if self._connection is not None:
            await self._connection.close()
        self._connection = None


@contextmanager
def _outcome_for(batch: list[Waiting]) -> Iterator[None]:
    """Tell every waiting request how its commit ended."""
    try:
        yield
    except psycopg.Error as problem:
        log.exception("webhooks_not_stored", count=len(batch))
        for waiting in batch:
            if not waiting.stored.done():
                waiting.stored.set_exception(problem)
    else:
        for waiting in batch:
            if not waiting.stored.done():
                waiting.stored.set_result(None)


def _read_proofs() -> list[Proof]:
    """Read the secrets on a connection that is not kept: it is needed again in a quarter of a minute at most."""
    try:
        return queries.proofs("whatsapp")
    finally:
        connection.close()


class Proofs:
    """The secrets in force, read from the database now and then."""

    def __init__(self) -> None:
        self._known: list[Proof] = []
        self._read_at = float("-inf")

    async def all(self, *, max_age_s: float = PROOFS_FOR_S) -> list[Proof]:
        """Return the proofs, read again when they are older than `max_age_s`."""
        if time.monotonic() - self._read_at > max_age_s:
            self._known = await database_sync_to_async(_read_proofs)()
            self._read_at = time.monotonic()
        return self._known


class Receiver:
    """The ASGI application behind `/webhooks/`."""

    def __init__(self) -> None:
        self._store, self._proofs = Store(), Proofs()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; whatever goes wrong has a status and a code."""
        try:
            answer = await self._answer(scope, receive)
        except Answer as refused:
            await _refuse(send, refused, dict(scope["headers"]).get(b"x-request-id", b"").decode("latin-1"))
        else:
            await _respond(send, HTTPStatus.OK, answer, b"text/plain; charset=utf-8")

    async def close(self) -> None:
        """End cleanly: what was taken is written."""
        await self._store.close()

    async def _answer(self, scope: Scope, receive: Receive) -> bytes:
        if scope["path"].rstrip("/") != "/webhooks/whatsapp":
            raise Answer(HTTPStatus.NOT_FOUND, "NOT_FOUND", "No vendor sends webhooks here.")
        if scope["method"] == "GET":
            return await self._challenge(scope)
        if scope["method"] == "POST":
            return await self._take(scope, receive)
        raise Answer(HTTPStatus.METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED", "Use GET or POST.", allow="GET, POST")

    async def _challenge(self, scope: Scope) -> bytes:
        """Answer the vendor's subscription check (Meta, "Create a webhook endpoint")."""
        asked = parse_qs(str(scope["query_string"], "latin-1"))
        query = {name: values[-1] for name, values in asked.items()}
        token = query.get("hub.verify_token", "").encode()
        known = [hmac.compare_digest(token, proof.verify_token.encode()) for proof in await self._proofs.all()]
        if query.get("hub.mode") != "subscribe" or not token or not any(known):
            raise Answer(HTTPStatus.FORBIDDEN, "WRONG_VERIFY_TOKEN", "The verify token is not ours.")
        challenge = query.get("hub.challenge", "")
        if not challenge:
            raise Answer(HTTPStatus.BAD_REQUEST, "NO_CHALLENGE", "hub.challenge is missing: nothing to answer.")
        return challenge.encode()

    async def _take(self, scope: Scope, receive: Receive) -> bytes:
        headers = dict(scope["headers"])
        body = await _read_body(headers, receive)
        app_id = await self._prove(headers.get(b"x-hub-signature-256", b"").decode("latin-1"), body)
        try:
            await self._store.keep(app_id, body)
        except psycopg.Error as problem:
            raise Answer(HTTPStatus.SERVICE_UNAVAILABLE, "NOT_STORED", "Not stored, send it again.") from problem
        return b"stored"

    async def _prove(self, header: str, body: bytes) -> UUID:
        """Return the application whose secret signed the bytes."""
        for max_age_s in (PROOFS_FOR_S, 1.0):
            for proof in await self._proofs.all(max_age_s=max_age_s):
                if signature.matches(proof.secret, body, header):
                    return proof.app_id
        raise Answer(HTTPStatus.UNAUTHORIZED, "WRONG_SIGNATURE", "X-Hub-Signature-256 does not fit the body.")


async def _read_body(headers: Mapping[bytes, bytes], receive: Receive) -> bytes:
    too_large = Answer(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "BODY_TOO_LARGE", "At most 3 MB.")
    declared = headers.get(b"content-length", b"0")
    if declared.isdigit() and int(declared) > BODY_LIMIT:
        raise too_large
    parts: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(READ_TIMEOUT_S):
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise Answer(HTTPStatus.BAD_REQUEST, "INCOMPLETE", "The body ended early.")
                parts.append(message.get("body", b""))
                size += len(parts[-1])
                if size > BODY_LIMIT:
                    raise too_large
                if not message.get("more_body", False):
                    break
    except TimeoutError as problem:
        raise Answer(HTTPStatus.REQUEST_TIMEOUT, "TOO_SLOW", "The body took too long.") from problem
    return b"".join(parts)


async def _refuse(send: Send, refused: Answer, asked_as: str) -> None:
    """Answer with the error envelope of the API and the id under which the request can be talked about."""
    request_id.set(accept_id(asked_as))
    body = error_body({"code": refused.code, "message": refused.message, "details": {}})
    more = [(b"x-request-id", request_id.get().encode())]
    if refused.allow:
        more.append((b"allow", refused.allow.encode()))
    await _respond(send, refused.status, body, b"application/json", more)


async def _respond(
    send: Send, status: HTTPStatus, body: bytes, content_type: bytes, more: Iterable[tuple[bytes, bytes]] = ()
) -> None:
    headers = [
        (b"content-type", content_type),
        (b"content-length", str(len(body)).encode()),
        (b"x-content-type-options", b"nosniff"),
        (b"cache-control", b"no-store"),
        *more,
    ]
    await send({"type": "http.response.start", "status": int(status), "headers": headers})
    await send({"type": "http.response.body", "body": body})


application = Receiver()
