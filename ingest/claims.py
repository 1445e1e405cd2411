"""Taking deliveries from the inbox, each by one worker at a time."""

from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Self

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper

from ingest.types import Claimed
from kernel import clocks

TAKE = """
    WITH RECURSIVE waiting AS (
        (SELECT min(lane) AS lane FROM public.ingest_delivery WHERE done_at IS NULL)
        UNION ALL
        SELECT (SELECT min(lane) FROM public.ingest_delivery WHERE done_at IS NULL AND lane > waiting.lane)
        FROM waiting WHERE waiting.lane IS NOT NULL
    ), lanes AS (
        SELECT lane, coalesce(route.tenant_id::text, lane) AS owner,
               row_number() OVER (ORDER BY lane <= %(after)s, lane) AS place
        FROM waiting LEFT JOIN public.tenants_channelroute AS route ON route.address = waiting.lane
        WHERE lane IS NOT NULL
        ORDER BY place LIMIT %(limit)s
    ), shares AS (
        SELECT lane, place, greatest(1, least(%(most)s, %(limit)s / (SELECT count(DISTINCT owner) FROM lanes))
                                 / count(*) OVER (PARTITION BY owner)) AS share
        FROM lanes
    )
    SELECT taken.id, taken.vendor, taken.app_id, taken.tenant_id, taken.body, taken.received_at,
           shares.place, shares.lane
    FROM shares CROSS JOIN LATERAL (
        SELECT d.id, d.vendor, d.app_id, app.tenant_id, d.body, d.received_at
        FROM public.ingest_delivery AS d JOIN public.ingest_vendorapp AS app ON app.id = d.app_id
        WHERE d.done_at IS NULL AND d.lane = shares.lane
        ORDER BY d.id LIMIT shares.share
        FOR UPDATE OF d SKIP LOCKED
    ) AS taken
"""
"""Everybody who waits gets an equal share of a batch, and a batch of one owner is kept short, because it is what
somebody else may have to wait for. More owners than a batch has room for take turns: it goes on `after` the last."""
MOST_OF_ONE = 250
FINISH = "UPDATE public.ingest_delivery SET done_at = %s WHERE id = ANY(%s)"


def _claimed(row: tuple[Any, ...]) -> Claimed:
    number, vendor, app_id, tenant_id, body, received_at, _place, _lane = row
    return Claimed(number, vendor, app_id, tenant_id, bytes(body), received_at)


class Claims:
    """Row locks on a connection of their own, so that tenants can commit one by one while a batch is handed down.

    When the process dies the locks go with it and another worker has the same deliveries at once: handing down twice
    is harmless, losing is not possible.
    """

    def __init__(self) -> None:
        self._connection: BaseDatabaseWrapper = connections.create_connection(DEFAULT_DB_ALIAS)
        self._after = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()

    @contextmanager
    def take(self, limit: int) -> Iterator[list[Claimed]]:
        """Lend the oldest deliveries of everybody who waits: done when the block ends well, free when it fails."""
        own = self._connection
        own.close_if_unusable_or_obsolete()
        own.set_autocommit(False)
        try:
            with own.cursor() as cursor:
                taken = self._take(cursor, limit)
                yield taken
                cursor.execute(FINISH, [clocks.now(), [delivery.id for delivery in taken]])
            own.commit()
        except BaseException:
            own.rollback()
            raise
        finally:
            own.set_autocommit(True)

    def _take(self, cursor: CursorWrapper, limit: int) -> list[Claimed]:
        cursor.execute(TAKE, {"limit": limit, "most": MOST_OF_ONE, "after": self._after})
        rows = cursor.fetchall()
        self._after = max((row[-2:] for row in rows), default=(0, ""))[1]
        return sorted((_claimed(row) for row in rows), key=lambda claimed: claimed.id)
