"""Taking deliveries from the inbox, each by one worker at a time."""

from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Self

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from ingest.types import Claimed
from kernel import clocks

TAKE = """
    SELECT d.id, d.vendor, d.app_id, app.tenant_id, d.body, d.received_at
    FROM public.ingest_delivery AS d JOIN public.ingest_vendorapp AS app ON app.id = d.app_id
    WHERE d.done_at IS NULL
    ORDER BY d.id LIMIT %s
    FOR UPDATE OF d SKIP LOCKED
"""
FINISH = "UPDATE public.ingest_delivery SET done_at = %s WHERE id = ANY(%s)"


def _claimed(row: tuple[Any, ...]) -> Claimed:
    number, vendor, app_id, tenant_id, body, received_at = row
    return Claimed(number, vendor, app_id, tenant_id, bytes(body), received_at)


class Claims:
    """Row locks on a connection of their own, so that tenants can commit one by one while a batch is handed down.

    When the process dies the locks go with it and another worker has the same deliveries at once: handing down twice
    is harmless, losing is not possible.
    """

    def __init__(self) -> None:
        self._connection: BaseDatabaseWrapper = connections.create_connection(DEFAULT_DB_ALIAS)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()

    @contextmanager
    def take(self, limit: int) -> Iterator[list[Claimed]]:
        """Lend the oldest waiting deliveries; they are done when the block ends well, and free again when it fails."""
        own = self._connection
        own.close_if_unusable_or_obsolete()
        own.set_autocommit(False)
        try:
            with own.cursor() as cursor:
                cursor.execute(TAKE, [limit])
                taken = [_claimed(row) for row in cursor.fetchall()]
                yield taken
                cursor.execute(FINISH, [clocks.now(), [delivery.id for delivery in taken]])
            own.commit()
        except BaseException:
            own.rollback()
            raise
        finally:
            own.set_autocommit(True)
