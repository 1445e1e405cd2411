"""A tenant made by replaying another schema's DDL guards its own history."""

import pytest
from django.db import DatabaseError, connection, transaction

from kernel.events.models import Event
from kernel.events.verification import verify
from tests.cast import Stage

GUARD_FUNCTION = """
    SELECT pronamespace::regnamespace::text FROM pg_trigger JOIN pg_proc ON pg_proc.oid = tgfoid
    WHERE tgrelid = 'events_event'::regclass AND tgname = 'events_event_guard'
"""


def test_a_new_tenants_history_is_whole_and_starts_with_its_creation(northside: Stage):
    assert verify(northside.schema).findings == []
    assert Event.objects.get(seq=1).type == "tenant.created"


def test_the_guard_belongs_to_the_tenants_own_schema(northside: Stage):
    with connection.cursor() as cursor:
        cursor.execute(GUARD_FUNCTION)
        assert cursor.fetchall() == [(northside.schema,)]


@pytest.mark.parametrize("statement", ["UPDATE events_event SET type = 'x'", "DELETE FROM events_event"])
def test_a_replayed_schema_refuses_to_change_history(northside: Stage, statement: str):
    before = Event.objects.count()
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert Event.objects.count() == before
