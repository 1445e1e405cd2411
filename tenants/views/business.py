"""Settings > Business: what a tenant decides about itself."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from zoneinfo import available_timezones

from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from kernel.errors import Forbidden, Refusal
from kernel.tenancy import PUBLIC, tenant_context
from tenants import actions, queries
from tenants.pages import actor_of, member_of, page, same_version, tenant_of, version_of

HERE = "/settings/business/"


@require_http_methods(["GET", "POST"])
@page(scope="settings:read")
def business(request: HttpRequest) -> HttpResponse:
    """Show the tenant's profile, or change it: last write loses against a change nobody has seen yet."""
    if request.method == "GET":
        return _page(request)
    given = {name: request.POST.get(name, "") for name in ("name", "language", "time_zone")}
    given["allowed_origins"] = request.POST.get("allowed_origins", "")
    try:
        _save(request, {**given, "allowed_origins": given["allowed_origins"].split()})
    except Refusal as refusal:
        return _page(request, given=given, problem=refusal, status=refusal.status)
    messages.success(request, _("Saved."))
    return HttpResponseRedirect(HERE)


@transaction.atomic
def _save(request: HttpRequest, changes: Mapping[str, Any]) -> None:
    if "settings:write" not in member_of(request).scopes:
        raise Forbidden(_("You may not do this."))
    with tenant_context(PUBLIC):
        same_version(request, queries.tenant_for(tenant_of(request).id, lock=True))
    actions.update_tenant(tenant_id=tenant_of(request).id, changes=changes, actor=actor_of(request))


def _page(
    request: HttpRequest,
    *,
    given: Mapping[str, str] | None = None,
    problem: Refusal | None = None,
    status: int = HTTPStatus.OK,
) -> HttpResponse:
    row = queries.tenant_for(tenant_of(request).id)
    kept = {"name": row.name, "language": row.language, "time_zone": row.time_zone}
    values = {
        "page": "settings",
        "settings_page": "business",
        "given": given or {**kept, "allowed_origins": "\n".join(row.allowed_origins)},
        "problem": problem,
        "version": version_of(row),
        "slug": row.slug,
        "plan": row.get_plan_display(),
        "languages": settings.LANGUAGES,
        "zones": sorted(available_timezones()),
        "can_write": "settings:write" in member_of(request).scopes,
    }
    return render(request, "settings/business.html", values, status=status)
