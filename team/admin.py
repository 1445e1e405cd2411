"""A tenant's own desk of the people who work there."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget

from team.models import Calendar, Member
from team.types import MemberInfo
from tenants import actions
from tenants.backoffice.asking import Question, ask
from tenants.backoffice.columns import choice_filter, column
from tenants.backoffice.desk import Desk
from tenants.backoffice.sites import Place, tenant_site
from tenants.backoffice.steps import step
from tenants.backoffice.visitors import actor_at
from tenants.enums import Role
from tenants.scopes import ROLE_SCOPES, SCOPES

PEOPLE = _("People")


class NewRole(forms.Form):
    """What somebody may do from now on."""

    role = forms.ChoiceField(label=_("Role"), choices=Role.choices, widget=UnfoldAdminSelectWidget)


class MemberDesk(Desk):
    """Everybody who works here, or did."""

    group, label, icon, position = PEOPLE, _("Members"), "group", 30
    reads, writes = "team:read", "team:write"
    list_display = (
        column("name", _("Name")),
        column("email", _("Email")),
        column("role", _("Role")),
        column("is_active", _("Works here"), yes_or_no=True),
        column("time_zone", _("Time zone")),
        column("created_at", _("Since")),
    )
    list_filter = (
        choice_filter("role", _("Role"), Role.choices),
        choice_filter("is_active", _("Works here"), [("True", _("Yes")), ("False", _("No"))]),
    )
    search_fields = ("name", "email")
    search_help_text = _("Name or email")
    ordering = ("name", "id")
    shown = ((None, list_display),)
    actions_detail = ("change_role", "remove", "restore")

    @step(_("Change role"), "role")
    def change_role(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Change what somebody may do."""
        row = self.row(request, object_id)
        question = Question(
            title=gettext("Role of %(name)s") % {"name": row.name},
            text=_("It counts from the next request on."),
            button=_("Change role"),
            done=_("The role is changed."),
            form=NewRole,
            act=lambda values: actions.change_role(member_id=row.id, role=values["role"], **_by(request)),
            back=_here(row),
        )
        return ask(request, self.admin_site, question)

    @step(_("Remove"), "remove", danger=True)
    def remove(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Let somebody leave."""
        row = self.row(request, object_id)
        question = Question(
            title=gettext("Remove %(name)s") % {"name": row.name},
            text=_("Sessions end at once. What they wrote keeps their name, and they can come back."),
            button=_("Remove"),
            done=_("Removed."),
            act=lambda _values: actions.remove_member(member_id=row.id, **_by(request)),
            back=_here(row),
            danger=True,
        )
        return ask(request, self.admin_site, question)

    @step(_("Let come back"), "restore")
    def restore(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Let somebody who left work here again."""
        row = self.row(request, object_id)
        question = Question(
            title=gettext("Let %(name)s come back") % {"name": row.name},
            text=_("With the role from before, and the same password."),
            button=_("Let come back"),
            done=_("They can work here again."),
            act=lambda _values: actions.restore_member(member_id=row.id, **_by(request)),
            back=_here(row),
        )
        return ask(request, self.admin_site, question)


class CalendarDesk(Desk):
    """Working hours; made and changed on their settings page."""

    group, label, icon, position = PEOPLE, _("Working hours"), "schedule", 32
    reads = "team:read"
    list_display = (column("name", _("Name")), column("time_zone", _("Time zone")), column("country", _("Holidays of")))
    ordering = ("name", "id")


def _by(request: HttpRequest) -> dict[str, Any]:
    member: MemberInfo = request.member  # type: ignore[attr-defined]  # only members enter
    return {"actor": actor_at(request), "by_role": member.role}


def _here(row: Member) -> str:
    return reverse("admin:team_member_change", args=[row.id])


def roles(request: HttpRequest) -> HttpResponse:
    """Show what each role may do: fixed, the same in every tenant, the same words as for API keys."""
    lines = [{"scope": scope, "held": [scope in ROLE_SCOPES[role] for role in Role]} for scope in sorted(SCOPES)]
    context = {**tenant_site.each_context(request), "title": _("Roles"), "roles": Role.labels, "lines": lines}
    return TemplateResponse(request, "admin/roles.html", context)


tenant_site.register(Member, MemberDesk)
tenant_site.register(Calendar, CalendarDesk)
tenant_site.add_place(Place("roles/", "roles", roles, _("Roles"), "admin_panel_settings", PEOPLE, "team:read"))
