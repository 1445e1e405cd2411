"""How long a new tenant takes: its schema, its owner, its history."""

import time
from uuid import uuid4

from django.db import connection

from bench.results import Result
from bench.stack import Stack
from bench.wire import Size
from kernel.actors import SYSTEM
from kernel.tenancy import PUBLIC, tenant_context
from tenants import actions, blueprint, schemas
from tenants.models import Tenant, User

TIMES = 5


def _create() -> float:
    slug = f"bench-{uuid4().hex[:8]}"
    started = time.perf_counter()
    made = actions.create_tenant(slug=slug, name="Bench", owner_email=f"{slug}@bench.example", actor=SYSTEM)
    spent = time.perf_counter() - started
    with tenant_context(PUBLIC):
        schemas.drop_schema(made.schema_name)
        Tenant.objects.filter(id=made.id).delete()
        User.objects.filter(email=f"{slug}@bench.example").delete()
    return spent


def _replay() -> float:
    """Return the seconds PostgreSQL needs for the bare DDL."""
    schema = f"t_bench_{uuid4().hex[:8]}"
    script = blueprint.script_for(schema)
    if script is None:
        message = "there is no blueprint: run manage.py prepare"
        raise RuntimeError(message)
    started = time.perf_counter()
    with connection.cursor() as cursor:
        cursor.execute(script)
    spent = time.perf_counter() - started
    schemas.drop_schema(schema)
    return spent


def run(stack: Stack, size: Size) -> list[Result]:
    """Measure the median of a few creations beside the bare DDL."""
    stack.only()
    times = size.of(TIMES, 2)
    limits = sorted(_replay() for _turn in range(times))
    spent = sorted(_create() for _turn in range(times))
    return [Result("tenant created, median", spent[times // 2] * 1000, "ms", limits[times // 2] * 1000, 500)]
