"""What a member was told: the page, what it does, what they choose to be told, and whom a note can name."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.http import urlencode
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from conversations import actions, queries
from conversations.enums import NotificationKind
from conversations.pages.notifications import address_of, told
from kernel.pages import keyset_page
from kernel.search import fold
from team import queries as team
from tenants.avatars import Person
from tenants.pages import is_partial, member_of, page

SCOPE = "conversations:read"
LINES_A_PAGE = 30
ORDER = "-created_at"
HOME = "/notifications/"


@require_GET
@page(scope=SCOPE)
def notifications(request: HttpRequest) -> HttpResponse:
    """Show what the reader was told, newest first; a partial is the next page of it."""
    member_id, cursor = member_of(request).id, request.GET.get("cursor", "")
    listed = keyset_page(queries.notifications_of(member_id), order=ORDER, limit=LINES_A_PAGE, cursor=cursor)
    values: dict[str, Any] = {
        "page": "notifications",
        "lines": told(listed.ids),
        "next_page": f"{HOME}?{urlencode({'cursor': listed.next_cursor})}" if listed.next_cursor else "",
    }
    if is_partial(request):
        return render(request, "notifications/_lines.html", values)
    values["counts"] = queries.view_counts([member_id])[member_id]
    return render(request, "notifications/page.html", values)


@require_POST
@page(scope=SCOPE)
def read_one(request: HttpRequest, notification_id: UUID) -> HttpResponse:
    """Note that one was seen."""
    actions.read_notification(notification_id=notification_id, member_id=member_of(request).id)
    return _back(request)


@require_POST
@page(scope=SCOPE)
def read_all(request: HttpRequest) -> HttpResponse:
    """Note that all were seen."""
    actions.read_notifications(member_id=member_of(request).id)
    return _back(request)


@require_POST
@page(scope=SCOPE)
def open_one(request: HttpRequest, notification_id: UUID) -> HttpResponse:
    """Note that one was seen, and lead to what it is about."""
    row = queries.notification_for(notification_id, member_of(request).id)
    actions.read_notification(notification_id=row.id, member_id=row.member_id)
    return HttpResponseRedirect(address_of({"conversation_id": row.conversation_id, "message_id": row.message_id}))


@require_http_methods(["GET", "POST"])
@page(scope=SCOPE)
def preference(request: HttpRequest) -> HttpResponse:
    """Show and choose what one is told of, and how; drawn inside the profile."""
    member_id = member_of(request).id
    if request.method == "POST":
        wanted = request.POST.getlist("kind")
        changes = {
            "muted": [kind for kind in NotificationKind.values if kind not in wanted],
            "has_sound": "sound" in request.POST,
            "has_popup": "popup" in request.POST,
        }
        actions.set_notification_preference(member_id=member_id, changes=changes)
    chosen = queries.preference_of(member_id)
    kinds = [(value, label, value not in chosen.muted) for value, label in NotificationKind.choices]
    values = {"kinds": kinds, "chosen": chosen, "is_saved": request.method == "POST"}
    return render(request, "settings/_notifications.html", values)


@require_GET
@page(scope=SCOPE)
def mentions(request: HttpRequest, conversation_id: UUID) -> HttpResponse:
    """Draw the colleagues a note about this conversation can name."""
    queries.conversation_for(conversation_id)
    own = member_of(request).id
    readers = [one for one in team.members() if SCOPE in one.scopes and one.id != own]
    people = [(Person(str(one.id), one.name), fold(one.name)) for one in readers]
    return render(request, "inbox/_mentions.html", {"people": people})


def _back(request: HttpRequest) -> HttpResponse:
    return HttpResponse(status=204) if is_partial(request) else HttpResponseRedirect(HOME)
