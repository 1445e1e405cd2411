"""Turns: how the waiting work of many tenants is done fairly by few workers.

What waits is in the tenant's own tables. A turn is a short task of one tenant that does some of it and, when more is
there, asks for the next turn, which stands at the end of the queue behind everybody else's. At most one turn of a kind
is queued for a tenant, however much it has to do, and at most one runs at a time: a tenant with a flood of work holds
one worker, for a second, and others come in between.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection

from kernel import redis
from kernel.tenancy import current_schema

ASKED_FOR_S = 30
"""How long a turn that was asked for and never came (the broker lost it) keeps others from being asked for."""
LATER_S = 60.0
"""Turns are asked for no further ahead than this; what is due later is found by its sweep."""


def wake(task: Any, *, after_s: float = 0.0) -> bool:  # noqa: ANN401 - Celery is untyped
    """Ask for a turn of the current tenant, unless one is asked for already; tells whether it was.

    `after_s` asks for a turn later on, beside one that is asked for now. Raises RedisError.
    """
    wait = min(after_s, LATER_S)
    kept = ASKED_FOR_S if not wait else int(wait) + 1
    if not redis.client().set(_asked(task.name, later=wait > 0), 1, nx=True, ex=kept):
        return False
    if wait:
        task.apply_async(countdown=wait)
    else:
        task.delay()
    return True


@contextmanager
def turn(task: Any) -> Iterator[bool]:  # noqa: ANN401 - Celery is untyped
    """Take the turn: from here on another one may be asked for. Yields False when one of this tenant is running.

    The right is a lock of the database session, so a killed worker holds nothing. Look for work once more after it:
    whoever found the right taken counts on that.
    """
    redis.client().delete(_asked(task.name, later=False))
    name = f"redress.turn:{current_schema()}:{task.name}"
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", [name])
        mine = bool(cursor.fetchone()[0])
    try:
        yield mine
    finally:
        if mine and connection.connection is not None:  # a lost session has lost the lock too
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", [name])


def _asked(name: str, *, later: bool) -> str:
    return redis.key(current_schema(), "turn", name, *(["later"] if later else []))
