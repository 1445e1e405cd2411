"""The settings page of the tenant's tags."""

from http import HTTPStatus
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST

from crm import actions, queries
from crm.enums import TagColor
from kernel.errors import Refusal
from tenants.pages import actor_of, member_of, page

HERE = "/settings/tags/"
WRITE = "tags:write"


@require_GET
@page(scope="tags:read")
def tags(request: HttpRequest) -> HttpResponse:
    """List the tags, archived ones last."""
    return _tags_page(request)


@require_POST
@page(scope=WRITE)
def create_tag(request: HttpRequest) -> HttpResponse:
    """Put a tag on the list."""
    name, color = request.POST.get("name", ""), request.POST.get("color", "")
    try:
        actions.create_tag(name=name, color=color, actor=actor_of(request))
    except Refusal as problem:
        return _tags_page(request, problem=problem.message, name=name, color=color, status=problem.status)
    return HttpResponseRedirect(HERE)


@require_POST
@page(scope=WRITE)
def update_tag(request: HttpRequest, tag_id: UUID) -> HttpResponse:
    """Rename and recolor a tag."""
    name, color = request.POST.get("name", ""), request.POST.get("color", "")
    try:
        actions.update_tag(tag_id=tag_id, name=name, color=color, actor=actor_of(request))
    except Refusal as problem:
        return _tags_page(request, problem=problem.message, status=problem.status)
    return HttpResponseRedirect(HERE)


@require_POST
@page(scope=WRITE)
def archive_tag(request: HttpRequest, tag_id: UUID) -> HttpResponse:
    """Archive a tag, or bring it back."""
    actions.update_tag(tag_id=tag_id, archived=request.POST.get("archived") == "1", actor=actor_of(request))
    return HttpResponseRedirect(HERE)


def _tags_page(request: HttpRequest, *, status: int = HTTPStatus.OK, **values: object) -> HttpResponse:
    shown = {
        "page": "settings",
        "settings_page": "tags",
        "tags": queries.tags_by_name(),
        "colors": TagColor.choices,
        "color": TagColor.PETROL,
        "can_write": WRITE in member_of(request).scopes,
    }
    return render(request, "settings/tags.html", shown | values, status=status)
