import subprocess
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from kernel.tenancy import PUBLIC, BadSchemaError, tenant_context
from tenants import blueprint, schemas
from tenants.blueprint import TEMPLATE, NoDump
from tenants.models import Blueprint
from tests.cast import Stage

CATALOG = {
    "columns": """
        SELECT c.relname || '.' || a.attname,
               row_number() OVER (PARTITION BY c.oid ORDER BY a.attnum),  -- a dropped column leaves a hole in attnum
               format_type(a.atttypid, a.atttypmod), a.attnotnull,
               pg_get_expr(d.adbin, d.adrelid), a.attidentity, a.attgenerated, c.relkind
        FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
        LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
        WHERE c.relnamespace = %s::regnamespace AND a.attnum > 0 AND NOT a.attisdropped
              AND c.relkind IN ('r', 'p', 'v', 'm')
    """,
    "indexes": "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname::regnamespace = %s::regnamespace",
    "constraints": """
        SELECT conrelid::regclass::text, conname, contype, condeferrable, condeferred, convalidated,
               pg_get_constraintdef(oid)
        FROM pg_constraint WHERE connamespace = %s::regnamespace
    """,
    "triggers": """
        SELECT tgrelid::regclass::text, tgname, tgenabled, pg_get_triggerdef(t.oid)
        FROM pg_trigger t JOIN pg_class c ON c.oid = tgrelid
        WHERE c.relnamespace = %s::regnamespace AND NOT tgisinternal
    """,
    "functions": "SELECT proname, pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace = %s::regnamespace",
    "sequences": """
        SELECT sequencename, data_type::text, start_value, min_value, max_value, increment_by, cycle
        FROM pg_sequences WHERE schemaname::regnamespace = %s::regnamespace
    """,
    "types": """
        SELECT typname, typtype FROM pg_type
        WHERE typnamespace = %s::regnamespace AND typtype IN ('e', 'd', 'r')
    """,
    "policies": "SELECT policyname, tablename, qual FROM pg_policies WHERE schemaname::regnamespace = %s::regnamespace",
}


def described(schema: str, what: str) -> list[list[str]]:
    """Return the objects of a schema with its own name taken out."""
    with tenant_context(PUBLIC), connection.cursor() as cursor:
        cursor.execute(CATALOG[what], [schema])
        rows = cursor.fetchall()
    return sorted([str(value).replace(f"{schema}.", "").replace(schema, "") for value in row] for row in rows)


@pytest.fixture
def pair(northside: Stage) -> tuple[str, str]:
    """A schema made by replay and one made by the migrations, both in a transaction that is rolled back."""
    with tenant_context(PUBLIC):
        schemas.create_schema("t_replayed")
        schemas._create_by_migrations("t_migrated")
    return "t_replayed", "t_migrated"


def test_replayed_schema_is_what_the_migrations_make(pair: tuple[str, str]) -> None:
    replayed, migrated = pair
    for what in CATALOG:
        assert described(replayed, what) == described(migrated, what), what
    for what in ("columns", "indexes", "constraints", "triggers", "functions", "sequences"):
        assert described(replayed, what), f"nothing compared: {what}"


def test_replayed_schema_knows_its_migrations_and_goes_on_counting(pair: tuple[str, str]) -> None:
    replayed, migrated = pair
    recorded = "SELECT app, name FROM {}.django_migrations ORDER BY id"
    with connection.cursor() as cursor:
        cursor.execute(recorded.format(replayed))
        of_replayed = cursor.fetchall()
        cursor.execute(recorded.format(migrated))
        assert of_replayed == cursor.fetchall()
        assert set(of_replayed) >= blueprint.known_migrations()
        cursor.execute("INSERT INTO t_replayed.django_migrations (app, name, applied) VALUES ('x', 'y', now())")
        cursor.execute("SELECT count(DISTINCT id) = count(*) FROM t_replayed.django_migrations")
        assert cursor.fetchone() == (True,)


def test_guards_of_history_work_in_a_replayed_schema(pair: tuple[str, str]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT tgrelid::regclass::text, tgfoid::regproc::text FROM pg_trigger WHERE NOT tgisinternal")
        pairs = [(table, function) for table, function in cursor.fetchall() if table.startswith("t_replayed.")]
    assert pairs
    assert all(function.startswith("t_replayed.") for _table, function in pairs)


def test_replay_leaves_the_session_as_it_was(northside: Stage) -> None:
    settings = ("search_path", "row_security", "client_min_messages", "standard_conforming_strings")
    with tenant_context(PUBLIC), connection.cursor() as cursor:
        before = [_setting(cursor, name) for name in settings]
        schemas.create_schema("t_replayed")
        assert [_setting(cursor, name) for name in settings] == before


def _setting(cursor: object, name: str) -> object:
    cursor.execute(f"SHOW {name}")  # type: ignore[attr-defined]
    return cursor.fetchone()  # type: ignore[attr-defined]


def test_script_names_no_other_schema(northside: Stage) -> None:
    script = blueprint.script_for("t_new")
    assert script is not None
    assert TEMPLATE not in script
    assert "CREATE SCHEMA t_new;" in script
    assert "set_config" not in script
    assert "\nSET " not in script


def test_script_of_an_impossible_name_is_refused(northside: Stage) -> None:
    with pytest.raises(BadSchemaError):
        blueprint.script_for('x"; DROP SCHEMA public; --')


def test_clean_takes_only_what_pg_dump_says_of_its_session() -> None:
    body = "CREATE FUNCTION f() AS $$\nUPDATE t\nSET row_count = 1;\nSET LOCAL x = 1;\n$$;"
    dump = (
        "\\restrict abc\nSET statement_timeout = 0;\nSELECT pg_catalog.set_config('search_path', '', false);\n"
        f"SET default_tablespace = '';\n{body}\n\\unrestrict abc"
    )
    assert blueprint.clean(dump) == f"SET LOCAL check_function_bodies = false;\n{body}"


def test_renew_dumps_once_per_set_of_migrations(northside: Stage) -> None:
    assert blueprint.renew() is False
    Blueprint.objects.update(fingerprint="of-an-older-release")
    assert blueprint.script_for("t_new") is None
    assert blueprint.renew() is True
    assert list(Blueprint.objects.values_list("fingerprint", flat=True)) == [blueprint.fingerprint()]
    assert blueprint.renew() is False


@pytest.mark.parametrize("programs", [[], ["/bin/false"], ["/nowhere/pg_dump"]])
def test_renew_without_a_usable_pg_dump_says_so(
    northside: Stage, monkeypatch: pytest.MonkeyPatch, programs: list[str]
) -> None:
    Blueprint.objects.all().delete()
    monkeypatch.setattr(blueprint, "_candidates", lambda: iter([Path(program) for program in programs]))
    with pytest.raises(NoDump, match=r"no pg_dump of PostgreSQL \d+ or later"):
        blueprint.renew()
    assert not Blueprint.objects.exists()


def test_dump_keeps_the_password_out_of_its_arguments(northside: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: dict[str, Any] = {}
    run = subprocess.run

    def watch(command: list[str], **options: Any) -> object:
        if "--version" not in command:
            seen.update(command=command, env=options["env"])
        return run(command, check=options.pop("check"), **options)

    monkeypatch.setattr("subprocess.run", watch)
    Blueprint.objects.all().delete()
    blueprint.renew()
    password = connection.settings_dict["PASSWORD"]
    assert password
    assert not any(password in str(word) for word in seen["command"])
    assert seen["env"]["PGPASSWORD"] == password
