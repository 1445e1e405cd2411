"""Two schemas with nothing but a history each, really committed, because what is tested is commits."""

from collections.abc import Iterator

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from pytest_django.plugin import DjangoDbBlocker

from kernel.anchors.models import Anchor
from kernel.events import subscriptions
from kernel.tenancy import tenant_context
from tests.cast import clean_redis

ONE, TWO = "history_one", "history_two"
EMPTY = """
    ALTER TABLE events_event DISABLE TRIGGER USER;
    TRUNCATE events_event, events_change, events_cursor, events_parkedevent;
    ALTER TABLE events_event ENABLE TRIGGER USER;
"""
FORGET_SIGNATURES = """
    ALTER TABLE anchors_anchorsignature DISABLE TRIGGER USER;
    DELETE FROM anchors_anchorsignature WHERE schema_name IN ('history_one', 'history_two', 'gone');
    ALTER TABLE anchors_anchorsignature ENABLE TRIGGER USER;
"""


@pytest.fixture(scope="session")
def history_schemas(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> tuple[str, str]:
    with django_db_blocker.unblock():
        for schema in (ONE, TWO):
            _create(schema)
        connection.close()
    return ONE, TWO


@pytest.fixture
def one(history_schemas: tuple[str, str], django_db_blocker: DjangoDbBlocker) -> Iterator[str]:
    """A schema with an empty history; its tables are emptied afterwards."""
    with django_db_blocker.unblock(), clean_redis():
        yield history_schemas[0]
        _empty(history_schemas)
        connection.close()


@pytest.fixture
def two(one: str, history_schemas: tuple[str, str]) -> str:
    """Another one, in the same test."""
    return history_schemas[1]


@pytest.fixture
def only_these_subscribers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody reacts but whom the test subscribes."""
    monkeypatch.setattr(subscriptions, "_subscribers", {})


def _create(schema: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE SCHEMA {schema}")
    with tenant_context(schema):
        executor = MigrationExecutor(connection)
        executor.migrate([node for node in executor.loader.graph.leaf_nodes() if node[0] == "events"])


def _empty(schemas: tuple[str, ...]) -> None:
    for schema in schemas:
        with tenant_context(schema), connection.cursor() as cursor:
            cursor.execute(EMPTY)
    with connection.cursor() as cursor:
        cursor.execute(FORGET_SIGNATURES)
    Anchor.objects.filter(schema_name__in=[*schemas, "gone"]).delete()
