"""Signatures refuse changes, and the row every publish updates keeps room for its next version on the same page."""

from django.db import migrations

GUARD = """
CREATE FUNCTION anchors_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'signatures are append-only: % on % is refused', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation';
END
$$;
CREATE TRIGGER anchors_signature_guard
    BEFORE UPDATE OR DELETE ON anchors_anchorsignature
    FOR EACH STATEMENT EXECUTE FUNCTION anchors_refuse_change();
ALTER TABLE anchors_anchor SET (fillfactor = 50, autovacuum_vacuum_threshold = 500, autovacuum_vacuum_scale_factor = 0);
"""
UNGUARD = """
ALTER TABLE anchors_anchor RESET (fillfactor, autovacuum_vacuum_threshold, autovacuum_vacuum_scale_factor);
DROP TRIGGER anchors_signature_guard ON anchors_anchorsignature;
DROP FUNCTION anchors_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("anchors", "0001_initial")]

    operations = [migrations.RunSQL(GUARD, UNGUARD)]
