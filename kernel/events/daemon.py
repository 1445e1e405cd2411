"""The dispatcher daemon: sleeps until a commit notifies it, then hands that tenant's events to their subscribers."""

import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import structlog
from django.db import DatabaseError, close_old_connections, connection

from kernel.events.cursors import schemas_with_work
from kernel.events.dispatch import Round, drain
from kernel.events.publishing import WAKE_UP

log = structlog.get_logger(__name__)

SWEEP_EVERY = 60.0
"""Seconds between looks at all anchors: what a lost notification or a crash left behind is found by then."""
NAP = 1.0
"""Seconds the daemon waits for a notification before it looks at its clock."""
BUSY_RETRY = 1.0
"""Seconds until a tenant is tried again that another dispatcher holds."""
OUTAGE_RETRY = 5.0
"""Seconds until a tenant is tried again whose subscribers met an outage."""
LOCK = "SELECT pg_try_advisory_lock(hashtextextended('redress.events:' || %s, 0))"
WAIT_FOR_LOCK = "SELECT pg_advisory_lock(hashtextextended('redress.events:' || %s, 0))"
UNLOCK = "SELECT pg_advisory_unlock(hashtextextended('redress.events:' || %s, 0))"


def own_connection() -> psycopg.Connection[tuple[Any, ...]]:
    """Open a database connection outside Django's, for listening and for locks that outlive a transaction."""
    parameters = connection.get_connection_params()
    parameters.pop("cursor_factory", None)
    parameters.pop("context", None)
    return psycopg.connect(**parameters, autocommit=True, application_name="redress-events")


@contextmanager
def dispatch_lock(own: psycopg.Connection[tuple[Any, ...]], schema: str, *, wait: bool = False) -> Iterator[bool]:
    """Hold the right to dispatch one schema; yields False when somebody else has it and `wait` is not set."""
    row = own.execute(WAIT_FOR_LOCK if wait else LOCK, [schema]).fetchone()
    held = wait or bool(row and row[0])
    try:
        yield held
    finally:
        if held and not own.closed:
            own.execute(UNLOCK, [schema])


class Dispatcher:
    """Drains tenants as they are notified. Several may run: a lock per tenant decides who takes it."""

    def __init__(self, *, alive: Callable[[], None] = lambda: None) -> None:
        self._alive = alive
        self._stopping = False
        self._waiting: deque[str] = deque()
        self._later: dict[str, float] = {}
        self._next_sweep = 0.0

    def stop(self) -> None:
        """Finish the batch in hand and return from `run`; safe in a signal handler."""
        self._stopping = True

    def run(self) -> None:
        """Dispatch until `stop`; a lost database connection is opened again, and everything is looked at anew."""
        while not self._stopping:
            try:
                with own_connection() as own:
                    self._serve(own)
            except (psycopg.OperationalError, DatabaseError) as problem:
                log.warning("database lost", reason=str(problem).partition("\n")[0])
                time.sleep(BUSY_RETRY)

    def _serve(self, own: psycopg.Connection[tuple[Any, ...]]) -> None:
        own.execute(f"LISTEN {WAKE_UP}")
        self._sweep(all_of_them=True)  # a subscriber that is new in this release has work where none is marked
        while not self._stopping:
            self._alive()
            self._hear(own)
            if time.monotonic() >= self._next_sweep:
                self._sweep()
            self._work(own)

    def _hear(self, own: psycopg.Connection[tuple[Any, ...]]) -> None:
        for notification in own.notifies(timeout=0 if self._waiting else NAP, stop_after=1):
            self._enqueue(notification.payload)
        tick = time.monotonic()
        for schema in [schema for schema, due in self._later.items() if due <= tick]:
            del self._later[schema]
            self._enqueue(schema)

    def _enqueue(self, schema: str) -> None:
        if schema not in self._waiting:
            self._waiting.append(schema)

    def _sweep(self, *, all_of_them: bool = False) -> None:
        close_old_connections()
        for schema in schemas_with_work(all_of_them=all_of_them):
            self._enqueue(schema)
        self._next_sweep = time.monotonic() + SWEEP_EVERY

    def _work(self, own: psycopg.Connection[tuple[Any, ...]]) -> None:
        """Take one turn with the tenant that waited longest, so that a busy one cannot starve the others."""
        if not self._waiting:
            return
        schema = self._waiting.popleft()
        with dispatch_lock(own, schema) as mine:
            if not mine:
                self._later[schema] = time.monotonic() + BUSY_RETRY
                return
            done = self._drain(schema)
        if done.outage:
            self._later[schema] = time.monotonic() + OUTAGE_RETRY
        elif done.more:
            self._enqueue(schema)

    def _drain(self, schema: str) -> Round:
        try:
            return drain(schema, stop=lambda: self._stopping)
        except DatabaseError as problem:  # this tenant's trouble must not stop the others
            log.exception("tenant not dispatched", tenant=schema)
            close_old_connections()
            return Round(outage=type(problem).__name__)
