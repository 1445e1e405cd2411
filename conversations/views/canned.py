"""Canned replies: above the composer, and in the settings."""

from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from conversations import actions, queries
from conversations.canned import BLANKS
from conversations.models import CannedReply
from conversations.pages.canned import cards_for, folders_of
from kernel.errors import Conflict, Invalid
from tenants.pages import actor_of, member_of, page, tenant_of

READ, WRITE = "canned-replies:read", "canned-replies:write"
HOME = "/settings/canned-replies/"
TEXTS = ("shortcut", "title", "folder", "text_en", "text_es")


@require_GET
@page(scope=READ)
def picker(request: HttpRequest, conversation_id: UUID) -> HttpResponse:
    """Draw the replies somebody has, filled in for this conversation."""
    conversation = queries.conversation_for(conversation_id)
    member = member_of(request)
    values = {
        "cards": cards_for(conversation, member, tenant_of(request).name),
        "conversation_id": conversation_id,
        "can_manage": WRITE in member.scopes,
    }
    return render(request, "inbox/_slash.html", values)


@require_POST
@page(scope=READ)
def used(request: HttpRequest, canned_reply_id: UUID) -> HttpResponse:
    """Count a use."""
    actions.count_canned_reply(canned_reply_id=canned_reply_id, member_id=member_of(request).id)
    return HttpResponse(status=HTTPStatus.NO_CONTENT)


@require_GET
@page(scope=READ)
def canned_replies(request: HttpRequest) -> HttpResponse:
    """List everybody's replies and one's own."""
    member = member_of(request)
    values = {"folders": folders_of(member.id), "can_write": WRITE in member.scopes}
    return _settings(request, "settings/canned_replies.html", values)


@require_http_methods(["GET", "POST"])
@page(scope=WRITE)
def new(request: HttpRequest) -> HttpResponse:
    """Write a new reply."""
    if request.method == "GET":
        return _form(request, {"is_shared": True})
    given = _given(request)
    try:
        actions.create_canned_reply(member_id=member_of(request).id, values=given, actor=actor_of(request))
    except (Invalid, Conflict) as problem:
        return _form(request, given, problem=problem)
    return HttpResponseRedirect(HOME)


@require_http_methods(["GET", "POST"])
@page(scope=WRITE)
def one(request: HttpRequest, canned_reply_id: UUID) -> HttpResponse:
    """Show and change a reply."""
    member_id = member_of(request).id
    reply = queries.canned_reply_for(canned_reply_id, member_id)
    if request.method == "GET":
        known = {name: getattr(reply, name) for name in TEXTS}
        return _form(request, known | {"is_shared": reply.owner_id is None}, reply=reply)
    given = _given(request)
    try:
        actions.update_canned_reply(
            canned_reply_id=reply.id, member_id=member_id, changes=given, actor=actor_of(request)
        )
    except (Invalid, Conflict) as problem:
        return _form(request, given, reply=reply, problem=problem)
    return HttpResponseRedirect(HOME)


@require_POST
@page(scope=WRITE)
def delete(request: HttpRequest, canned_reply_id: UUID) -> HttpResponse:
    """Delete a reply."""
    actions.delete_canned_reply(
        canned_reply_id=canned_reply_id, member_id=member_of(request).id, actor=actor_of(request)
    )
    return HttpResponseRedirect(HOME)


def _given(request: HttpRequest) -> dict[str, Any]:
    texts = {name: request.POST.get(name, "").replace("\r\n", "\n") for name in TEXTS}
    return texts | {"is_shared": request.POST.get("is_shared") == "1"}


def _form(
    request: HttpRequest,
    given: dict[str, Any],
    *,
    reply: CannedReply | None = None,
    problem: Invalid | Conflict | None = None,
) -> HttpResponse:
    values = {"given": given, "reply": reply, "blanks": BLANKS, "problems": problem.details if problem else {}}
    return _settings(
        request, "settings/canned_reply.html", values, HTTPStatus.BAD_REQUEST if problem else HTTPStatus.OK
    )


def _settings(request: HttpRequest, template: str, values: dict[str, Any], status: int = HTTPStatus.OK) -> HttpResponse:
    frame = {"page": "settings", "settings_page": "canned-replies"}
    return render(request, template, frame | values, status=status)
