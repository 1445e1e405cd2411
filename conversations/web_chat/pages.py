"""The settings page of web chats: open one, say who may show it, copy the line a site includes."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from conversations.web_chat import actions, queries
from kernel.errors import Invalid
from tenants.pages import actor_of, member_of, page

HOME = "/settings/web-chat/"


@require_http_methods(["GET"])
@page(scope="outlets:read")
def web_chats(request: HttpRequest) -> HttpResponse:
    """List the chats, each with the line a site includes."""
    return _show(request)


@require_http_methods(["POST"])
@page(scope="outlets:write")
def new_web_chat(request: HttpRequest) -> HttpResponse:
    """Open a chat."""
    try:
        actions.create_web_chat(actor=actor_of(request), **_given(request))
    except Invalid as problem:
        return _show(request, problem)
    return HttpResponseRedirect(HOME)


@require_http_methods(["POST"])
@page(scope="outlets:write")
def web_chat(request: HttpRequest, chat_id: UUID) -> HttpResponse:
    """Change a chat, or switch it on or off."""
    switched = request.POST.get("switch")
    changes = {"is_open": switched == "on"} if switched else _given(request)
    try:
        actions.update_web_chat(outlet_id=chat_id, changes=changes, actor=actor_of(request))
    except Invalid as problem:
        return _show(request, problem, chat_id)
    return HttpResponseRedirect(HOME)


def _given(request: HttpRequest) -> dict[str, Any]:
    post = request.POST
    return {
        "name": post.get("name", ""),
        "origins": post.get("origins", "").split(),
        "greeting": {"en": post.get("greeting_en", ""), "es": post.get("greeting_es", "")},
    }


def _show(request: HttpRequest, problem: Invalid | None = None, of: UUID | None = None) -> HttpResponse:
    """Draw the page; with what was typed and what is wrong about it when something is."""
    ids = list(queries.web_chats().order_by("created_at").values_list("id", flat=True))
    values = {
        "page": "settings",
        "settings_page": "web-chat",
        "chats": [{**chat, "line": _line(request, chat["id"])} for chat in queries.web_chat_shapes(ids)],
        "can_write": "outlets:write" in member_of(request).scopes,
        "problems": [str(sentence) for told in problem.details.values() for sentence in told] if problem else [],
        "problem_of": str(of or "new") if problem else "",
        "typed": _given(request) if problem else {},
    }
    return render(request, "settings/web_chat.html", values, status=problem.status if problem else 200)


def _line(request: HttpRequest, chat_id: str) -> str:
    """Return the one line a site includes."""
    address = request.build_absolute_uri("/chat/widget.js")
    return f'<script src="{address}" data-chat="{chat_id}" async></script>'
