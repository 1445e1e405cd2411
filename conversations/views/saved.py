"""Saved views: the dialog that names one, and what it posts."""

from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST

from conversations import actions, queries
from conversations.pages.filters import choice_of
from kernel.errors import Conflict, Invalid
from tenants.pages import actor_of, member_of, page

WRITE = "conversations:write"


@require_http_methods(["GET", "POST"])
@page(scope=WRITE)
def new(request: HttpRequest) -> HttpResponse:
    """Ask for a name; then keep the filters of the address under it and go there."""
    if request.method == "GET":
        return _dialog(request, {"is_shared": False})
    given = _given(request)
    try:
        made = actions.create_saved_view(
            member_id=member_of(request).id,
            values={**given, "filters": choice_of(request.GET).words},
            actor=actor_of(request),
        )
    except (Invalid, Conflict) as problem:
        return _dialog(request, given, problem=problem)
    return _go(f"/inbox/?saved={made}")


@require_http_methods(["GET", "POST"])
@page(scope=WRITE)
def one(request: HttpRequest, saved_view_id: UUID) -> HttpResponse:
    """Ask for another name, and who has the view; then change it."""
    member_id = member_of(request).id
    view = queries.saved_view_for(saved_view_id, member_id)
    if request.method == "GET":
        return _dialog(request, {"name": view.name, "is_shared": view.owner_id is None})
    given = _given(request)
    try:
        actions.update_saved_view(saved_view_id=view.id, member_id=member_id, changes=given, actor=actor_of(request))
    except (Invalid, Conflict) as problem:
        return _dialog(request, given, problem=problem)
    return _go(f"/inbox/?saved={view.id}")


@require_POST
@page(scope=WRITE)
def delete(request: HttpRequest, saved_view_id: UUID) -> HttpResponse:
    """Delete a view."""
    actions.delete_saved_view(saved_view_id=saved_view_id, member_id=member_of(request).id, actor=actor_of(request))
    return _go("/inbox/")


def _given(request: HttpRequest) -> dict[str, Any]:
    return {"name": request.POST.get("name", ""), "is_shared": request.POST.get("is_shared") == "1"}


def _dialog(request: HttpRequest, given: dict[str, Any], *, problem: Invalid | Conflict | None = None) -> HttpResponse:
    values = {"given": given, "problem": problem.message if problem else "", "action": request.get_full_path()}
    return render(request, "inbox/_save_view.html", values)


def _go(href: str) -> HttpResponse:
    """Load the page anew: the sidebar has changed too."""
    return HttpResponse(status=HTTPStatus.NO_CONTENT, headers={"HX-Redirect": href})
