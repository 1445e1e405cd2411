"""The settings page of assignment and promises."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from conversations import actions, queries
from conversations.enums import AssignmentMode
from conversations.pages.service import TARGETS, new_policy_form, policy_form
from crm import queries as crm
from kernel.errors import Invalid, Refusal
from team import queries as team
from tenants.pages import actor_of, page

HERE = "/settings/service/"
WRITE = "outlets:write"


@require_http_methods(["GET", "POST"])
@page(scope=WRITE)
def promises(request: HttpRequest) -> HttpResponse:
    """Show what is promised, and promise something more."""
    if request.method == "GET":
        return _service_page(request)
    return _done(request, lambda: actions.create_sla_policy(actor=actor_of(request), **_sent(request)))


@require_POST
@page(scope=WRITE)
def change_promise(request: HttpRequest, policy_id: UUID) -> HttpResponse:
    """Change what a policy promises."""
    change: dict[str, Any] = {"policy_id": policy_id, "actor": actor_of(request)}
    return _done(request, lambda: actions.update_sla_policy(changes=_sent(request), **change))


@require_POST
@page(scope=WRITE)
def delete_promise(request: HttpRequest, policy_id: UUID) -> HttpResponse:
    """Take a policy back."""
    return _done(request, lambda: actions.delete_sla_policy(policy_id=policy_id, actor=actor_of(request)))


@require_POST
@page(scope=WRITE)
def set_assignment(request: HttpRequest, outlet_id: UUID) -> HttpResponse:
    """Say how conversations of a number find somebody."""
    mode = request.POST.get("mode", "")
    if mode not in AssignmentMode.values:
        mode = AssignmentMode.MANUAL

    def act() -> None:
        silence = _minutes(request.POST.get("silence", ""), "silence")
        actions.set_assignment_rule(outlet_id=outlet_id, mode=mode, silence=silence, actor=actor_of(request))

    return _done(request, act)


def _done(request: HttpRequest, act: Callable[[], object]) -> HttpResponse:
    try:
        act()
    except Refusal as problem:
        return _service_page(request, problem)
    return HttpResponseRedirect(HERE)


def _sent(request: HttpRequest) -> dict[str, Any]:
    sent = request.POST
    return {
        "name": sent.get("name", ""),
        "tag": sent.get("tag", ""),
        "outlet_id": _id(sent.get("outlet", "")),
        "calendar_id": _id(sent.get("calendar", "")),
        **{name: _minutes(sent.get(name, ""), name) for name in TARGETS},
    }


def _id(raw: str) -> UUID | None:
    try:
        return UUID(raw) if raw else None
    except ValueError as problem:
        raise Invalid(_("This is no id.")) from problem


def _minutes(raw: str, name: str) -> int | None:
    if not raw.strip():
        return None
    try:
        return int(raw)
    except ValueError as problem:
        raise Invalid(_("Use 1 minute to 90 days."), details={name: [_("Use 1 minute to 90 days.")]}) from problem


def _service_page(request: HttpRequest, problem: Refusal | None = None) -> HttpResponse:
    outlets = [{"id": str(outlet.id), "name": outlet.name} for outlet in queries.outlets()]
    rules = queries.assignment_rules()
    names = {outlet["id"]: outlet["name"] for outlet in outlets}
    policies = [policy_form(policy, names) for policy in queries.sla_policies().order_by("created_at", "id")]
    values = {
        "page": "settings",
        "settings_page": "service",
        "forms": [*policies, new_policy_form()],
        "outlets": outlets,
        "rules": [{**outlet, "rule": rules.get(UUID(outlet["id"]))} for outlet in outlets],
        "modes": AssignmentMode.choices,
        "tags": [tag.name for tag in crm.tags_to_choose()],
        "calendars": [{"id": str(one.id), "name": one.name} for one in team.calendars().order_by("name")],
        "problem": problem.message if problem else "",
    }
    return render(request, "settings/promises.html", values, status=problem.status if problem else HTTPStatus.OK)
