"""Reading history in the current tenant's schema."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from django.db import connection

from kernel.actors import Actor, ActorKind
from kernel.events.base import Recorded

COLUMNS = """
    seq, type, version, events_event.subject, actor_kind, actor_id, payload::text,
    occurred_at, recorded_at, correlation_id, cause
"""
AFTER = f"""
    SELECT {COLUMNS} FROM events_event WHERE seq > %s AND seq <= %s ORDER BY seq LIMIT %s
"""  # noqa: S608 - constants
OF_SUBJECT = f"""
    SELECT {COLUMNS} FROM events_event WHERE subject = %s AND occurred_at <= %s ORDER BY seq
"""  # noqa: S608 - constants
NEWEST = f"""
    SELECT * FROM (
        SELECT {COLUMNS} FROM events_event WHERE subject = %s AND type = ANY(%s) ORDER BY seq DESC LIMIT %s
    ) AS newest ORDER BY seq
"""  # noqa: S608 - constants
ONE_BY_ONE = f"SELECT {COLUMNS} FROM events_event WHERE seq = ANY(%s) ORDER BY seq"  # noqa: S608 - constants
LINKS = f"""
    SELECT {COLUMNS}, change_hash, prev_hash, hash, salt, before::text, after::text
    FROM events_event LEFT JOIN events_change USING (seq) WHERE seq > %s ORDER BY seq LIMIT %s
"""  # noqa: S608 - constants

END = 2**63 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class EventFilter:
    """What a look into history is narrowed by; empty means no narrowing."""

    before: int = END
    """Only events with a smaller seq: the last one of the page before."""
    type: str = ""
    """A name (`member.added`), or the words it begins with (`member`)."""
    actor_kind: str = ""
    actor_id: str = ""
    subject: str = ""
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class StoredChange:
    """The values before and after an event, as long as they are not erased."""

    salt: bytes
    before: dict[str, Any]
    after: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Link:
    """A stored event with its place in the chain."""

    event: Recorded
    change_hash: bytes | None
    prev_hash: bytes
    hash: bytes
    change: StoredChange | None


def head_seq(schema: str) -> int:
    """Return the seq of the newest event of a schema, 0 before the first. Works from any schema.

    A page that will resume live updates reads this before it reads anything else.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT head_seq FROM public.anchors_anchor WHERE schema_name = %s", [schema])
        row = cursor.fetchone()
    return row[0] if row else 0


def heads(schemas: Sequence[str]) -> dict[str, int]:
    """Return the newest seq of each of these schemas that has a history; one statement. Works from any schema."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT schema_name, head_seq FROM public.anchors_anchor WHERE schema_name = ANY(%s)", [list(schemas)]
        )
        return dict(cursor.fetchall())


def events_after(seq: int, *, upto: int = END, limit: int) -> list[Recorded]:
    """Return the events after `seq` up to and including `upto`, oldest first, at most `limit`."""
    return _read(AFTER, [seq, upto, limit])


def events_before(wanted: EventFilter, *, limit: int) -> list[Recorded]:
    """Return the newest events of a filter, the newest first, at most `limit`."""
    conditions = [f"{column} {sign} %s" for column, sign, _value in _narrowing(wanted)]
    values = [value for _column, _sign, value in _narrowing(wanted)]
    where = " AND ".join(conditions)
    return _read(f"SELECT {COLUMNS} FROM events_event WHERE {where} ORDER BY seq DESC LIMIT %s", [*values, limit])  # noqa: S608 - constants


def _narrowing(wanted: EventFilter) -> list[tuple[str, str, Any]]:
    found: list[tuple[str, str, Any]] = [("seq", "<", wanted.before)]
    if wanted.type:
        words = wanted.type.replace("\\", "").replace("%", "").replace("_", "\\_")
        found.append(("type || '.'", "LIKE", f"{words}.%"))
    exact = (("actor_kind", wanted.actor_kind), ("actor_id", wanted.actor_id), ("subject", wanted.subject))
    found += [(column, "=", value) for column, value in exact if value]
    if wanted.since:
        found.append(("occurred_at", ">=", wanted.since))
    if wanted.until:
        found.append(("occurred_at", "<", wanted.until))
    return found


def events_with(seqs: Iterable[int]) -> list[Recorded]:
    """Return the events with these seqs, oldest first."""
    return _read(ONE_BY_ONE, [list(seqs)])


def events_of(subject: str, *, until: datetime) -> list[Recorded]:
    """Return what happened to a subject (`conversation:<id>`) until an instant, oldest first."""
    return _read(OF_SUBJECT, [subject, until])


def newest_of(subject: str, *, types: Sequence[str], limit: int) -> list[Recorded]:
    """Return the newest events of some types about a subject, at most `limit`, oldest first."""
    return _read(NEWEST, [subject, list(types), limit])


def links(*, after: int, batch: int = 2000) -> Iterator[Link]:
    """Yield the chain after `after`, read in batches so that memory stays flat."""
    while True:
        with connection.cursor() as cursor:
            cursor.execute(LINKS, [after, batch])
            rows = cursor.fetchall()
        for row in rows:
            yield _link(row)
        if len(rows) < batch:
            return
        after = rows[-1][0]


def _link(row: Sequence[Any]) -> Link:
    *event, change_hash, prev_hash, own_hash, salt, before, after = row
    return Link(
        event=_recorded(event),
        change_hash=None if change_hash is None else bytes(change_hash),
        prev_hash=bytes(prev_hash),
        hash=bytes(own_hash),
        change=None if salt is None else StoredChange(bytes(salt), orjson.loads(before), orjson.loads(after)),
    )


def _read(statement: str, parameters: list[Any]) -> list[Recorded]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return [_recorded(row) for row in cursor.fetchall()]


def _recorded(row: Sequence[Any]) -> Recorded:
    return Recorded(
        seq=row[0],
        type=row[1],
        version=row[2],
        subject=row[3],
        actor=Actor(_kind(row[4]), row[5]),
        payload=orjson.loads(row[6]),
        occurred_at=row[7],
        recorded_at=row[8],
        correlation_id=row[9],
        cause=row[10],
    )


def _kind(word: str) -> ActorKind:
    try:
        return ActorKind(word)
    except ValueError:
        return word  # type: ignore[return-value]  # a word we do not know is either from a newer version or forged
