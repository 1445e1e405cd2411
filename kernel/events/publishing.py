"""Writing history: the only way an event comes into being."""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

import orjson
from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from kernel import clocks
from kernel.actors import Actor
from kernel.events.base import Changed, Event, Recorded, field_names
from kernel.events.canonical import GENESIS, change_hash, encode, link, plain
from kernel.events.causes import current_cause
from kernel.logs import correlation_id
from kernel.tenancy import PUBLIC, current_schema

WAKE_UP = "redress_events"
"""The channel a commit notifies, with the schema as payload."""


OPEN_HISTORY = """
    INSERT INTO public.anchors_anchor (schema_name, head_seq, head_hash, dispatched_seq, updated_at)
    VALUES (%s, 0, %s, 0, now()) ON CONFLICT DO NOTHING
"""
LOCK_HEAD = "SELECT head_seq, head_hash FROM public.anchors_anchor WHERE schema_name = %s FOR UPDATE"
APPEND = """
    WITH appended AS (
        INSERT INTO {schema}.events_event (
            seq, type, version, subject, actor_kind, actor_id, payload, occurred_at, recorded_at,
            correlation_id, cause, change_hash, prev_hash, hash
        )
        SELECT seq, type, version, subject, %(actor_kind)s, %(actor_id)s, payload, %(occurred_at)s,
               %(recorded_at)s, %(correlation_id)s, %(cause)s, decode(change_hash, 'hex'), decode(prev_hash, 'hex'),
               decode(hash, 'hex')
        FROM json_to_recordset(%(events)s::json) AS event (
            seq bigint, type text, version smallint, subject text, payload jsonb,
            change_hash text, prev_hash text, hash text
        )
    ), moved AS (
        UPDATE public.anchors_anchor
        SET head_seq = %(head_seq)s, head_hash = %(head_hash)s, updated_at = %(recorded_at)s
        WHERE schema_name = %(schema)s
    )
    SELECT pg_notify(%(channel)s, %(schema)s)
"""
KEEP_CHANGES = """
    INSERT INTO {schema}.events_change (seq, subject, salt, before, after)
    SELECT seq, subject, salt, before::jsonb, after::jsonb
    FROM unnest(%(seq)s::bigint[], %(subject)s::text[], %(salt)s::bytea[], %(before)s::text[], %(after)s::text[])
        AS change (seq, subject, salt, before, after)
"""

Published = Callable[[str, Sequence[Recorded]], None]
published: list[Published] = []
"""Called after commit, in the process that committed, with the schema and the events of one `publish`."""


class CannotPublish(RuntimeError):  # noqa: N818 - says what happened
    """The caller is not where events may be published: a programming error."""


class Head(NamedTuple):
    """The newest event of a history: its seq and hash."""

    seq: int
    hash: bytes


@dataclass(frozen=True, slots=True)
class Draft:
    """An event with its values checked, waiting for its place."""

    cls: type[Event]
    subject: str
    payload: dict[str, Any]
    payload_bytes: bytes
    change: "SealedChange | None"


@dataclass(frozen=True, slots=True)
class SealedChange:
    """The values before and after as they will be stored, and their hash."""

    before: bytes
    after: bytes
    salt: bytes
    hash: bytes


def publish(*events: Event | Changed, actor: Actor, now: datetime | None = None) -> list[Recorded]:
    """Append events to the history of the current tenant and wake whoever reacts to them after commit.

    Call it last in an action, inside its transaction: it locks the head of this tenant's history until commit, which
    is what makes `seq` gapless and equal to commit order. `now` is when it happened, by default the present.
    Raises CannotPublish outside a transaction or outside a tenant (facts about the installation belong to the
    schema `platform`), and UnfitPayload for values that cannot be kept exactly.
    """
    schema = _history()
    if not events:
        return []
    drafts = [_draft(event) for event in events]
    with connection.cursor() as cursor:
        head = _lock_head(cursor, schema)
        recorded = _append(cursor, schema, head, drafts, actor, now)
    _tell_after_commit(schema, recorded)
    return recorded


def _history() -> str:
    if not connection.in_atomic_block:
        message = "publish() belongs inside transaction.atomic, as the last step of an action"
        raise CannotPublish(message)
    schema = current_schema()
    if schema == PUBLIC:
        message = "publish() needs a tenant's schema; facts about the installation go to the schema 'platform'"
        raise CannotPublish(message)
    return schema


def _draft(given: Event | Changed) -> Draft:
    event = given.event if isinstance(given, Changed) else given
    cls = type(event)
    payload = {name: plain(getattr(event, name)) for name in field_names(cls)}
    return Draft(
        cls=cls,
        subject=f"{cls.subject.removesuffix('_id')}:{payload[cls.subject]}",
        payload=payload,
        payload_bytes=encode(payload),
        change=_sealed(given) if isinstance(given, Changed) else None,
    )


