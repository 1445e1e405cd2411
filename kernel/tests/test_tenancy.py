import ast
import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
from django.conf import settings
from django.core.cache import cache
from django.core.exceptions import SynchronousOnlyOperation
from django.db import DatabaseError, connection, connections, transaction
from django.db.backends.postgresql.base import DatabaseWrapper as DjangoWrapper
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from kernel.actors import SYSTEM
from kernel.pooling import pool_options
from kernel.tenancy import (
    PLATFORM,
    PUBLIC,
    BadSchemaError,
    cache_key,
    current_schema,
    each_active_schema,
    in_tenant,
    require_schema_name,
    tenant_context,
)
from team.models import Member
from tenants import actions
from tenants.models import Tenant
from tests.cast import Stage

Stages = Callable[[str], Stage]


def people() -> set[str]:
    return set(Member.objects.values_list("email", flat=True))


def people_of(stage: Stage) -> set[str]:
    return {member.email for member in stage.members.values()}


@pytest.fixture
def two(committed: Stages) -> tuple[Stage, Stage]:
    return committed("one"), committed("two")


@pytest.fixture
def _closed_afterwards() -> Iterator[None]:
    yield
    connections.close_all()


def test_contexts_nest_and_restore(northside: Stage, harbor: Stage) -> None:
    assert current_schema() == northside.schema
    with harbor.inside():
        assert current_schema() == harbor.schema
        with tenant_context(PUBLIC):
            assert current_schema() == PUBLIC
        assert people() == people_of(harbor)
    assert current_schema() == northside.schema
    assert people() == people_of(northside)


def test_context_restores_after_an_exception(northside: Stage, harbor: Stage) -> None:
    with pytest.raises(ZeroDivisionError), harbor.inside():
        _ = 1 / 0
    assert current_schema() == northside.schema


def test_context_of_the_same_schema_sends_nothing(northside: Stage) -> None:
    people()
    with CaptureQueriesContext(connection) as captured, northside.inside():
        people()
    assert [query["sql"].split()[0] for query in captured] == ["SELECT"]


@pytest.mark.parametrize("name", ["", "pg_catalog", "T_x", "a-b", 'x"; DROP SCHEMA public; --', "x" * 64, "1a", "a\n"])
def test_impossible_names_are_refused_and_change_nothing(northside: Stage, name: str) -> None:
    with pytest.raises(BadSchemaError), tenant_context(name):
        pytest.fail("entered an impossible schema")
    assert current_schema() == northside.schema


@given(st.from_regex(r"[a-z][a-z0-9_]{0,62}", fullmatch=True))
def test_names_we_give_are_accepted(name: str) -> None:
    if name.startswith("pg_"):
        with pytest.raises(BadSchemaError):
            require_schema_name(name)
    else:
        assert require_schema_name(name) == name


def test_threads_that_interleave_stay_apart(two: tuple[Stage, Stage]) -> None:
    meet = Barrier(2, timeout=20)

    def look(stage: Stage) -> list[set[str]]:
        seen = []
        try:
            for _round in range(10):
                meet.wait()
                with stage.inside():
                    meet.wait()  # both are inside now
                    seen.append(people())
                    meet.wait()
                assert current_schema() == PUBLIC
        finally:
            connections.close_all()
        return seen

    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(look, two))
    assert answers == [[people_of(stage)] * 10 for stage in two]


def test_consumers_of_one_event_loop_stay_apart(two: tuple[Stage, Stage]) -> None:
    async def look() -> list[set[str]]:
        return list(await asyncio.gather(*[in_tenant(stage.schema, people) for stage in two * 20]))

    assert asyncio.run(look()) == [people_of(stage) for stage in two * 20]


def test_in_tenant_leaves_its_thread_in_public(two: tuple[Stage, Stage]) -> None:
    async def look() -> set[str]:
        for stage in two * 4:
            await in_tenant(stage.schema, people)
        return {await in_tenant(PUBLIC, current_schema) for _call in range(8)}

    assert asyncio.run(look()) == {PUBLIC}


def test_in_tenant_hands_exceptions_and_arguments_over(two: tuple[Stage, Stage]) -> None:
    def divide(number: int, *, by: int) -> float:
        return number / by

    assert asyncio.run(_await(in_tenant(two[0].schema, divide, 6, by=3))) == 2.0
    with pytest.raises(ZeroDivisionError):
        asyncio.run(_await(in_tenant(two[0].schema, divide, 6, by=0)))


async def _await(call: object) -> object:
    return await call  # type: ignore[misc]


def test_context_is_refused_in_a_coroutine(northside: Stage, harbor: Stage) -> None:
    async def enter() -> None:
        with harbor.inside():
            pytest.fail("entered in a coroutine")

    with pytest.raises(SynchronousOnlyOperation, match="in_tenant"):
        asyncio.run(enter())
    assert current_schema() == northside.schema


def test_lazy_queryset_runs_where_it_is_evaluated(northside: Stage, harbor: Stage) -> None:
    with harbor.inside():
        lazy = Member.objects.values_list("email", flat=True)
        evaluated = list(lazy)
    assert set(evaluated) == people_of(harbor)
    assert set(lazy.all()) == people_of(northside)  # the trap: made in harbor, evaluated in northside


def test_path_is_right_after_a_rollback(two: tuple[Stage, Stage]) -> None:
    assert settings.TENANT_LIMIT_SET_CALLS
    one, other = two
    with one.inside():
        assert people() == people_of(one)
        with pytest.raises(ZeroDivisionError):
            _look_and_fail(other)
        assert people() == people_of(one)


@transaction.atomic
def _look_and_fail(stage: Stage) -> None:
    with stage.inside():
        assert people() == people_of(stage)
    raise ZeroDivisionError


