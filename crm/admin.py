"""A tenant's own desk of contacts: to look, not to change."""

from django.utils.translation import gettext_lazy as _

from crm.enums import Lifecycle
from crm.models import Contact, Tag
from tenants.backoffice.columns import choice_filter, column, set_filter
from tenants.backoffice.desk import Desk
from tenants.backoffice.sites import tenant_site


class ContactDesk(Desk):
    """People who write to the business, or might."""

    group, label, icon, position = _("Customers"), _("Contacts"), "contacts", 10
    reads = "contacts:read"
    list_display = (
        column("name", _("Name")),
        column("phone", _("Phone")),
        column("email", _("Email")),
        column("language", _("Language")),
        column("lifecycle", _("Stage")),
        column("source", _("Source")),
        column("created_at", _("Since")),
    )
    list_filter = (
        choice_filter("lifecycle", _("Stage"), Lifecycle.choices),
        set_filter("marketing_opt_out_at", _("No marketing"), _("Yes"), _("No")),
    )
    search_fields = ("name", "phone", "email")
    search_help_text = _("Name, phone or email")
    ordering = ("-created_at", "-id")
    shown = (
        (
            None,
            (
                *list_display,
                column("username", _("User name")),
                column("time_zone", _("Time zone")),
                column("marketing_opt_out_at", _("No marketing since")),
            ),
        ),
    )


class TagDesk(Desk):
    """The words the tenant sorts its work by; made and changed on their settings page."""

    group, label, icon, position = _("Customers"), _("Tags"), "sell", 14
    reads = "tags:read"
    list_display = (
        column("name", _("Name")),
        column("color", _("Color")),
        column("created_at", _("Since")),
        column("archived_at", _("Archived")),
    )
    list_filter = (set_filter("archived_at", _("Archived"), _("Yes"), _("No")),)
    search_fields = ("name",)
    search_help_text = _("Name")
    ordering = ("name", "id")


tenant_site.register(Contact, ContactDesk)
tenant_site.register(Tag, TagDesk)
