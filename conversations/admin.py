"""A tenant's own desks of numbers, templates, conversations and what the vendor said about them."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.paginator import InfinitePaginator
from unfold.widgets import UnfoldAdminPasswordWidget, UnfoldAdminTextInputWidget

from conversations import actions
from conversations.actions.outlets import TOKEN_LIMIT
from conversations.enums import OutletStatus, Owner, Status
from conversations.models import CannedReply, Conversation, Outlet, OutletUpdate, SlaPolicy, Template
from conversations.wording import failure_reason
from tenants.backoffice.asking import NothingToSay, Question, ask
from tenants.backoffice.columns import choice_filter, column, told
from tenants.backoffice.desk import Desk
from tenants.backoffice.sites import tenant_site
from tenants.backoffice.steps import step
from tenants.backoffice.visitors import actor_at

CUSTOMERS, CHANNELS = _("Customers"), _("Channels")


class OutletName(forms.Form):
    """What a number is called here."""

    name = forms.CharField(label=_("Name"), max_length=80, widget=UnfoldAdminTextInputWidget)


class OutletToken(forms.Form):
    """A new access token: it goes in and never comes out."""

    access_token = forms.CharField(
        label=_("Access token"),
        max_length=TOKEN_LIMIT,
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "off"}, render_value=False),
        help_text=_("Of a system user that may manage this account. It is kept sealed and never shown."),
    )


class OutletDesk(Desk):
    """The numbers customers write to. Tokens are sealed: the column is not even fetched."""

    group, label, icon, position = CHANNELS, _("Numbers"), "call", 20
    reads, writes = "outlets:read", "outlets:write"
    list_display = (
        column("name", _("Name")),
        column("display_phone_number", _("Number")),
        column("status", _("State")),
        told("reason", _("Reason"), lambda row: failure_reason(row.status_code) if row.status_code else None),
        column("phone_number_id", _("Phone number ID")),
        column("waba_id", _("Account ID")),
    )
    list_filter = (choice_filter("status", _("State"), OutletStatus.choices),)
    search_fields = ("name", "display_phone_number", "phone_number_id", "waba_id")
    search_help_text = _("Name, number or ID")
    ordering = ("name", "id")
    shown = (
        (
            None,
            (
                *list_display,
                column("portfolio_id", _("Portfolio ID")),
                column("graph_version", _("Version of the vendor's API")),
                column("created_at", _("Since")),
                column("updated_at", _("Changed")),
            ),
        ),
    )
    actions_detail = ("rename", "new_token", "stop", "restart")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Outlet]:
        """Leave tokens in the database."""
        rows: QuerySet[Outlet] = super().get_queryset(request).defer("access_token")
        return rows

    @step(_("Rename"), "rename")
    def rename(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Call a number something else."""
        row = self.row(request, object_id)
        question = Question(
            title=gettext("Rename %(name)s") % {"name": row.name},
            text=_("Customers do not see this name."),
            button=_("Rename"),
            done=_("Saved."),
            form=OutletName,
            act=lambda values: self._update(request, row, values),
            back=_here(row),
        )
        return ask(request, self.admin_site, question)

    @step(_("New token"), "token")
    def new_token(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Put a new token in the place of the old one."""
        row = self.row(request, object_id)
        question = Question(
            title=gettext("New token for %(name)s") % {"name": row.name},
            text=_("A stopped number starts again with it."),
            button=_("Save"),
            done=_("The token is in use."),
            form=OutletToken,
            act=lambda values: self._update(request, row, values),
            back=_here(row),
        )
        return ask(request, self.admin_site, question)

    def _update(self, request: HttpRequest, row: Outlet, changes: Mapping[str, Any]) -> None:
        actions.update_outlet(outlet_id=row.id, changes=changes, actor=actor_at(request))

    @step(_("Stop"), "stop", danger=True)
    def stop(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Let a number send nothing."""
        row = self.row(request, object_id)
        question = Question(
            title=gettext("Stop %(name)s") % {"name": row.name},
            text=_("Nothing is sent until it is started again. Messages from customers still arrive."),
            button=_("Stop"),
            done=_("It is stopped."),
            form=NothingToSay,
            act=lambda _values: actions.stop_outlet(outlet_id=row.id, actor=actor_at(request)),
            back=_here(row),
            danger=True,
        )
        return ask(request, self.admin_site, question)

    @step(_("Start again"), "restart")
    def restart(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Let a stopped number send again."""
        row = self.row(request, object_id)
        question = Question(
            title=gettext("Start %(name)s again") % {"name": row.name},
            text=_("Do this after the cause was repaired at the vendor."),
            button=_("Start again"),
            done=_("It may send again."),
            form=NothingToSay,
            act=lambda _values: actions.restart_outlet(outlet_id=row.id, actor=actor_at(request)),
            back=_here(row),
        )
        return ask(request, self.admin_site, question)


def _here(row: Outlet) -> str:
    return reverse("admin:conversations_outlet_change", args=[row.id])


class OutletUpdateDesk(Desk):
    """What the vendor told us about numbers and accounts."""

    group, label, icon, position = CHANNELS, _("News from the vendor"), "campaign", 24
    reads = "outlets:read"
    list_display = (
        column("outlet__name", _("Number")),
        column("field", _("About")),
        column("event", _("What")),
        column("created_at", _("When")),
    )
    list_select_related = ("outlet",)
    ordering = ("-created_at", "-id")

    def get_queryset(self, request: HttpRequest) -> QuerySet[OutletUpdate]:
        """Leave payloads and tokens in the database."""
        rows: QuerySet[OutletUpdate] = super().get_queryset(request)
        return rows.defer("payload", "digest", "outlet__access_token")


class TemplateDesk(Desk):
    """Message templates as the vendor judges them."""

    group, label, icon, position = CHANNELS, _("Templates"), "draft", 22
    reads = "templates:read"
    list_display = (
        column("name", _("Name")),
        column("language", _("Language")),
        column("category", _("Category")),
        column("status", _("State")),
        column("quality", _("Quality")),
        column("reason", _("Reason")),
    )
    search_fields = ("name",)
    search_help_text = _("Name")
    ordering = ("name", "language", "id")
    shown = ((None, (*list_display, column("waba_id", _("Account ID")), column("updated_at", _("Changed")))),)


class ConversationDesk(Desk):
    """Conversations: where they stand, not what was said. Reading and answering belong to the inbox."""

    group, label, icon, position = CUSTOMERS, _("Conversations"), "forum", 12
    reads = "conversations:read"
    list_display = (
        column("contact__name", _("Contact"), ordered=False),
        column("outlet__name", _("Number"), ordered=False),
        column("status", _("State"), ordered=False),
        column("owner", _("Answers next"), ordered=False),
        column("assignee__name", _("Responsible"), ordered=False),
        column("last_message_at", _("Last message")),
        column("window_expires_at", _("Window until"), ordered=False),
    )
    list_select_related = ("contact", "outlet", "assignee")
    list_filter = (
        choice_filter("status", _("State"), Status.choices),
        choice_filter("owner", _("Answers next"), Owner.choices),
    )
    search_fields = ("contact__name", "contact__phone")
    search_help_text = _("Name or phone of the contact")
    ordering = ("-last_message_at", "-id")
    paginator = InfinitePaginator
    shown = (
        (
            None,
            (
                *list_display,
                column("unread_count", _("Unread messages")),
                column("waiting_since", _("Waiting since")),
                column("snoozed_until", _("Snoozed until")),
                column("created_at", _("Since")),
            ),
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Conversation]:
        """Leave tokens and what was said in the database."""
        rows: QuerySet[Conversation] = super().get_queryset(request).defer("preview", "outlet__access_token")
        return rows


class SlaPolicyDesk(Desk):
    """What is promised, in minutes; made and changed on its settings page."""

    group, label, icon, position = CUSTOMERS, _("Promises"), "timer", 16
    reads = "settings:read"
    list_display = (
        column("name", _("Name")),
        column("outlet__name", _("Number"), ordered=False),
        column("tag", _("Tag")),
        column("calendar__name", _("Working hours"), ordered=False),
        column("first_response", _("First answer")),
        column("next_response", _("Next answer")),
        column("resolution", _("Done within")),
    )
    list_select_related = ("outlet", "calendar")
    ordering = ("name", "id")

    def get_queryset(self, request: HttpRequest) -> QuerySet[SlaPolicy]:
        """Leave tokens in the database."""
        rows: QuerySet[SlaPolicy] = super().get_queryset(request).defer("outlet__access_token")
        return rows


class CannedReplyDesk(Desk):
    """Replies everybody has; a member's own are theirs."""

    group, label, icon, position = CUSTOMERS, _("Canned replies"), "quickreply", 18
    reads = "conversations:read"
    list_display = (
        column("shortcut", _("Shortcut")),
        column("title", _("Title")),
        column("folder", _("Folder")),
        column("use_count", _("Used")),
        column("updated_at", _("Changed")),
    )
    search_fields = ("shortcut", "title", "folder")
    search_help_text = _("Shortcut, title or folder")
    ordering = ("shortcut", "id")
    shown = ((None, (*list_display, column("text_en", _("English")), column("text_es", _("Spanish")))),)

    def get_queryset(self, request: HttpRequest) -> QuerySet[CannedReply]:
        """Leave out what members keep for themselves."""
        rows: QuerySet[CannedReply] = super().get_queryset(request).filter(owner=None)
        return rows


tenant_site.register(SlaPolicy, SlaPolicyDesk)
tenant_site.register(CannedReply, CannedReplyDesk)
tenant_site.register(Outlet, OutletDesk)
tenant_site.register(OutletUpdate, OutletUpdateDesk)
tenant_site.register(Template, TemplateDesk)
tenant_site.register(Conversation, ConversationDesk)
