"""Settings > Team & hours: when work is done."""

from http import HTTPStatus
from typing import Any
from uuid import UUID
from zoneinfo import available_timezones

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from kernel.errors import Invalid, Refusal
from team import actions, queries
from team.calendars import days_written, week_written
from team.days_off import countries
from team.enums import Availability
from team.pages import CalendarForm, form_given, form_of, new_form
from tenants.pages import actor_of, member_of, page

HOURS = "/settings/hours/"


@require_http_methods(["GET", "POST"])
@page(scope="team:write")
def hours(request: HttpRequest) -> HttpResponse:
    """Show working hours and write down new ones."""
    if request.method == "GET":
        return _hours_page(request)
    try:
        actions.create_calendar(actor=actor_of(request), **_hours_sent(request))
    except Refusal as problem:
        return _hours_refused(request, "", problem)
    return HttpResponseRedirect(HOURS)


@require_POST
@page(scope="team:write")
def change_hours(request: HttpRequest, calendar_id: UUID) -> HttpResponse:
    """Change working hours."""
    try:
        actions.update_calendar(calendar_id=calendar_id, changes=_hours_sent(request), actor=actor_of(request))
    except Refusal as problem:
        return _hours_refused(request, str(calendar_id), problem)
    return HttpResponseRedirect(HOURS)


@require_POST
@page(scope="team:write")
def delete_hours(request: HttpRequest, calendar_id: UUID) -> HttpResponse:
    """Forget working hours that nothing uses."""
    try:
        actions.delete_calendar(calendar_id=calendar_id, actor=actor_of(request))
    except Refusal as problem:
        return _hours_page(request, problem=problem)
    return HttpResponseRedirect(HOURS)


@require_POST
@page(scope="team:write")
def set_work(request: HttpRequest, member_id: UUID) -> HttpResponse:
    """Change how much work a member is given, when, and whether."""
    try:
        actions.set_work(member_id=member_id, changes=_work_sent(request), actor=actor_of(request))
    except Refusal as problem:
        return _hours_page(request, problem=problem)
    return HttpResponseRedirect(HOURS)


def _work_sent(request: HttpRequest) -> dict[str, Any]:
    capacity, calendar = request.POST.get("capacity", "").strip(), request.POST.get("calendar", "")
    try:
        return {
            "capacity": int(capacity) if capacity else None,
            "calendar_id": UUID(calendar) if calendar else None,
            "availability": request.POST.get("availability", ""),
        }
    except ValueError as problem:
        raise Invalid(_("Use 0 to 1,000."), details={"capacity": [_("Use 0 to 1,000.")]}) from problem


@require_http_methods(["GET", "POST"])
@page(scope="conversations:write")
def availability(request: HttpRequest) -> HttpResponse:
    """Show and choose whether whoever asks wants to be given work; drawn inside their menu."""
    member = member_of(request)
    if request.method == "POST":
        changes = {"availability": request.POST.get("availability", "")}
        actions.set_work(member_id=member.id, changes=changes, actor=actor_of(request))
    chosen = queries.member_row(member.id).availability
    return render(request, "shell/_availability.html", {"choices": Availability.choices, "chosen": chosen})


def _hours_sent(request: HttpRequest) -> dict[str, Any]:
    sent = request.POST
    plain = {name: sent.get(name, "") for name in ("name", "time_zone", "country", "subdivision")}
    return {**plain, "week": week_written(sent.getlist("day")), "days_off": days_written(sent.get("days_off", ""))}


def _hours_refused(request: HttpRequest, calendar_id: str, problem: Refusal) -> HttpResponse:
    return _hours_page(request, form_given(calendar_id, request.POST, request.POST.getlist("day")), problem)


def _hours_page(
    request: HttpRequest, given: CalendarForm | None = None, problem: Refusal | None = None
) -> HttpResponse:
    calendars = list(queries.calendars().order_by("name"))
    known = [*(form_of(calendar) for calendar in calendars), new_form(member_of(request).time_zone)]
    values = {
        "page": "settings",
        "settings_page": "hours",
        "forms": [given if given and given.id == form.id else form for form in known],
        "calendars": calendars,
        "workers": queries.workers(),
        "choices": Availability.choices,
        "zones": sorted(available_timezones()),
        "countries": countries(),
        "problem": problem.message if problem else "",
    }
    return render(request, "settings/hours.html", values, status=problem.status if problem else HTTPStatus.OK)