def test_path_is_right_after_a_savepoint_rollback(two: tuple[Stage, Stage]) -> None:
    one, other = two
    with one.inside(), transaction.atomic():
        assert people() == people_of(one)
        with other.inside():
            with pytest.raises(DatabaseError):
                _look_and_break(other)
            assert people() == people_of(other)
        assert people() == people_of(one)


@transaction.atomic
def _look_and_break(stage: Stage) -> None:
    assert people() == people_of(stage)
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 / 0")


def test_one_transaction_writes_to_two_schemas_or_to_none(two: tuple[Stage, Stage]) -> None:
    with pytest.raises(ZeroDivisionError):
        _change_and_fail(two)
    for stage in two:
        with stage.inside():
            assert not Member.objects.filter(name="Changed").exists()


@transaction.atomic
def _change_and_fail(stages: tuple[Stage, Stage]) -> None:
    for stage in stages:
        with stage.inside():
            assert Member.objects.update(name="Changed") == len(stage.members)
    raise ZeroDivisionError


@pytest.mark.usefixtures("_closed_afterwards")
def test_pooled_connection_forgets_its_tenant(two: tuple[Stage, Stage], monkeypatch: pytest.MonkeyPatch) -> None:
    pooled = connection.copy()
    pooled.settings_dict["CONN_MAX_AGE"] = 0
    pooled.settings_dict["OPTIONS"] = {**pooled.settings_dict["OPTIONS"], "pool": {**pool_options(1), "min_size": 1}}
    monkeypatch.setattr(DjangoWrapper, "_connection_pools", {})
    try:
        for stage in two:
            pooled.set_schema(stage.schema)  # type: ignore[attr-defined]
            with pooled.cursor() as cursor:
                cursor.execute("SELECT email FROM team_member")
                assert {row[0] for row in cursor.fetchall()} == people_of(stage)
            pooled.close()
            with pooled.pool.connection() as raw:  # type: ignore[attr-defined]
                assert raw.execute("SHOW search_path").fetchone()[0] == '""'
    finally:
        pooled.close()
        pooled.close_pool()  # type: ignore[attr-defined]


def test_missing_tenant_table_is_not_found_in_public(northside: Stage, harbor: Stage) -> None:
    with pytest.raises(DatabaseError), transaction.atomic(), tenant_context(PUBLIC):
        people()
    assert people() == people_of(northside)
    assert harbor.schema != northside.schema


def test_cache_keys_carry_the_schema(northside: Stage, harbor: Stage) -> None:
    assert cache_key("k", "p", 1) == f"p:{northside.schema}:1:k"
    cache.set("k", "of northside")
    with harbor.inside():
        assert cache.get("k") is None
        cache.set("k", "of harbor")
    assert cache.get("k") == "of northside"


def test_each_active_schema_is_complete_while_the_caller_changes_schemas(northside: Stage, harbor: Stage) -> None:
    seen = []
    for schema in each_active_schema():
        with tenant_context(schema):
            seen.append(schema)
    assert seen == sorted([northside.schema, harbor.schema])
    assert PLATFORM not in seen


def test_each_active_schema_leaves_out_suspended_and_closed_tenants(northside: Stage, harbor: Stage) -> None:
    actions.suspend_tenant(tenant_id=northside.tenant.id, reason="unpaid", actor=SYSTEM)
    assert list(each_active_schema()) == [harbor.schema]
    actions.close_tenant(tenant_id=harbor.tenant.id, reason="leaving", actor=SYSTEM)
    assert list(each_active_schema()) == [harbor.schema]
    actions.end_tenant(tenant_id=harbor.tenant.id, actor=SYSTEM)
    assert list(each_active_schema()) == []


def test_with_tenant_is_refused_where_it_happens(northside: Stage) -> None:
    row = Tenant.objects.get(slug="northside")
    with pytest.raises(TypeError, match="not thread-safe"), row:
        pytest.fail("entered")
    with pytest.raises(TypeError, match="not thread-safe"):
        row.activate()
    assert current_schema() == northside.schema


def test_no_code_says_with_tenant() -> None:
    found = [f"{path}:{line}" for path in _our_files() for line in _with_tenant_lines(path.read_text(encoding="utf-8"))]
    assert found == []


@pytest.mark.parametrize(
    "code",
    ["with tenant:\n    pass", "with request.tenant as t:\n    pass", "with a(), Tenant.objects.get(id=1):\n    pass"],
)
def test_the_search_for_with_tenant_finds_it(code: str) -> None:
    assert _with_tenant_lines(code) == [1]


def test_the_search_for_with_tenant_passes_what_is_fine() -> None:
    assert _with_tenant_lines("with tenant_context(tenant.schema_name), open(x):\n    pass") == []


def _our_files() -> Iterator[Path]:
    for app in [*settings.SHARED_APPS, *settings.TENANT_APPS, "config", "kernel", "tests"]:
        folder = settings.BASE_DIR / app.replace(".", "/")
        if folder.is_dir():
            yield from folder.rglob("*.py")


def _with_tenant_lines(code: str) -> list[int]:
    nodes = [node for node in ast.walk(ast.parse(code)) if isinstance(node, ast.With | ast.AsyncWith)]
    return [node.lineno for node in nodes if any(_is_tenant(item.context_expr) for item in node.items)]


def _is_tenant(node: ast.expr) -> bool:
    if isinstance(node, ast.Call):  # Tenant.objects.get(...), but not tenant_context(...)
        return isinstance(node.func, ast.Attribute) and any(
            isinstance(part, ast.Name) and part.id == "Tenant" for part in ast.walk(node.func)
        )
    name = node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
    return name.lower() == "tenant"
