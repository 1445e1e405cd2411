"""The people of one tenant, as its tables point to them."""

from django.db import models

from kernel.rows import Row
from team.enums import Availability
from tenants.enums import Role


class Member(Row):
    """One row per membership: `user_id` names the public `tenants.User`, no foreign key crosses schemas."""

    user_id = models.UUIDField(unique=True)
    name = models.CharField(max_length=120)
    email = models.EmailField()
    role = models.CharField(max_length=20, choices=Role.choices)
    is_active = models.BooleanField(default=True)
    language = models.CharField(max_length=8, default="en")
    time_zone = models.CharField(max_length=64, default="UTC")
    capacity = models.PositiveIntegerField(null=True, blank=True)
    """Open conversations somebody is given at most; null is any number. By hand more can be assigned."""
    availability = models.CharField(max_length=10, choices=Availability.choices, default=Availability.AUTO)
    calendar = models.ForeignKey("team.Calendar", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    """Their working hours; null is round the clock."""
    last_assigned_at = models.DateTimeField(null=True, blank=True)


class Calendar(Row):
    """When work is done, on the wall of one place; clocks of promises and people's hours run in it."""

    name = models.CharField(max_length=80, unique=True)
    time_zone = models.CharField(max_length=64, default="UTC")
    week = models.JSONField()
    """Seven lists, Monday first, of spans like ["09:00", "17:00"]; "24:00" ends a day, an earlier end is tomorrow's."""
    country = models.CharField(max_length=2, blank=True)
    """Whose public holidays are days off; empty for none."""
    subdivision = models.CharField(max_length=8, blank=True)
    days_off = models.JSONField(default=list)
    """The tenant's own, as {"date": "2026-12-24", "name": "Christmas Eve"}."""

    class Meta:
        indexes = [models.Index(fields=["created_at", "id"], name="calendar_order")]
