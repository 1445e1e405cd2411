"""Send later: the times on offer, and what is done with a message that waits for its time."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from conversations import actions, queries
from conversations.pages.conversation import load_row
from conversations.pages.later import change_values, offer_values, time_of
from conversations.views.writes import DONE, SEND
from kernel.errors import NotFound
from tenants.pages import actor_of, member_of, page


@require_GET
@page(scope=SEND)
def offer(request: HttpRequest, conversation_id: UUID) -> HttpResponse:
    """Offer times for what is typed."""
    row = load_row(conversation_id, member_of(request))
    return render(request, "inbox/_later.html", offer_values(row))


@require_http_methods(["GET", "POST"])
@page(scope=SEND)
def change(request: HttpRequest, conversation_id: UUID, message_id: UUID) -> HttpResponse:
    """Show the words, time and rule of a scheduled message; then change them."""
    _require_in(conversation_id, message_id)
    if request.method == "GET":
        row = load_row(conversation_id, member_of(request))
        (shape,) = queries.message_shapes([message_id])
        return render(request, "inbox/_later_change.html", change_values(row, shape))
    actions.change_scheduled(
        message_id=message_id,
        text=request.POST.get("text"),
        send_at=time_of(request.POST.get("send_at", "")),
        cancels_on_reply=bool(request.POST.get("cancel_on_reply")),
        actor=actor_of(request),
    )
    return HttpResponse(status=DONE)


@require_POST
@page(scope=SEND)
def send_now(request: HttpRequest, conversation_id: UUID, message_id: UUID) -> HttpResponse:
    """Send a scheduled message at once."""
    _require_in(conversation_id, message_id)
    actions.send_scheduled_now(message_id=message_id, actor=actor_of(request))
    return HttpResponse(status=DONE)


@require_POST
@page(scope=SEND)
def cancel(request: HttpRequest, conversation_id: UUID, message_id: UUID) -> HttpResponse:
    """See that a scheduled message never goes out."""
    _require_in(conversation_id, message_id)
    actions.cancel_scheduled(message_id=message_id, actor=actor_of(request))
    return HttpResponse(status=DONE)


def _require_in(conversation_id: UUID, message_id: UUID) -> None:
    if queries.message_for(message_id).conversation_id != conversation_id:
        raise NotFound(_("There is no such message."))
