"""Checks of the settings that keep tenants apart. `manage.py prepare` runs them all, with the database."""

from collections.abc import Callable, Iterable
from typing import Any, Final
from uuid import uuid4

import psycopg
import structlog
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import connections

from kernel.pooling import forget_tenant

Connect = Callable[[], "psycopg.Connection[Any]"]

BACKEND: Final = "django_tenants.postgresql_backend"
KEY_FUNCTION: Final = "kernel.tenancy.cache_key"

log = structlog.get_logger(__name__)


@register(Tags.security)
def check_settings(**_options: Any) -> list[CheckMessage]:  # noqa: ANN401 - Django's signature
    """Refuse settings under which one tenant could see another's data."""
    return [
        *_databases(),
        *_caches(),
        *_apps(),
        *_cookies(),
    ]


def _databases() -> Iterable[CheckMessage]:
    for alias, database in settings.DATABASES.items():
        if database["ENGINE"] != BACKEND:
            yield Error(f"Database {alias!r} does not set the tenant's schema: use {BACKEND}.", id="tenancy.E001")
        pool = database.get("OPTIONS", {}).get("pool")
        reset = pool.get("reset") if isinstance(pool, dict) else None
        if pool and reset is not forget_tenant:
            yield Error(
                f"Connections of {alias!r} keep the last tenant's schema in the pool.",
                hint="Build the pool's options with kernel.pooling.pool_options().",
                id="tenancy.E002",
            )
    if getattr(settings, "PG_EXTRA_SEARCH_PATHS", []):
        yield Error("PG_EXTRA_SEARCH_PATHS lets a missing tenant table be found elsewhere.", id="tenancy.E003")


def _caches() -> Iterable[CheckMessage]:
    for alias, cache in settings.CACHES.items():
        if cache.get("KEY_FUNCTION") != KEY_FUNCTION:
            yield Error(f"Keys of cache {alias!r} do not carry the tenant: use {KEY_FUNCTION}.", id="tenancy.E004")


def _apps() -> Iterable[CheckMessage]:
    both = sorted(set(settings.SHARED_APPS) & set(settings.TENANT_APPS))
    if both:
        yield Error(
            f"{', '.join(both)}: public and in tenants. A missing tenant table would be read from public.",
            id="tenancy.E005",
        )


def _cookies() -> Iterable[CheckMessage]:
    for name in ("SESSION_COOKIE_DOMAIN", "CSRF_COOKIE_DOMAIN"):
        if getattr(settings, name) is not None:
            yield Error(f"{name} would send one tenant's cookie to another's host.", id="tenancy.E006")


@register(Tags.database)
def check_pooler(databases: Iterable[str] | None = None, **_options: Any) -> list[CheckMessage]:  # noqa: ANN401 - see above
    """Refuse a pooler between us and PostgreSQL that shares sessions, or moves us from one to another."""
    return [problem for alias in databases or [] if (problem := _pooler_problem(alias)) is not None]


def refuse_unsafe_pooler() -> None:
    """End a process at its start when a pooler makes its database unsafe. Raises SystemExit with one line.

    A database that does not answer yet refuses nobody: readiness says that, and sessions are met there later.
    """
    try:
        problems = check_pooler(databases=list(settings.DATABASES))
    except psycopg.OperationalError as away:
        log.warning("sessions not examined", reason=str(away).partition("\n")[0])
        return
    for problem in problems:
        message = f"{problem.msg} {problem.hint}"
        raise SystemExit(message)


def _pooler_problem(alias: str) -> CheckMessage | None:
    def connect() -> "psycopg.Connection[Any]":
        return _connect(alias)

    hint = "Run PgBouncer in session mode, or without any: processes keep pools of their own."
    if session_leaks(connect):
        sentence = f"Something between us and database {alias!r} shares sessions, so a query can run in another tenant."
        return Error(sentence, hint=hint, id="tenancy.E007")
    if session_moves(connect):
        sentence = (
            f"Something between us and database {alias!r} moves us between sessions, so locks and LISTEN get lost."
        )
        return Error(sentence, hint=hint, id="tenancy.E008")
    return None


def session_moves(connect: Connect) -> bool:
    """Tell whether a connection changes its server session when another one is busy. Ask `session_leaks` first."""
    with connect() as first, connect() as second:
        home = _server_process(first)
        with second.transaction():
            _server_process(second)
            return _server_process(first) != home


def _server_process(connection: "psycopg.Connection[Any]") -> int:
    row = connection.execute("SELECT pg_backend_pid()").fetchone()
    return int(row[0]) if row else 0


def session_leaks(connect: Connect) -> bool:
    """Tell whether two connections can meet in one server session, by leaving a mark in the search path of the first.

    A pooler in transaction mode hands the second the session in which the first has just left its mark.
    """
    mark = f"tenancy_probe_{uuid4().hex}"
    with connect() as first, connect() as second:
        first.execute(f"SET search_path = {mark}")
        seen = second.execute("SHOW search_path").fetchone()
        first.execute("SET search_path = ''")
        return bool(seen and mark in seen[0])


def _connect(alias: str) -> "psycopg.Connection[Any]":
    parameters = connections[alias].get_connection_params()
    for ours in ("cursor_factory", "context"):
        parameters.pop(ours, None)
    return psycopg.connect(**parameters, autocommit=True, application_name="redress-check")
