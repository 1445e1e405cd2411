"""Which tenant's schema the code that runs now works in, in every kind of process.

A schema belongs to a thread's database connection. Everything here sets and restores it inside one synchronous
function, because django-tenants carries it neither across threads nor across `await`. Remember that a lazy queryset
runs in the schema that is current when it is evaluated: evaluate it inside the `with`.
"""

import re
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, ParamSpec, TypeVar, cast

from channels.db import database_sync_to_async
from django.db import connection
from django.utils.asyncio import async_unsafe
from django_tenants.utils import get_tenant_model

P = ParamSpec("P")
R = TypeVar("R")

PUBLIC = "public"
"""The schema of the installation itself: tenants, people, routing, the webhook inbox."""
PLATFORM = "platform"
"""The reserved schema, shaped like a tenant's, that keeps the history of facts about the installation."""
SCHEMA_NAME = re.compile(r"(?!pg_)[a-z][a-z0-9_]{0,62}")

THREADS = 4
"""Database threads for consumers, each with a connection of its own."""

_threads = ThreadPoolExecutor(THREADS, thread_name_prefix="tenant")


class BadSchemaError(ValueError):
    """A name that can be no schema of ours; nothing was set."""


def current_schema() -> str:
    """Return the schema this thread works in: `public` or a tenant's."""
    return cast("str", connection.schema_name)  # type: ignore[attr-defined]  # django-tenants' connection


def require_schema_name(schema: str) -> str:
    """Return `schema` when it is a name we give (lower case, digits, underscores); raise BadSchemaError otherwise."""
    if not SCHEMA_NAME.fullmatch(schema):
        message = f"{schema!r} is no schema name"
        raise BadSchemaError(message)
    return schema


@contextmanager
def tenant_context(schema: str) -> Iterator[None]:
    """Work in `schema` and return to the schema before, also after an exception. Contexts nest.

    Safe in any number of threads at once: the state is the thread's own connection. Refused in a coroutine, where the
    tasks of one event loop would change it under each other's feet: use `in_tenant` there. Raises BadSchemaError for
    an impossible name; a schema that does not exist shows itself at the first statement.
    """
    previous = connection.tenant  # type: ignore[attr-defined]  # django-tenants' connection
    _enter(require_schema_name(schema))
    try:
        yield
    finally:
        if current_schema() != previous.schema_name:
            connection.set_tenant(previous)  # type: ignore[attr-defined]  # see above


@async_unsafe("Set the tenant and use the database in one synchronous function: kernel.tenancy.in_tenant().")
def _enter(schema: str) -> None:
    if current_schema() != schema:  # setting it again would send another SET
        connection.set_schema(schema)  # type: ignore[attr-defined]  # django-tenants' connection


def in_tenant(schema: str, fn: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> Awaitable[R]:
    """Run `fn` with the database in `schema`, on a thread, and give its result to the consumer that awaits this.

    Schema and function share one synchronous call, so nothing can come between them. `fn` must return values, not
    lazy querysets. Up to four calls of a process run at once; broken and aged connections are replaced around each.
    """

    def run() -> R:
        with tenant_context(schema):
            return fn(*args, **kwargs)

    call = database_sync_to_async(run, thread_sensitive=False, executor=_threads)
    return cast("Awaitable[R]", call())


def cache_key(key: str, prefix: str, version: int) -> str:
    """Return the name of a cache entry, with the schema, so that no tenant can read another's (`KEY_FUNCTION`)."""
    return f"{prefix}:{current_schema()}:{version}:{key}"


def is_at_work(schema: str) -> bool:
    """Tell whether the work of a tenant's schema goes on: it is neither suspended nor closed."""
    model: Any = get_tenant_model()
    with tenant_context(PUBLIC):
        return bool(model.objects.at_work().filter(schema_name=schema).exists())


def each_active_schema() -> Iterator[str]:
    """Yield the schemas of the tenants that are at work, for timers that look after all of them.

    The names are read before the first one is yielded: the caller changes the schema between them.
    """
    model: Any = get_tenant_model()
    with tenant_context(PUBLIC):
        names = list(model.objects.at_work().order_by("schema_name").values_list("schema_name", flat=True))
    yield from names
