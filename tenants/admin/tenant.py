"""A tenant's own desks of API keys and of its history."""

from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.paginator import InfinitePaginator

from kernel.actors import ActorKind
from kernel.events.models import Event
from tenants import actions, audit
from tenants.admin.operator import KEY_COLUMNS
from tenants.backoffice.asking import Question, ask
from tenants.backoffice.columns import choice_filter, column, set_filter, told
from tenants.backoffice.desk import Desk
from tenants.backoffice.sites import Place, tenant_site
from tenants.backoffice.steps import step
from tenants.backoffice.visitors import actor_at
from tenants.models import ApiKey
from tenants.queries import current_tenant

HISTORY = _("History")


class KeyDesk(Desk):
    """The tenant's keys. One is made on the settings page, which shows it once."""

    group, label, icon, position = _("People"), _("API keys"), "key", 34
    reads, writes = "api-keys:read", "api-keys:write"
    list_display = KEY_COLUMNS
    list_filter = (set_filter("revoked_at", _("Revoked"), _("Yes"), _("No")),)
    search_fields = ("name", "prefix")
    search_help_text = _("Name or beginning")
    ordering = ("-created_at", "-id")
    shown = ((None, (*KEY_COLUMNS, column("created_at", _("Since")))),)
    actions_detail = ("revoke",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[ApiKey]:
        """Return the keys of this tenant alone, without their digests: the table is everybody's."""
        rows: QuerySet[ApiKey] = super().get_queryset(request).filter(tenant_id=current_tenant().id).defer("digest")
        return rows

    @step(_("Revoke"), "revoke", danger=True)
    def revoke(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Make a key useless for ever."""
        row = self.row(request, object_id)
        question = Question(
            title=gettext("Revoke %(name)s") % {"name": row.name},
            text=_("Programs with this key stop working at once. This cannot be undone."),
            button=_("Revoke"),
            done=_("The key opens nothing any more."),
            act=lambda _values: actions.revoke_api_key(key_id=row.id, actor=actor_at(request)),
            back=reverse("admin:tenants_apikey_changelist"),
            danger=True,
        )
        return ask(request, self.admin_site, question)


KINDS = [
    (ActorKind.MEMBER.value, _("Member")),
    (ActorKind.API_KEY.value, _("API key")),
    (ActorKind.CONTACT.value, _("Contact")),
    (ActorKind.VENDOR.value, _("Vendor")),
    (ActorKind.OPERATOR.value, _("Operator of Redress")),
    (ActorKind.SYSTEM.value, _("Redress itself")),
]


class EventDesk(Desk):
    """Everything that happened here, in order, for ever. Nobody can change it, this page least of all."""

    group, label, icon, position = HISTORY, _("Audit log"), "history", 40
    reads = "events:read"
    list_display = (
        told("seq", _("Number"), lambda row: row.seq, ordering="seq"),
        column("occurred_at", _("When"), ordered=False),
        column("type", _("What"), ordered=False),
        column("subject", _("About"), ordered=False),
        told("actor", _("Who"), lambda row: f"{audit.kind_word(row.actor_kind)} {row.actor_id[:8]}".strip()),
    )
    list_filter = (choice_filter("actor_kind", _("Who"), KINDS),)
    search_fields = ("type", "subject", "actor_id")
    search_help_text = _("Beginning of what, about or who")
    date_hierarchy = None
    ordering = ("-seq",)
    paginator = InfinitePaginator
    shown = (
        (
            None,
            (
                *list_display,
                told("payload", _("Details"), lambda row: ", ".join(f"{k}: {v}" for k, v in row.payload.items())),
                column("recorded_at", _("Recorded"), ordered=False),
                column("correlation_id", _("Request"), ordered=False),
                column("cause", _("Because of event"), ordered=False),
                told("hash", _("Hash"), lambda row: bytes(row.hash).hex()),
                told("prev_hash", _("Hash of the one before"), lambda row: bytes(row.prev_hash).hex()),
            ),
        ),
    )

    def get_search_results(
        self, _request: HttpRequest, rows: QuerySet[Event], term: str
    ) -> tuple[QuerySet[Event], bool]:
        """Look for the beginning of a type, a subject or an author; a subject's whole name uses its index."""
        if not term:
            return rows, False
        if ":" in term:
            return rows.filter(subject=term), False
        return rows.filter(Q(type__startswith=term) | Q(subject__startswith=term) | Q(actor_id__startswith=term)), False


def chain(request: HttpRequest) -> HttpResponse:
    """Prove the history from its last signature on, and show what was found."""
    proof = audit.prove()
    context: dict[str, Any] = {
        **tenant_site.each_context(request),
        "title": _("Proof of the history"),
        "report": proof.report,
        "signed_at": proof.signed_at,
        "head": proof.report.head_hash.hex(),
    }
    return TemplateResponse(request, "admin/chain.html", context)


tenant_site.register(ApiKey, KeyDesk)
tenant_site.register(Event, EventDesk)
tenant_site.add_place(Place("chain/", "chain", chain, _("Proof of the history"), "link", HISTORY, "events:read"))
