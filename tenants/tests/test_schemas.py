import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django_tenants.utils import schema_exists

from kernel.tenancy import PLATFORM, PUBLIC, BadSchemaError, tenant_context
from tenants import blueprint, schemas
from tenants.models import Blueprint, Tenant
from tests.cast import Stage


@pytest.mark.parametrize(("slug", "schema"), [("acme", "t_acme"), ("a-b-1", "t_a_b_1"), ("1st", "t_1st")])
def test_schema_names(slug: str, schema: str) -> None:
    assert schemas.schema_name_for(slug) == schema


@pytest.mark.parametrize("slug", ["a b", 'a"', "ä", "A", "x" * 70])
def test_impossible_slugs_make_no_schema_name(slug: str) -> None:
    with pytest.raises(BadSchemaError):
        schemas.schema_name_for(slug)


def test_installation_is_complete(northside: Stage, harbor: Stage) -> None:
    assert schemas.lagging([PUBLIC, blueprint.TEMPLATE, PLATFORM, northside.schema, harbor.schema]) == []


def test_prepare_again_does_nothing(northside: Stage) -> None:
    with tenant_context(PUBLIC), CaptureQueriesContext(connection) as captured:
        assert schemas.prepare() == []
    assert not [query["sql"] for query in captured if not query["sql"].lstrip().startswith(("SELECT", "WITH", "SET"))]
    assert len(captured) <= 14


def test_prepare_brings_a_lagging_tenant_up_to_date(northside: Stage, harbor: Stage) -> None:
    with harbor.inside(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'conversations'")
        cursor.execute(
            "SELECT string_agg(quote_ident(tablename), ', ') FROM pg_tables "
            "WHERE schemaname = current_schema() AND tablename LIKE %s", ["conversations\\_%"],
        )  # fmt: skip
        cursor.execute(f"DROP TABLE {cursor.fetchone()[0]} CASCADE")
    assert schemas.lagging([northside.schema, harbor.schema]) == [harbor.schema]
    with tenant_context(PUBLIC):
        assert schemas.prepare() == [f"migrated {harbor.schema}"]
    with harbor.inside(), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM conversations_message")
        assert cursor.fetchone() == (0,)
    assert schemas.lagging([harbor.schema]) == []


def test_lagging_counts_a_schema_without_history(northside: Stage) -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE SCHEMA t_empty")
    assert schemas.lagging(["t_empty", "t_nowhere", northside.schema]) == ["t_empty", "t_nowhere"]


def test_lagging_asks_twice_however_many_schemas(northside: Stage, harbor: Stage) -> None:
    schemas.lagging([])
    with CaptureQueriesContext(connection) as captured:
        schemas.lagging([northside.schema, harbor.schema, PUBLIC, PLATFORM])
    assert len(captured) == 2


def test_migration_of_a_later_release_is_no_lag(northside: Stage) -> None:
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO django_migrations (app, name, applied) VALUES ('crm', '0999_later', now())")
    assert schemas.lagging([northside.schema]) == []


def test_prepare_reports_a_tenant_whose_schema_is_gone(northside: Stage, caplog: pytest.LogCaptureFixture) -> None:
    with tenant_context(PUBLIC):
        Tenant.objects.create(slug="lost", schema_name="t_lost", name="Lost")
        assert schemas.prepare() == []
    assert "the tenant has no schema" in caplog.text
    assert not schema_exists("t_lost")


def test_create_schema_without_a_blueprint_runs_the_migrations(
    northside: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    Blueprint.objects.all().delete()
    with tenant_context(PUBLIC):
        schemas.create_schema("t_slow")
    assert schemas.lagging(["t_slow"]) == []
    assert caplog.text.count("no blueprint, running all migrations") == 1


def test_failed_creation_leaves_nothing(northside: Stage) -> None:
    with pytest.raises(DatabaseError):
        _create_twice()
    assert not schema_exists("t_twice")


@transaction.atomic
def _create_twice() -> None:
    schemas.create_schema("t_twice")
    schemas.create_schema("t_twice")


def test_drop_schema_takes_only_its_own(northside: Stage, harbor: Stage) -> None:
    schemas.create_schema("t_gone")
    schemas.drop_schema("t_gone")
    assert not schema_exists("t_gone")
    assert schema_exists(harbor.schema)
    with pytest.raises(BadSchemaError):
        schemas.drop_schema('t_gone" CASCADE; DROP SCHEMA "public')
