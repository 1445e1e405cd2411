"""What the health manager remembers. Public schema."""

from django.db import models

from kernel.rows import Row
from monitoring.enums import Severity


class Alert(Row):
    """Something somebody has to look at, from `opened_at` until `closed_at`. Open at most once per key and tenant."""

    key = models.CharField(max_length=80)
    """What it is about, for programs: `silent:worker`, `parked:inbox`, `breaker:whatsapp`."""
    schema_name = models.CharField(max_length=63, blank=True)
    """The tenant it concerns; empty for the whole installation."""
    severity = models.CharField(max_length=10, choices=Severity.choices)
    title = models.CharField(max_length=200)
    details = models.JSONField(default=dict)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "key", "schema_name", name="alert_open_once", condition=models.Q(closed_at__isnull=True)
            )
        ]
        indexes = [models.Index(fields=["-opened_at"], name="alert_newest")]
