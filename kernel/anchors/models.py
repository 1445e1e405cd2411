"""The heads of all histories, kept outside the schemas they belong to. Public schema."""

from django.db import models


class Anchor(models.Model):
    """The head of one schema's history. `publish` locks this row, which gives events their gapless order."""

    schema_name = models.CharField(max_length=63, primary_key=True)
    head_seq = models.BigIntegerField(default=0)
    head_hash = models.BinaryField(max_length=32)
    dispatched_seq = models.BigIntegerField(default=0)
    """Every subscriber has handled or parked the events up to here."""
    updated_at = models.DateTimeField()


class AnchorSignature(models.Model):
    """A head as it was on one day, signed with a key the database does not know. A trigger refuses changes."""

    id = models.BigAutoField(primary_key=True)
    schema_name = models.CharField(max_length=63)
    seq = models.BigIntegerField()
    hash = models.BinaryField(max_length=32)
    signed_on = models.DateField()
    signed_at = models.DateTimeField()
    key_id = models.CharField(max_length=16)
    signature = models.BinaryField(max_length=32)

    class Meta:
        constraints = [models.UniqueConstraint("schema_name", "signed_on", name="anchor_signed_daily")]
