"""Making schemas, and bringing those that lag behind the code up to date."""

from collections.abc import Iterable, Sequence

import structlog
from django.core.management import call_command
from django.db import connection
from django_tenants.utils import schema_exists

from kernel.tenancy import PLATFORM, PUBLIC, require_schema_name, tenant_context
from tenants import blueprint
from tenants.blueprint import TEMPLATE, NoDump
from tenants.enums import TenantStatus
from tenants.models import Tenant

log = structlog.get_logger(__name__)

WITH_HISTORY = """
    SELECT nspname FROM pg_namespace JOIN pg_class ON relnamespace = pg_namespace.oid
    WHERE relname = 'django_migrations' AND nspname = ANY(%s)
"""
LAGS = """
    SELECT {name} WHERE (
        SELECT count(DISTINCT (applied.app, applied.name)) FROM {schema}.django_migrations AS applied
        JOIN known ON known.app = applied.app AND known.name = applied.name
    ) < (SELECT count(*) FROM known)
"""


def schema_name_for(slug: str) -> str:
    """Return the schema of a tenant; the prefix keeps every slug clear of PostgreSQL's and our own names."""
    return require_schema_name("t_" + slug.replace("-", "_"))


def create_schema(schema: str) -> None:
    """Make an empty tenant schema inside the caller's transaction: 0.1 s by replay.

    Without a blueprint the migrations run one by one, which takes seconds and is said in the log.
    """
    with tenant_context(PUBLIC):
        script = blueprint.script_for(schema)
        if script is None:
            log.warning("no blueprint, running all migrations", schema=schema)
            _create_by_migrations(schema)
            return
        with connection.cursor() as cursor:
            cursor.execute(script)


def _create_by_migrations(schema: str) -> None:
    _create_empty(schema)
    migrate(schema)


def _create_empty(schema: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE SCHEMA {connection.ops.quote_name(require_schema_name(schema))}")


def drop_schema(schema: str) -> None:
    """Delete a schema with all it holds, inside the caller's transaction."""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP SCHEMA {connection.ops.quote_name(require_schema_name(schema))} CASCADE")


def migrate(schema: str) -> None:
    """Run the migrations a schema lacks, with django-tenants' own command."""
    call_command("migrate_schemas", schema_name=schema, interactive=False, verbosity=0)


def lagging(schemas: Iterable[str]) -> list[str]:
    """Return those of `schemas` that lack a migration of this code, sorted; two statements however many there are."""
    wanted = sorted(set(schemas))
    with connection.cursor() as cursor:
        cursor.execute(WITH_HISTORY, [wanted])
        dated = {row[0] for row in cursor.fetchall()}
        behind = set(wanted) - dated
        if dated:
            cursor.execute(_lag_statement(sorted(dated)), _known_columns())
            behind |= {row[0] for row in cursor.fetchall()}
    return sorted(behind)


def _lag_statement(schemas: Sequence[str]) -> str:
    parts = [
        LAGS.format(name=f"'{require_schema_name(schema)}'", schema=connection.ops.quote_name(schema))
        for schema in schemas
    ]
    known = "WITH known AS MATERIALIZED (SELECT * FROM unnest(%s::text[], %s::text[]) AS known (app, name))"
    return known + " UNION ALL ".join(parts)


def _known_columns() -> list[list[str]]:
    known = sorted(blueprint.known_migrations())
    return [[app for app, _name in known], [name for _app, name in known]]


def prepare() -> list[str]:
    """Bring the whole database up to this code: public, template, platform, every tenant. Returns what was done.

    Safe to run again and again; when nothing lags it costs a few statements. One at a time: the caller holds a lock.
    """
    done = [*_migrate_lagging([PUBLIC]), *_prepare_template()]
    if not schema_exists(PLATFORM):
        create_schema(PLATFORM)
        done.append(f"created {PLATFORM}")
    present, missing = _tenant_schemas()
    for schema in missing:
        log.error("the tenant has no schema", schema=schema)
    return [*done, *_migrate_lagging([PLATFORM, *present])]


def _prepare_template() -> list[str]:
    done: list[str] = []
    if not schema_exists(TEMPLATE):
        _create_empty(TEMPLATE)
        done.append(f"created {TEMPLATE}")
    done += _migrate_lagging([TEMPLATE])
    try:
        return [*done, "dumped the blueprint"] if blueprint.renew() else done
    except NoDump as lack:
        log.warning("no blueprint: new tenants will take seconds", reason=str(lack))
        return done


def _migrate_lagging(schemas: Iterable[str]) -> list[str]:
    behind = lagging(schemas)
    for schema in behind:
        migrate(schema)
    return [f"migrated {schema}" for schema in behind]


def _tenant_schemas() -> tuple[list[str], list[str]]:
    """Return the schemas of tenants that have not left: those that exist, and those that should."""
    rows = Tenant.objects.exclude(status=TenantStatus.CLOSED).values_list("schema_name", flat=True)
    wanted = sorted(rows)
    with connection.cursor() as cursor:
        cursor.execute("SELECT nspname FROM pg_namespace WHERE nspname = ANY(%s)", [wanted])
        present = {row[0] for row in cursor.fetchall()}
    return sorted(present), [schema for schema in wanted if schema not in present]
