"""The operator's view of health: alerts, parts, and what is stuck inside tenants."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from redis.exceptions import RedisError

from conversations import actions as conversations
from conversations.queries import stuck_messages
from conversations.wording import failure_reason
from kernel.errors import Refusal
from kernel.events.models import ParkedEvent
from kernel.events.subscriptions import subscriber
from kernel.heartbeat import heartbeats
from kernel.tenancy import tenant_context
from monitoring import actions
from monitoring.enums import Severity
from monitoring.measurements import latest, measure_tenants
from monitoring.models import Alert
from monitoring.parts import parts
from monitoring.queries import open_alerts
from tenants.backoffice.columns import choice_filter, column, set_filter
from tenants.backoffice.desk import Desk
from tenants.backoffice.sites import Place, operator_site
from tenants.backoffice.visitors import actor_at
from tenants.queries import tenant_by_slug, tenants_by_schema
from tenants.types import TenantInfo

HEALTH = _("Health")
MOST = 200


class AlertDesk(Desk):
    """What somebody has to look at. Alerts open and close by themselves."""

    group, label, icon, position = HEALTH, _("Alerts"), "notifications", 40
    list_display = (
        column("title", _("What"), ordered=False),
        column("severity", _("Severity")),
        column("schema_name", _("Schema")),
        column("opened_at", _("Opened")),
        column("closed_at", _("Closed")),
    )
    list_filter = (
        choice_filter("severity", _("Severity"), Severity.choices),
        set_filter("closed_at", _("Closed"), _("Yes"), _("No")),
    )
    search_fields = ("title", "key", "schema_name")
    search_help_text = _("Title, key or schema")
    ordering = ("-opened_at", "-id")
    shown = ((None, (*list_display, column("key", _("Key")), column("details", _("Details"), ordered=False))),)


def health(request: HttpRequest) -> HttpResponse:
    """Show the parts that must be alive, and the queues."""
    context = {
        **operator_site.each_context(request),
        "title": _("Parts and queues"),
        "parts": parts(heartbeats()),
        "beats": heartbeats(),
        "queues": (latest().get("queues") or {}).items(),
    }
    return TemplateResponse(request, "admin/health.html", context)


def stuck(request: HttpRequest) -> HttpResponse:
    """List the tenants in which something is stuck, with numbers."""
    numbers = measure_tenants()
    names = tenants_by_schema(numbers)
    rows = [{"tenant": names[schema], **counts} for schema, counts in numbers.items() if schema in names]
    context = {**operator_site.each_context(request), "title": _("Stuck work"), "rows": rows}
    return TemplateResponse(request, "admin/stuck.html", context)


def stuck_of(request: HttpRequest, slug: str) -> HttpResponse:
    """List what is stuck in one tenant: ids, reasons and times, never what people wrote."""
    tenant = _tenant(slug)
    with tenant_context(tenant.schema_name):
        found = stuck_messages(MOST)
        events = list(ParkedEvent.objects.order_by("seq").values("subscriber", "seq", "reason", "parked_at")[:MOST])
    for row in found:
        row["reason"] = failure_reason(row["message__failure_code"])
    context = {
        **operator_site.each_context(request),
        "title": tenant.name,
        "tenant": tenant,
        "stuck": found,
        "events": events,
        "names": sorted({event["subscriber"] for event in events}),
    }
    return TemplateResponse(request, "admin/stuck_of.html", context)


@require_POST
def revive(request: HttpRequest, slug: str) -> HttpResponse:
    """Send the stuck messages of a tenant again, those that may still go out."""
    tenant = _tenant(slug)
    revived, refused = 0, 0
    with tenant_context(tenant.schema_name):
        for row in stuck_messages(MOST):
            try:
                conversations.retry_message(message_id=row["message_id"], actor=actor_at(request))
            except Refusal:
                refused += 1
            else:
                revived += 1
    sentence = ngettext("%(n)s message is sent again.", "%(n)s messages are sent again.", revived)
    messages.success(request, sentence % {"n": revived})
    if refused:
        sentence = ngettext("%(n)s may not go out any more.", "%(n)s may not go out any more.", refused)
        messages.warning(request, sentence % {"n": refused})
    return HttpResponseRedirect(reverse("admin:stuck_of", args=[slug]))


@require_POST
def replay(request: HttpRequest, slug: str, name: str) -> HttpResponse:
    """Hand the parked events of a subscriber to it once more."""
    wanted = subscriber(name)
    if wanted is None:
        raise Http404
    done = actions.replay_events(tenant=_tenant(slug), subscriber=wanted, actor=actor_at(request))
    sentence = ngettext("%(n)s event is handled.", "%(n)s events are handled.", done.delivered)
    messages.success(request, sentence % {"n": done.delivered})
    if done.parked:
        messages.warning(request, gettext("%(n)s failed again.") % {"n": done.parked})
    return HttpResponseRedirect(reverse("admin:stuck_of", args=[slug]))


def _tenant(slug: str) -> TenantInfo:
    tenant = tenant_by_slug(slug)
    if tenant is None:
        raise Http404
    return tenant


def tiles(_request: HttpRequest) -> list[dict[str, Any]]:
    """Return open alerts, and what the health manager last counted inside tenants."""
    alerts = list(open_alerts().values_list("severity", flat=True))
    critical = Severity.CRITICAL in alerts
    counted = _counted()
    parked = counted.get("outbox_parked", 0) + counted.get("events_parked", 0)
    return [
        {
            "label": _("Dead letters"),
            "value": counted.get("outbox_dead", "-"),
            "hint": gettext("%(n)s parked") % {"n": parked},
            "link": reverse("admin:stuck"),
            "state": "warn" if parked else "ok",
        },
        {
            "label": _("Alerts"),
            "value": len(alerts),
            "hint": gettext("Something is critical") if critical else gettext("Nothing critical"),
            "link": reverse("admin:monitoring_alert_changelist") + "?closed_at=no",
            "state": "danger" if critical else "warn" if alerts else "ok",
        },
    ]


def _counted() -> dict[str, int]:
    """Return the totals last kept; without Redis there are none, and the alert about it says so."""
    try:
        return latest().get("tenants") or {}
    except RedisError:
        return {}


operator_site.register(Alert, AlertDesk)
operator_site.add_tiles(tiles)
operator_site.add_place(Place("health/", "health", health, _("Parts and queues"), "monitor_heart", HEALTH))
operator_site.add_place(Place("stuck/", "stuck", stuck, _("Stuck work"), "hourglass_disabled", HEALTH))
for address, view_name, view in (
    ("stuck/<slug:slug>/", "stuck_of", stuck_of),
    ("stuck/<slug:slug>/revive/", "revive", revive),
    ("stuck/<slug:slug>/replay/<str:name>/", "replay", replay),
):
    operator_site.add_place(Place(address, view_name, view, _("Stuck work"), "", HEALTH, listed=False))
