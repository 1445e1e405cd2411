"""History and what hangs on it. All in the tenant's schema."""

from django.db import models


class Event(models.Model):
    """One fact. Triggers refuse UPDATE, DELETE and TRUNCATE; `kernel.events.publish` is the only writer."""

    seq = models.BigIntegerField(primary_key=True)
    type = models.CharField(max_length=80)
    version = models.PositiveSmallIntegerField()
    subject = models.CharField(max_length=120)
    actor_kind = models.CharField(max_length=20)
    actor_id = models.CharField(max_length=80, blank=True)
    payload = models.JSONField()
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    correlation_id = models.CharField(max_length=128, blank=True)
    cause = models.BigIntegerField(null=True)
    change_hash = models.BinaryField(max_length=32, null=True)
    """Hash of the Change row; it stays when the values are erased."""
    prev_hash = models.BinaryField(max_length=32)
    hash = models.BinaryField(max_length=32)

    class Meta:
        indexes = [models.Index("subject", "seq", name="event_of_subject")]


class Change(models.Model):
    """The values an event changed. Not history: erasing a row leaves the chain whole."""

    seq = models.BigIntegerField(primary_key=True)
    subject = models.CharField(max_length=120, db_index=True)
    salt = models.BinaryField(max_length=16)
    before = models.JSONField()
    after = models.JSONField()


class Cursor(models.Model):
    """How far a subscriber has come: every event up to `last_seq` was handled or parked."""

    subscriber = models.CharField(max_length=80, primary_key=True)
    last_seq = models.BigIntegerField(default=0)
    updated_at = models.DateTimeField()


class ParkedEvent(models.Model):
    """An event a subscriber could not take, with the reason; `manage.py events replay` tries it again."""

    id = models.BigAutoField(primary_key=True)
    subscriber = models.CharField(max_length=80)
    seq = models.BigIntegerField()
    reason = models.CharField(max_length=500)
    attempts = models.PositiveIntegerField()
    parked_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint("subscriber", "seq", name="event_parked_once")]