def _sealed(change: Changed) -> SealedChange:
    before, after = encode(plain(change.before)), encode(plain(change.after))
    salt = secrets.token_bytes(16)
    return SealedChange(before, after, salt, change_hash(salt, before, after))


def _lock_head(cursor: CursorWrapper, schema: str) -> Head:
    cursor.execute(LOCK_HEAD, [schema])
    head = cursor.fetchone()
    if head is None:
        cursor.execute(OPEN_HISTORY, [schema, GENESIS])
        cursor.execute(LOCK_HEAD, [schema])
        head = cursor.fetchone()
    return Head(head[0], bytes(head[1]))


def _append(
    cursor: CursorWrapper, schema: str, head: Head, drafts: Sequence[Draft], actor: Actor, now: datetime | None
) -> list[Recorded]:
    recorded_at = clocks.now()
    recorded = [
        Recorded(
            seq=seq,
            type=draft.cls.type,
            version=draft.cls.version,
            subject=draft.subject,
            actor=actor,
            payload=draft.payload,
            occurred_at=now or recorded_at,
            recorded_at=recorded_at,
            correlation_id=correlation_id.get(),
            cause=current_cause(),
        )
        for seq, draft in enumerate(drafts, head.seq + 1)
    ]
    hashes = _hashes(head.hash, recorded, drafts)
    cursor.execute(_sql(APPEND, schema), _columns(schema, recorded, drafts, [head.hash, *hashes]))
    _keep_changes(cursor, schema, recorded, drafts)
    return recorded


def _hashes(previous: bytes, recorded: Sequence[Recorded], drafts: Sequence[Draft]) -> list[bytes]:
    hashes = []
    for event, draft in zip(recorded, drafts, strict=True):
        previous = link(previous, event, draft.payload_bytes, draft.change.hash if draft.change else None)
        hashes.append(previous)
    return hashes


def _columns(
    schema: str, recorded: Sequence[Recorded], drafts: Sequence[Draft], chain: Sequence[bytes]
) -> dict[str, Any]:
    """Return the parameters of APPEND; `chain` starts with the old head, so event n links n to n + 1."""
    first = recorded[0]
    return {
        "schema": schema,
        "channel": WAKE_UP,
        "events": orjson.dumps(_rows(recorded, drafts, chain)).decode(),
        "head_seq": recorded[-1].seq,
        "head_hash": chain[-1],
        "actor_kind": first.actor.kind,
        "actor_id": first.actor.id,
        "occurred_at": first.occurred_at,
        "recorded_at": first.recorded_at,
        "correlation_id": first.correlation_id,
        "cause": first.cause,
    }


def _rows(recorded: Sequence[Recorded], drafts: Sequence[Draft], chain: Sequence[bytes]) -> list[dict[str, Any]]:
    """Return what differs from event to event; as one JSON value it costs a tenth of as many arrays."""
    return [
        {
            "seq": event.seq,
            "type": event.type,
            "version": event.version,
            "subject": event.subject,
            "payload": orjson.Fragment(draft.payload_bytes),
            "change_hash": draft.change.hash.hex() if draft.change else None,
            "prev_hash": before.hex(),
            "hash": own.hex(),
        }
        for event, draft, before, own in zip(recorded, drafts, chain, chain[1:], strict=False)
    ]


def _keep_changes(cursor: CursorWrapper, schema: str, recorded: Sequence[Recorded], drafts: Sequence[Draft]) -> None:
    kept = [(event, draft.change) for event, draft in zip(recorded, drafts, strict=True) if draft.change]
    if kept:
        columns: dict[str, Any] = {
            "seq": [event.seq for event, _change in kept],
            "subject": [event.subject for event, _change in kept],
            "salt": [change.salt for _event, change in kept],
            "before": [change.before.decode() for _event, change in kept],
            "after": [change.after.decode() for _event, change in kept],
        }
        cursor.execute(_sql(KEEP_CHANGES, schema), columns)


@lru_cache(maxsize=4096)
def _sql(statement: str, schema: str) -> str:
    # The tables are named with their schema, so that a stale search path can never write another tenant's history.
    return statement.format(schema=connection.ops.quote_name(schema).replace("%", "%%"))


def _tell_after_commit(schema: str, recorded: Sequence[Recorded]) -> None:
    def tell() -> None:  # Django logs a robust callback's failure by its __qualname__, which a partial has not
        for callback in published:
            callback(schema, recorded)

    transaction.on_commit(tell, robust=True)
