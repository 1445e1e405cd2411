"""Readiness: may this installation be given work? Each check answers with a short reason why not, or with nothing."""

from collections.abc import Callable, Iterator

import structlog
from django.db import DatabaseError, connection
from redis.exceptions import RedisError

from kernel import redis
from kernel.heartbeat import heartbeats
from kernel.tenancy import PUBLIC, each_active_schema, tenant_context
from monitoring.parts import parts
from tenants.schemas import lagging

log = structlog.get_logger(__name__)

NEEDED = ("ingest", "dispatcher", "worker")
"""The parts without which work is taken and not done."""

_migrated = False


def reasons() -> dict[str, str]:
    """Return what is missing, by name; empty when ready."""
    with tenant_context(PUBLIC):
        found = {name: check() for name, check in _checks().items()}
    return {name: reason for name, reason in found.items() if reason} | dict(_silent_parts(found))


def _checks() -> dict[str, Callable[[], str]]:
    return {"database": _database, "migrations": _migrations, "redis": _redis}


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as problem:
        log.warning("database does not answer", reason=str(problem))
        return "does not answer"
    return ""


def _migrations() -> str:
    """Compare every schema with the code. Once all are up to date that cannot change without a new process."""
    global _migrated  # noqa: PLW0603 - remembered for the life of the process
    if _migrated:
        return ""
    try:
        behind = lagging([PUBLIC, *each_active_schema()])
    except DatabaseError:
        return "unknown"
    _migrated = not behind
    return f"{len(behind)} schemas lag behind" if behind else ""


def _redis() -> str:
    try:
        redis.client().ping()
    except RedisError as problem:
        log.warning("Redis does not answer", reason=str(problem))
        return "does not answer"
    return ""


def _silent_parts(found: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Yield the needed parts that give no sign of life, or all of them when Redis cannot tell."""
    if found["redis"]:
        yield from ((name, "unknown") for name in NEEDED)
        return
    for part in parts(heartbeats()):
        if part.name in NEEDED and not part.alive:
            heard = "no heartbeat" if part.silent_s is None else f"no heartbeat for {part.silent_s:.0f} s"
            yield part.name, heard
