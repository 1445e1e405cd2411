"""How far each subscriber has come in the current tenant, and what it could not take."""

from collections.abc import Iterable, Mapping, Sequence

from django.db import connection

from kernel import clocks
from kernel.events.base import Recorded
from kernel.events.models import Cursor, ParkedEvent

ADVANCE = """
    INSERT INTO events_cursor (subscriber, last_seq, updated_at)
    SELECT subscriber, last_seq, %s FROM unnest(%s::text[], %s::bigint[]) AS moved (subscriber, last_seq)
    ON CONFLICT (subscriber) DO UPDATE
    SET last_seq = EXCLUDED.last_seq, updated_at = EXCLUDED.updated_at
    WHERE events_cursor.last_seq < EXCLUDED.last_seq
"""
PARK = """
    INSERT INTO events_parkedevent (subscriber, seq, reason, attempts, parked_at) VALUES (%s, %s, %s, %s, %s)
    ON CONFLICT (subscriber, seq) DO UPDATE
    SET reason = EXCLUDED.reason, attempts = events_parkedevent.attempts + EXCLUDED.attempts,
        parked_at = EXCLUDED.parked_at
"""
# A publisher may hold the anchor for as long as its transaction lasts: skip it, the next round comes anyway.
MARK_DISPATCHED = """
    UPDATE public.anchors_anchor SET dispatched_seq = %s
    WHERE dispatched_seq < %s AND schema_name = (
        SELECT schema_name FROM public.anchors_anchor WHERE schema_name = %s FOR UPDATE SKIP LOCKED
    )
"""
WITH_WORK = """
    SELECT schema_name FROM public.anchors_anchor
    WHERE (dispatched_seq < head_seq OR %s) AND to_regclass(quote_ident(schema_name) || '.events_cursor') IS NOT NULL
    ORDER BY schema_name
"""


def positions(names: Iterable[str]) -> dict[str, int]:
    """Return the last seq done by each of these subscribers; 0 for one that never ran here."""
    done = dict(Cursor.objects.values_list("subscriber", "last_seq"))
    return {name: done.get(name, 0) for name in names}


def advance(moved: Mapping[str, int]) -> None:
    """Note how far subscribers have come; a cursor never goes back."""
    with connection.cursor() as cursor:
        cursor.execute(ADVANCE, [clocks.now(), list(moved), list(moved.values())])


def mark_dispatched(schema: str, seq: int) -> None:
    """Note on the anchor that every subscriber is done up to `seq`."""
    with connection.cursor() as cursor:
        cursor.execute(MARK_DISPATCHED, [seq, seq, schema])


def schemas_with_work(*, all_of_them: bool) -> list[str]:
    """Return the schemas whose histories have events not yet handled; or all, to look for new subscribers."""
    with connection.cursor() as cursor:
        cursor.execute(WITH_WORK, [all_of_them])
        return [row[0] for row in cursor.fetchall()]


def park(subscriber: str, event: Recorded, reason: str, attempts: int) -> None:
    """Set an event aside for a subscriber that cannot take it."""
    with connection.cursor() as cursor:
        cursor.execute(PARK, [subscriber, event.seq, reason[:500], attempts, clocks.now()])


def unpark(subscriber: str, seqs: Sequence[int]) -> None:
    """Forget that these events were parked: they have been handled."""
    ParkedEvent.objects.filter(subscriber=subscriber, seq__in=seqs).delete()
