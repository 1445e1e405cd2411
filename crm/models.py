"""Contacts: one record per person, whatever channel they come through."""

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Value
from django.db.models.functions import Concat, Lower

from crm.enums import IdentityKind, Lifecycle, TagColor
from kernel.rows import Row
from kernel.search import Endings, WithoutSearch, search_column

SPACE = Value(" ")
NAMES = Concat(
    F("name"), SPACE, F("username"), SPACE, F("email"), SPACE, Endings(F("phone")), output_field=models.TextField()
)


class Contact(Row):
    """A person. `phone` is E.164 or empty: WhatsApp users may hide it."""

    name = models.CharField(max_length=200, blank=True)
    phone = models.CharField(max_length=20, blank=True, db_index=True)
    email = models.EmailField(blank=True)
    username = models.CharField(max_length=100, blank=True)
    language = models.CharField(max_length=8, blank=True)
    time_zone = models.CharField(max_length=64, blank=True)
    source = models.CharField(max_length=40, blank=True)
    lifecycle = models.CharField(max_length=20, choices=Lifecycle.choices, default=Lifecycle.LEAD)
    marketing_opt_out_at = models.DateTimeField(null=True, blank=True)
    marketing_opt_out_source = models.CharField(max_length=40, blank=True)
    """Where the person said so: the channel, or empty when nobody noted it."""
    search = search_column(NAMES)

    objects = WithoutSearch["Contact"]()

    class Meta:
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="contact_recent"),
            GinIndex(fields=["search"], name="contact_search"),
        ]


class ContactIdentity(Row):
    """One name a channel has for a person.

    `scope` is the vendor's name space: a WhatsApp user id is only unique within a business portfolio.
    """

    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="identities")
    kind = models.CharField(max_length=20, choices=IdentityKind.choices)
    scope = models.CharField(max_length=80, blank=True)
    value = models.CharField(max_length=256)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["value", "kind", "scope"], name="identity_once")]


class Tag(Row):
    """A word the tenant sorts its work by. What is tagged keeps the name; an archived tag stays where it is."""

    name = models.CharField(max_length=40)
    color = models.CharField(max_length=10, choices=TagColor.choices, default=TagColor.GRAY)
    archived_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(Lower("name"), name="tag_once")]
        indexes = [models.Index(fields=["created_at", "id"], name="tag_order")]
