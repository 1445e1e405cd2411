"""The operator's view of the webhook inbox: what waits, what stayed behind and why."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from ingest import actions, queries
from ingest.enums import Reason
from ingest.models import Delivery, ParkedUpdate, VendorApp
from tenants.backoffice.columns import choice_filter, column, set_filter, told
from tenants.backoffice.desk import Desk
from tenants.backoffice.sites import operator_site
from tenants.backoffice.visitors import actor_at

TRAFFIC = _("Webhooks")


class DeliveryDesk(Desk):
    """Webhooks as they came. Their content is customers' words and is not shown."""

    group, label, icon, position = TRAFFIC, _("Deliveries"), "inbox", 30
    list_display = (
        column("id", _("Number")),
        column("vendor", _("Vendor")),
        column("app__label", _("Application"), ordered=False),
        column("received_at", _("Received"), ordered=False),
        told("state", _("State"), lambda row: _("Handed down") if row.done_at else _("Waiting")),
        column("done_at", _("Done"), ordered=False),
    )
    list_select_related = ("app",)
    list_filter = (set_filter("done_at", _("Handed down"), _("Yes"), _("Waiting")),)
    ordering = ("-id",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Delivery]:
        """Leave bodies in the database."""
        rows: QuerySet[Delivery] = super().get_queryset(request).defer("body", "digest", "app__secret")
        return rows.defer("body", "digest", "app__secret", "app__verify_token")


class ParkedUpdateDesk(Desk):
    """Updates that could not be handed down, with the reason; they can be tried again."""

    group, label, icon, position = TRAFFIC, _("Parked updates"), "report", 32
    writes = "operator"
    list_display = (
        column("reason", _("Reason")),
        column("detail", _("Detail"), ordered=False),
        column("schema_name", _("Schema")),
        column("vendor", _("Vendor")),
        column("delivery_id", _("Delivery")),
        column("received_at", _("Received")),
        column("replayed_at", _("Tried again")),
    )
    list_filter = (
        choice_filter("reason", _("Reason"), Reason.choices),
        set_filter("replayed_at", _("Tried again"), _("Yes"), _("No")),
    )
    search_fields = ("detail", "schema_name")
    search_help_text = _("Detail or schema")
    ordering = ("-received_at", "-id")
    actions = ("replay",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[ParkedUpdate]:
        """Leave the content in the database."""
        rows: QuerySet[ParkedUpdate] = super().get_queryset(request).defer("payload")
        return rows

    @admin.action(description=_("Try again"), permissions=["write"])
    def replay(self, request: HttpRequest, chosen: QuerySet[ParkedUpdate]) -> None:
        """Put the chosen updates back into the inbox."""
        count = actions.replay_parked(list(chosen.values_list("id", flat=True)), actor=actor_at(request))
        sentence = ngettext("%(n)s update is tried again.", "%(n)s updates are tried again.", count)
        messages.success(request, sentence % {"n": count})


class VendorAppDesk(Desk):
    """The vendor applications whose webhooks are taken. Secrets go in and never come out."""

    group, label, icon, position = TRAFFIC, _("Applications"), "extension", 34
    list_display = (
        column("vendor", _("Vendor")),
        column("label", _("Application")),
        column("tenant__name", _("Only for"), ordered=False),
        column("is_active", _("Active"), yes_or_no=True),
        column("created_at", _("Since")),
    )
    list_select_related = ("tenant",)
    ordering = ("vendor", "label")

    def get_queryset(self, request: HttpRequest) -> QuerySet[VendorApp]:
        """Leave sealed columns in the database."""
        rows: QuerySet[VendorApp] = super().get_queryset(request).defer("secret", "verify_token")
        return rows


def tiles(_request: HttpRequest) -> list[dict[str, Any]]:
    """Return how far behind the inbox is."""
    backlog = queries.backlog()
    waiting, parked = backlog["waiting"], backlog["parked"]
    late = gettext("The oldest waits %(s)s s") % {"s": round(backlog["lag_s"])} if waiting else gettext("Nothing waits")
    return [
        {
            "label": _("Webhooks waiting"),
            "value": waiting,
            "hint": late,
            "link": reverse("admin:ingest_delivery_changelist") + "?done_at=no",
            "state": "warn" if waiting and backlog["lag_s"] > 60 else "ok",  # noqa: PLR2004 - a minute
        },
        {
            "label": _("Parked updates"),
            "value": parked,
            "hint": gettext("Somebody has to look") if parked else gettext("Nothing is parked"),
            "link": reverse("admin:ingest_parkedupdate_changelist") + "?replayed_at=no",
            "state": "warn" if parked else "ok",
        },
    ]


operator_site.register(Delivery, DeliveryDesk)
operator_site.register(ParkedUpdate, ParkedUpdateDesk)
operator_site.register(VendorApp, VendorAppDesk)
operator_site.add_tiles(tiles)
