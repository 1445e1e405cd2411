"""History refuses UPDATE, DELETE and TRUNCATE.

The function lives in the schema of its table (nothing here names a schema), so that a tenant made from another
tenant's DDL guards itself.
"""

from django.db import migrations

GUARD = """
CREATE FUNCTION events_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'history is append-only: % on % is refused', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation';
END
$$;
CREATE TRIGGER events_event_guard
    BEFORE UPDATE OR DELETE OR TRUNCATE ON events_event
    FOR EACH STATEMENT EXECUTE FUNCTION events_refuse_change();
"""
UNGUARD = """
DROP TRIGGER events_event_guard ON events_event;
DROP FUNCTION events_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("events", "0001_initial")]

    operations = [migrations.RunSQL(GUARD, UNGUARD)]
