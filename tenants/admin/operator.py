"""The operator's desks of tenants and people, over the whole installation."""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from django import forms
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminEmailInputWidget, UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from kernel.actors import Actor
from kernel.errors import Forbidden
from tenants import actions
from tenants.addresses import tenant_url
from tenants.backoffice import sessions
from tenants.backoffice.asking import Question, Reason, ask
from tenants.backoffice.columns import choice_filter, column, set_filter, told
from tenants.backoffice.desk import Desk
from tenants.backoffice.sites import operator_site
from tenants.backoffice.steps import step
from tenants.backoffice.visitors import actor_at, operator_at
from tenants.enums import Plan, Role, TenantStatus
from tenants.models import ApiKey, Domain, Impersonation, Membership, Tenant, User

BUSINESSES, PEOPLE = _("Businesses"), _("People")


def here(row: Any) -> str:  # noqa: ANN401 - any model's row
    """Return the address of a row's page."""
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])


class NewTenant(forms.Form):
    """A business and its owner."""

    name = forms.CharField(label=_("Name"), max_length=120, widget=UnfoldAdminTextInputWidget)
    slug = forms.SlugField(
        label=_("Short name"),
        max_length=40,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("The first word of its address; it cannot be changed later."),
    )
    plan = forms.ChoiceField(label=_("Plan"), choices=Plan.choices, widget=UnfoldAdminSelectWidget)
    owner_name = forms.CharField(label=_("Name of the owner"), max_length=120, widget=UnfoldAdminTextInputWidget)
    owner_email = forms.EmailField(label=_("Email of the owner"), widget=UnfoldAdminEmailInputWidget)


class NewDomain(forms.Form):
    """A host name."""

    domain = forms.CharField(
        label=_("Host name"), max_length=253, widget=UnfoldAdminTextInputWidget, help_text=_("Such as chat.example.com")
    )


class NewRole(forms.Form):
    """What somebody may do from now on."""

    role = forms.ChoiceField(label=_("Role"), choices=Role.choices, widget=UnfoldAdminSelectWidget)


