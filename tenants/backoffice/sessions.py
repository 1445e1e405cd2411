"""The operator's door and the sessions that are open: pages beside the tables."""

from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from kernel.addresses import client_address
from tenants import actions, queries, sessions
from tenants.backoffice.sites import Place, operator_site
from tenants.backoffice.visitors import actor_at, operator_at
from tenants.enums import TenantStatus
from tenants.models import Tenant
from tenants.pages import with_retry_after, within_site
from tenants.types import OperatorSignIn
from tenants.wording import why_not_signed_in

MOST = 200
HOME = "/admin/"


@never_cache
@require_http_methods(["GET", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """Show the operators' sign-in page, or try to sign in."""
    target = within_site(request, HOME)
    if request.method == "GET":
        return HttpResponseRedirect(target) if operator_at(request) else _page_or_set_up(request, target)
    email = request.POST.get("email", "")
    outcome = actions.sign_in_operator(
        email=email, password=request.POST.get("password", ""), address=client_address(request)
    )
    if outcome.operator is None:
        return _page(request, target, email=email, outcome=outcome)
    if outcome.operator.has_authenticator:
        sessions.begin_operator_half(request, outcome.operator, target=target)
        return HttpResponseRedirect("/admin/second/")
    sessions.begin_operator(request, outcome.operator)
    return HttpResponseRedirect("/admin/protect/" if settings.OPERATORS_NEED_SECOND_FACTOR else target)


def _page_or_set_up(request: HttpRequest, target: str) -> HttpResponse:
    if sessions.unprotected_operator_of(request.session) is not None:
        return HttpResponseRedirect("/admin/protect/")
    return _page(request, target)


def _page(request: HttpRequest, target: str, *, email: str = "", outcome: OperatorSignIn | None = None) -> HttpResponse:
    problem, status = "", HTTPStatus.OK
    if outcome is not None:
        problem = why_not_signed_in(outcome.locked_until, outcome.tries_left)
        status = HTTPStatus.TOO_MANY_REQUESTS if outcome.locked_until else HTTPStatus.FORBIDDEN
    values = {"next": target, "email": email, "problem": problem}
    response = render(request, "admin/sign_in.html", values, status=status)
    return with_retry_after(response, outcome.locked_until if outcome else None)


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the operator's session."""
    operator = operator_at(request)
    if operator is not None:
        actions.sign_out_operator(operator=operator)
        sessions.end(request)
    return HttpResponseRedirect("/admin/login/")


def open_sessions(request: HttpRequest) -> HttpResponse:
    """List the sessions that are open, the youngest first."""
    found = queries.open_sessions(MOST)
    context = {**operator_site.each_context(request), "title": _("Sessions"), "sessions": found, "most": MOST}
    return TemplateResponse(request, "admin/sessions.html", context)


@require_POST
def revoke(request: HttpRequest, mark: str) -> HttpResponse:
    """End somebody's session."""
    actions.revoke_session(mark=mark, actor=actor_at(request))
    messages.success(request, gettext("The session has ended."))
    return HttpResponseRedirect(reverse("admin:sessions"))


def places() -> list[Place]:
    """Return the pages of this module."""
    group = _("People")
    return [
        Place("sessions/", "sessions", open_sessions, _("Sessions"), "devices", group),
        Place("sessions/<str:mark>/revoke/", "revoke_session", revoke, _("Sessions"), "devices", group, listed=False),
    ]


def tiles(_request: HttpRequest) -> list[dict[str, Any]]:
    """Return how many tenants there are, by state."""
    states = list(Tenant.objects.values_list("status", flat=True))
    away = sum(status != TenantStatus.ACTIVE for status in states)
    hint = gettext("%(n)s not active") % {"n": away} if away else gettext("All active")
    link = reverse("admin:tenants_tenant_changelist")
    state = "warn" if away else "ok"
    return [{"label": _("Tenants"), "value": len(states), "hint": hint, "link": link, "state": state}]
