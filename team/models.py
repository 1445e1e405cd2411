"""The people of one tenant, as its tables point to them."""

from django.db import models

from kernel.rows import Row
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