class TenantDesk(Desk):
    """Every business, and the steps of its life."""

    group, label, icon, position = BUSINESSES, _("Tenants"), "domain", 10
    writes = "operator"
    list_display = (
        column("name", _("Name")),
        column("slug", _("Short name")),
        column("status", _("State")),
        column("plan", _("Plan")),
        told("people", _("People"), lambda row: row.people, ordering="people"),
        told("numbers", _("Numbers"), lambda row: row.numbers, ordering="numbers"),
        column("database", _("Placement")),
        column("created_at", _("Since")),
    )
    list_filter = (
        choice_filter("status", _("State"), TenantStatus.choices),
        choice_filter("plan", _("Plan"), Plan.choices),
    )
    search_fields = ("name", "slug")
    search_help_text = _("Name or short name")
    ordering = ("name", "id")
    shown = (
        (
            None,
            (
                column("name", _("Name")),
                column("slug", _("Short name")),
                column("status", _("State")),
                column("status_reason", _("Reason")),
                column("plan", _("Plan")),
            ),
        ),
        (
            _("Numbers"),
            (
                told("people", _("People"), lambda row: row.people),
                told("numbers", _("Numbers"), lambda row: row.numbers),
            ),
        ),
        (
            _("Where"),
            (
                column("schema_name", _("Schema")),
                column("database", _("Placement")),
                column("language", _("Language")),
                column("time_zone", _("Time zone")),
                column("created_at", _("Since")),
            ),
        ),
    )
    actions_list = ("create",)
    actions_detail = ("suspend", "resume", "close", "end", "add_domain")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Tenant]:
        """Count people and numbers in the same statement."""
        people = Count("memberships", filter=Q(memberships__is_active=True), distinct=True)
        numbers = Count("routes__outlet_id", distinct=True)
        rows: QuerySet[Tenant] = super().get_queryset(request).annotate(people=people, numbers=numbers)
        return rows

    @step(_("New tenant"), "create", icon="add")
    def create(self, request: HttpRequest) -> HttpResponse:
        """Make a business with its schema and its owner."""
        question = Question(
            title=_("New tenant"),
            text=_("The owner of an unknown address cannot sign in before a password is set by invitation."),
            button=_("Make tenant"),
            done=_("The tenant is there."),
            form=NewTenant,
            act=lambda values: self._create(values, actor_at(request)),
            back=reverse("admin:tenants_tenant_changelist"),
        )
        return ask(request, self.admin_site, question)

    def _create(self, values: Mapping[str, Any], actor: Actor) -> str:
        made = actions.create_tenant(actor=actor, **values)
        return reverse("admin:tenants_tenant_change", args=[made.id])

    @step(_("Suspend"), "suspend", danger=True)
    def suspend(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Stop a tenant."""
        text = _("Nobody of %(name)s can work until it is resumed. Messages from customers are still kept.")
        return self._move(request, object_id, actions.suspend_tenant, _("Suspend"), _("Suspended."), text)

    @step(_("Resume"), "resume")
    def resume(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Let a tenant work again."""
        row = self.row(request, object_id)
        question = Question(
            title=gettext("Resume %(name)s") % {"name": row.name},
            text=_("Its people can work again at once."),
            button=_("Resume"),
            done=_("It works again."),
            act=lambda _values: actions.resume_tenant(tenant_id=row.id, actor=actor_at(request)),
            back=here(row),
        )
        return ask(request, self.admin_site, question)

    @step(_("Begin closing"), "close", danger=True)
    def close(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Let a tenant leave."""
        text = _("From now on the people of %(name)s can read everything and change nothing.")
        return self._move(request, object_id, actions.close_tenant, _("Begin closing"), _("It is closing."), text)

    @step(_("Close for good"), "end", danger=True)
    def end(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """End a closing or suspended tenant."""
        row = self.row(request, object_id)
        question = Question(
            title=gettext("Close %(name)s for good") % {"name": row.name},
            text=_("Its address answers to nobody any more, and this cannot be undone. Its data stays."),
            button=_("Close for good"),
            done=_("It is closed."),
            act=lambda _values: actions.end_tenant(tenant_id=row.id, actor=actor_at(request)),
            back=here(row),
            danger=True,
        )
        return ask(request, self.admin_site, question)

    def _move(
        self,
        request: HttpRequest,
        object_id: str,
        move: Callable[..., None],
        button: Promise,
        done: Promise,
        text: Promise,
    ) -> HttpResponse:
        row = self.row(request, object_id)
        question = Question(
            title=f"{button} · {row.name}",
            text=str(text) % {"name": row.name},
            button=button,
            done=done,
            form=Reason,
            act=lambda values: move(tenant_id=row.id, reason=values["reason"], actor=actor_at(request)),
            back=here(row),
            danger=True,
        )
        return ask(request, self.admin_site, question)

    @step(_("Add host name"), "add-domain")
    def add_domain(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Let a host name of its own lead to a tenant."""
        row = self.row(request, object_id)
        question = Question(
            title=gettext("Host name for %(name)s") % {"name": row.name},
            text=_("Its DNS must lead here, and the certificate must cover it."),
            button=_("Add host name"),
            done=_("The host name leads to the tenant."),
            form=NewDomain,
            act=lambda values: actions.add_domain(tenant_id=row.id, domain=values["domain"], actor=actor_at(request)),
            back=here(row),
        )
        return ask(request, self.admin_site, question)


class DomainDesk(Desk):
    """Host names that lead to tenants."""

    group, label, icon, position = BUSINESSES, _("Host names"), "language", 12
    writes = "operator"
    list_display = (column("domain", _("Host name")), column("tenant__name", _("Tenant")))
    list_select_related = ("tenant",)
    search_fields = ("domain", "tenant__name", "tenant__slug")
    search_help_text = _("Host name or tenant")
    ordering = ("domain",)
    shown = ((None, (column("domain", _("Host name")), column("tenant__name", _("Tenant")))),)
    actions_detail = ("remove",)

    @step(_("Remove"), "remove", danger=True)
    def remove(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Let a host name lead nowhere."""
        row = self.row(request, object_id)
        question = Question(
            title=gettext("Remove %(name)s") % {"name": row.domain},
            text=_("Whoever opens it finds nothing. The address below the installation's host stays."),
            button=_("Remove"),
            done=_("Removed."),
            act=lambda _values: actions.remove_domain(domain_id=row.id, actor=actor_at(request)),
            back=reverse("admin:tenants_domain_changelist"),
            danger=True,
        )
        return ask(request, self.admin_site, question)


class UserDesk(Desk):
    """Everybody who signs in."""

    group, label, icon, position = PEOPLE, _("People"), "person", 20
    list_display = (
        column("name", _("Name")),
        column("email", _("Email")),
        told("tenants", _("Tenants"), lambda row: ", ".join(sorted(one.tenant.name for one in row.memberships.all()))),
        column("is_operator", _("Operator"), yes_or_no=True),
        column("is_active", _("May sign in"), yes_or_no=True),
        column("last_login", _("Last signed in")),
    )
    list_filter = (
        choice_filter("is_operator", _("Operator"), [("True", _("Yes")), ("False", _("No"))]),
        choice_filter("is_active", _("May sign in"), [("True", _("Yes")), ("False", _("No"))]),
    )
    search_fields = ("name", "email")
    search_help_text = _("Name or email")
    ordering = ("name", "id")
    shown = (
        (
            None,
            (
                column("name", _("Name")),
                column("email", _("Email")),
                column("language", _("Language")),
                column("time_zone", _("Time zone")),
                column("is_operator", _("Operator"), yes_or_no=True),
                column("is_active", _("May sign in"), yes_or_no=True),
                column("last_login", _("Last signed in")),
            ),
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        """Fetch the tenants of a page of people in two statements."""
        rows: QuerySet[User] = super().get_queryset(request).prefetch_related("memberships__tenant")
        return rows


class MembershipDesk(Desk):
    """Who belongs to which tenant, and what they may do there."""

    group, label, icon, position = PEOPLE, _("Memberships"), "badge", 22
    writes = "operator"
    list_display = (
        column("user__name", _("Name")),
        column("user__email", _("Email")),
        column("tenant__name", _("Tenant")),
        column("role", _("Role")),
        column("is_active", _("Works here"), yes_or_no=True),
        column("created_at", _("Since")),
    )
    list_select_related = ("user", "tenant")
    list_filter = (
        choice_filter("role", _("Role"), Role.choices),
        choice_filter("is_active", _("Works here"), [("True", _("Yes")), ("False", _("No"))]),
    )
    search_fields = ("user__name", "user__email", "tenant__name", "tenant__slug")
    search_help_text = _("Name, email or tenant")
    ordering = ("tenant__name", "user__name", "id")
    shown = ((None, list_display),)
    actions_detail: ClassVar[tuple[str, ...]] = ("impersonate", "change_role", "remove")

    @step(_("Look with their eyes"), "impersonate")
    def impersonate(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Look at a tenant as one of its members sees it."""
        row = self.row(request, object_id)
        question = Question(
            title=gettext("Look with the eyes of %(name)s") % {"name": row.user.name},
            text=_("For up to an hour, changing nothing. Your reason stands in the history of the tenant."),
            button=_("Start looking"),
            done=_("You are looking."),
            form=Reason,
            act=lambda values: self._impersonate(request, row, values["reason"]),
            back=here(row),
        )
        return ask(request, self.admin_site, question)

    def _impersonate(self, request: HttpRequest, row: Membership, reason: str) -> str:
        operator = operator_at(request)
        if operator is None:
            raise Forbidden(_("You may not do this."))
        token = actions.begin_impersonation(member_id=row.id, reason=reason, operator=operator)
        return f"{tenant_url(row.tenant.slug, '/impersonation/')}?token={token}"

    @step(_("Change role"), "role")
    def change_role(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Change what somebody may do."""
        row = self.row(request, object_id)
        question = Question(
            title=gettext("Role of %(name)s") % {"name": row.user.name},
            text=_("It counts from the next request on."),
            button=_("Change role"),
            done=_("The role is changed."),
            form=NewRole,
            act=lambda values: actions.change_role(member_id=row.id, role=values["role"], actor=actor_at(request)),
            back=here(row),
        )
        return ask(request, self.admin_site, question)

    @step(_("Remove"), "remove", danger=True)
    def remove(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Let somebody leave a tenant."""
        row = self.row(request, object_id)
        question = Question(
            title=gettext("Remove %(name)s") % {"name": row.user.name},
            text=_("Sessions end at once. What they wrote keeps their name, and they can come back."),
            button=_("Remove"),
            done=_("Removed."),
            act=lambda _values: actions.remove_member(member_id=row.id, actor=actor_at(request)),
            back=here(row),
            danger=True,
        )
        return ask(request, self.admin_site, question)


KEY_COLUMNS = (
    column("name", _("Name")),
    told("prefix", _("Begins with"), lambda row: f"{row.prefix}…"),
    column("scopes", _("May do"), ordered=False),
    column("allowed_ips", _("From"), ordered=False),
    column("last_used_at", _("Last used")),
    column("expires_at", _("Expires")),
    column("revoked_at", _("Revoked")),
)


class ApiKeyDesk(Desk):
    """Keys of programs. Only a digest of each exists, and not even that is shown."""

    group, label, icon, position = PEOPLE, _("API keys"), "key", 26
    list_display = (KEY_COLUMNS[0], column("tenant__name", _("Tenant")), *KEY_COLUMNS[1:2], *KEY_COLUMNS[4:])
    list_select_related = ("tenant",)
    list_filter = (set_filter("revoked_at", _("Revoked"), _("Yes"), _("No")),)
    search_fields = ("name", "prefix", "tenant__name", "tenant__slug")
    search_help_text = _("Name, beginning or tenant")
    ordering = ("-created_at", "-id")
    shown = ((None, (column("tenant__name", _("Tenant")), *KEY_COLUMNS, column("created_at", _("Since")))),)

    def get_queryset(self, request: HttpRequest) -> QuerySet[ApiKey]:
        """Leave the digest in the database."""
        rows: QuerySet[ApiKey] = super().get_queryset(request).defer("digest")
        return rows


class ImpersonationDesk(Desk):
    """Who looked with whose eyes, when and why; what still goes on can be ended."""

    group, label, icon, position = PEOPLE, _("Impersonations"), "visibility", 28
    writes = "operator"
    list_display = (
        column("operator__name", _("Operator")),
        column("membership__user__name", _("Member")),
        column("membership__tenant__name", _("Tenant")),
        column("reason", _("Reason"), ordered=False),
        column("created_at", _("Since")),
        column("expires_at", _("Until")),
        column("ended_at", _("Ended")),
    )
    list_select_related = ("operator", "membership__user", "membership__tenant")
    ordering = ("-created_at", "-id")
    shown = ((None, list_display),)
    actions_detail = ("end",)

    @step(_("End"), "end", danger=True)
    def end(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """End an impersonation."""
        row = self.row(request, object_id)
        question = Question(
            title=gettext("End the impersonation of %(name)s") % {"name": row.membership.user.name},
            text=_("It takes effect at once."),
            button=_("End"),
            done=_("It has ended."),
            act=lambda _values: actions.end_impersonation(impersonation_id=row.id),
            back=here(row),
            danger=True,
        )
        return ask(request, self.admin_site, question)


operator_site.register(Tenant, TenantDesk)
operator_site.register(Domain, DomainDesk)
operator_site.register(User, UserDesk)
operator_site.register(Membership, MembershipDesk)
operator_site.register(ApiKey, ApiKeyDesk)
operator_site.register(Impersonation, ImpersonationDesk)
operator_site.add_tiles(sessions.tiles)
for place in sessions.places():
    operator_site.add_place(place)
