"""The public door of a web chat: the script of the tenant's site, the page in its frame, and what that page asks.

The page belongs to our origin, whatever site shows it, so nothing here is cross-origin but the script itself. It keeps
its token where it likes and shows it in a header; there are no cookies, hence nothing a foreign site could ride on.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, cast
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import translation
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe
from rest_framework.exceptions import ValidationError

from conversations.enums import Delivery
from conversations.models import WebChat
from conversations.queries import message_shapes
from conversations.web_chat import actions, guard, queries
from conversations.web_chat.inputs import ReceiptBody, VisitBody, WordsBody
from conversations.web_chat.shapes import for_visitor, visible
from conversations.web_chat.visitors import Visitor, new_visitor, token_of, visitor_of
from conversations.wording import web_chat_words
from kernel.api import errors
from kernel.api.parsing import read_object
from kernel.api.refusals import NotAuthenticated, PayloadTooLarge
from kernel.errors import NotFound, Refusal
from tenants.pages import refused, tenant_of
from tenants.security import allow
from tenants.templatetags.assets import built

P = ParamSpec("P")
BODY_LIMIT = 32_768
MESSAGES_AT_ONCE = 100
LANGUAGES = ("en", "es")
SCRIPT_KEPT = "public, max-age=600"


@require_safe
def script(_request: HttpRequest) -> HttpResponse:
    """Answer with the script a site includes. Any site may load it; which may show the chat is the page's say."""
    own_names = b"(()=>{" + built("widget.ts") + b"})();"  # a plain script's names would be the site's
    response = HttpResponse(own_names, content_type="text/javascript; charset=utf-8")
    response["Cross-Origin-Resource-Policy"], response["Cache-Control"] = "cross-origin", SCRIPT_KEPT
    return response


@require_safe
def page(request: HttpRequest, outlet_id: UUID) -> HttpResponse:
    """Show the chat, to be framed by the sites on its list and by nobody else."""
    language = _language(request)
    try:
        chat = queries.open_web_chat(outlet_id)
    except NotFound as problem:
        return refused(request, problem)
    with translation.override(language):
        values = {
            "chat": chat,
            "business": tenant_of(request).name,
            "greeting": chat.greeting_in(language),
            "words": web_chat_words(),
            "opened": guard.opened_mark(),
        }
        response = render(request, "web_chat/page.html", values)
    allow(response, frame_ancestors=_frames(request, chat))
    response["Cache-Control"] = "no-store"
    return response


def _language(request: HttpRequest) -> str:
    asked = request.GET.get("lang", "")[:2].lower()
    return asked if asked in LANGUAGES else translation.get_language_from_request(request)[:2]


def _frames(request: HttpRequest, chat: WebChat) -> tuple[str, ...]:
    """Return who may frame the page; our own pages may, to preview it."""
    own = f"{request.scheme}://{request.get_host()}"
    return (own, *chat.origins)


def for_visitors(
    view: Callable[Concatenate[HttpRequest, UUID, P], dict[str, Any]],
) -> Callable[Concatenate[HttpRequest, UUID, P], HttpResponse]:
    """Answer a visitor's page in JSON: what the view returns, or the envelope of a refusal, in the page's language."""

    @csrf_exempt
    @wraps(view)
    def answered(request: HttpRequest, outlet_id: UUID, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        with translation.override(_language(request)):
            try:
                response: HttpResponse = JsonResponse(view(request, outlet_id, *args, **kwargs))
            except (Refusal, ValidationError) as problem:
                response = errors.answer(errors.refusal_for(problem))
        response["Cache-Control"] = "no-store"
        return response

    return cast("Callable[Concatenate[HttpRequest, UUID, P], HttpResponse]", answered)


@require_http_methods(["POST"])
@for_visitors
def visits(request: HttpRequest, outlet_id: UUID) -> dict[str, Any]:
    """Begin a visit: returns the token to show from now on, the old one's visitor when there was one."""
    queries.open_web_chat(outlet_id)
    body = VisitBody.checked(_body(request))
    known = visitor_of(body["token"], outlet_id)
    if known is None:
        guard.require_person(opened=body["opened"], trap=body["website"])
        guard.count_visit(request)
        known = new_visitor(outlet_id=outlet_id, name=body["name"], email=body["email"], language=body["language"])
    return {"token": token_of(known), "has_talked": queries.conversation_of_visitor(outlet_id, known.id) is not None}


@require_http_methods(["GET", "POST"])
@for_visitors
def messages(request: HttpRequest, outlet_id: UUID) -> dict[str, Any]:
    """GET the messages after `?after=` (the newest hundred of them), oldest first; POST says something."""
    visitor = _visitor(request, outlet_id)
    return _say(request, visitor) if request.method == "POST" else _read(request, visitor)


def _read(request: HttpRequest, visitor: Visitor) -> dict[str, Any]:
    guard.count_look(visitor)
    after = ReceiptBody().fields["upto"].run_validation(request.GET["after"]) if "after" in request.GET else None
    found = queries.messages_for_visitor(visitor.outlet_id, visitor.id, after=after, limit=MESSAGES_AT_ONCE)
    return {"messages": [for_visitor(message) for message in found if visible(message)]}


def _say(request: HttpRequest, visitor: Visitor) -> dict[str, Any]:
    body = WordsBody.checked(_body(request))
    guard.count_words(request, visitor)
    message_id = actions.receive_from_visitor(
        outlet_id=visitor.outlet_id, visitor_id=visitor.id, name=visitor.name, email=visitor.email,
        language=visitor.language, text=body["text"], client_id=body["client_id"],
    )  # fmt: skip
    return {"message": for_visitor(message_shapes([message_id])[0])}


@require_http_methods(["POST"])
@for_visitors
def receipts(request: HttpRequest, outlet_id: UUID) -> dict[str, Any]:
    """Note how far the visitor's page has come with what was said to it."""
    visitor = _visitor(request, outlet_id)
    guard.count_look(visitor)
    body = ReceiptBody.checked(_body(request))
    moved = actions.record_visitor_receipt(
        outlet_id=outlet_id, visitor_id=visitor.id, upto=body["upto"], status=Delivery(body["status"])
    )
    return {"updated": moved}


def _visitor(request: HttpRequest, outlet_id: UUID) -> Visitor:
    """Return who asks. Raises NotFound for a chat that is not there, NotAuthenticated without a good token."""
    queries.open_web_chat(outlet_id)
    kind, _space, token = request.headers.get("Authorization", "").partition(" ")
    visitor = visitor_of(token, outlet_id) if kind == "Visitor" else None
    if visitor is None:
        raise NotAuthenticated
    return visitor


def _body(request: HttpRequest) -> dict[str, Any]:
    if int(request.META.get("CONTENT_LENGTH") or 0) > BODY_LIMIT:
        raise PayloadTooLarge
    return read_object(request.read(BODY_LIMIT + 1))
