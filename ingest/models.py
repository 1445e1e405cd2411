"""The inbox for vendor webhooks. Public schema: nothing here knows a tenant's tables."""

from django.db import models

from kernel.crypto import SealedTextField
from kernel.rows import Row


class VendorApp(Row):
    """A vendor application whose webhooks we accept: its secret proves them, its token answers the challenge.

    With `tenant` set, the application may only speak for that tenant's outlets.
    """

    vendor = models.CharField(max_length=20)
    label = models.CharField(max_length=80)
    tenant = models.ForeignKey("tenants.Tenant", on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    secret = SealedTextField()
    verify_token = SealedTextField()
    is_active = models.BooleanField(default=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["vendor", "label"], name="vendor_app_once")]


class Delivery(models.Model):
    """One webhook as it came: the bytes, once. Done rows are kept for a while, then purged."""

    id = models.BigAutoField(primary_key=True)
    vendor = models.CharField(max_length=20)
    app = models.ForeignKey(VendorApp, on_delete=models.CASCADE, related_name="+")
    digest = models.BinaryField(max_length=32)
    body = models.BinaryField()
    lane = models.CharField(max_length=40, default="")
    """The first address in the bytes, unread and unproved: only whose turn it is goes by it, never whose data it is."""
    received_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["vendor", "digest"], name="delivery_once")]
        indexes = [
            models.Index(fields=["lane", "id"], name="delivery_lanes", condition=models.Q(done_at__isnull=True)),
            models.Index(fields=["done_at"], name="delivery_done"),
        ]


class ParkedUpdate(Row):
    """An update that could not be handed down, with the reason; `manage.py ingest replay` tries it again."""

    vendor = models.CharField(max_length=20)
    app = models.ForeignKey(VendorApp, on_delete=models.CASCADE, related_name="+")
    delivery_id = models.BigIntegerField()
    position = models.PositiveIntegerField()
    reason = models.CharField(max_length=40)
    detail = models.CharField(max_length=500, blank=True)
    schema_name = models.CharField(max_length=63, blank=True)
    payload = models.BinaryField()
    """The update as a webhook body of its own, so that a replay takes the ordinary way."""
    received_at = models.DateTimeField()
    replayed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["delivery_id", "position"], name="parked_once")]
        indexes = [
            models.Index(fields=["received_at"], name="parked_waiting", condition=models.Q(replayed_at__isnull=True))
        ]
