"""What the inbox posts: each view calls one action and says what came of it."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from conversations import actions, queries
from conversations.channels import FILES
from conversations.enums import MessageType
from conversations.pages.conversation import load_row, message_values
from conversations.pages.later import time_of
from conversations.pages.picker import cards_of
from conversations.pages.resting import earliest, moments, until_of
from conversations.pages.tags import tag_options
from conversations.types import NewMessage, TemplateChoice
from kernel import clocks
from kernel.errors import Invalid, NotFound, Refusal
from tenants.pages import actor_of, member_of, page

WRITE = "conversations:write"
SEND = "messages:write"
DONE = 204


@require_POST
@page(scope=SEND)
def send(request: HttpRequest, conversation_id: UUID) -> HttpResponse:
    """Send a reply or a template, or keep it until its time; the same `client_id` again answers with the first one."""
    written: dict[str, Any] = {
        "conversation_id": conversation_id,
        "message": _message(request),
        "actor": actor_of(request),
        "client_id": _uuid(request, "client_id"),
    }
    if "send_at" in request.POST:
        cancels = bool(request.POST.get("cancel_on_reply"))
        at = time_of(request.POST["send_at"])
        message_id = actions.schedule_message(send_at=at, cancels_on_reply=cancels, **written)
    else:
        message_id = actions.send_message(**written)
    return _bubble(request, conversation_id, message_id)


def _message(request: HttpRequest) -> NewMessage:
    name = request.POST.get("template", "")
    if name:
        choice = TemplateChoice(name, request.POST.get("language", ""), **_blanks(request))
        return NewMessage(MessageType.TEMPLATE, template=choice)
    text, attachment = request.POST.get("text", ""), _uuid(request, "attachment")
    if attachment is not None:
        return NewMessage(_file_kind(request), text=text, attachment=attachment)
    return NewMessage(MessageType.TEXT, text=text)


def _file_kind(request: HttpRequest) -> MessageType:
    """Return as what a file goes. Raises Invalid for a word that is no kind of file."""
    kind = request.POST.get("kind", "")
    if kind not in FILES:
        raise Invalid(_("This kind of message cannot be sent."), details={"kind": [_("Use another type.")]})
    return MessageType(kind)


def _blanks(request: HttpRequest) -> dict[str, dict[str, str]]:
    """Return the filled blanks by place: `body.1=Maribel` becomes {"body": {"1": "Maribel"}}."""
    blanks: dict[str, dict[str, str]] = {"header": {}, "body": {}, "buttons": {}}
    for name, value in request.POST.items():
        place, _dot, blank = name.partition(".")
        if place in blanks and blank:
            blanks[place][blank] = str(value)
    return blanks


@require_POST
@page(scope=SEND)
def note(request: HttpRequest, conversation_id: UUID) -> HttpResponse:
    """Keep a private note."""
    message_id = actions.add_note(
        conversation_id=conversation_id,
        text=request.POST.get("text", ""),
        actor=actor_of(request),
        client_id=_uuid(request, "client_id"),
    )
    return _bubble(request, conversation_id, message_id)


@require_POST
@page(scope=SEND)
def retry(request: HttpRequest, conversation_id: UUID, message_id: UUID) -> HttpResponse:
    """Send a failed message again."""
    if queries.message_for(message_id).conversation_id != conversation_id:
        raise NotFound(_("There is no such message."))
    actions.retry_message(message_id=message_id, actor=actor_of(request))
    return _bubble(request, conversation_id, message_id)


@require_POST
@page(scope=WRITE)
def assign(request: HttpRequest, conversation_id: UUID) -> HttpResponse:
    """Make a member responsible, or nobody."""
    member_id = _uuid(request, "member")
    actions.assign(conversation_id=conversation_id, member_id=member_id, actor=actor_of(request))
    return HttpResponse(status=DONE)


@require_POST
@page(scope=WRITE)
def take_over(request: HttpRequest, conversation_id: UUID) -> HttpResponse:
    """Make whoever asks responsible and next to answer."""
    member_id = member_of(request).id
    actions.take_over(conversation_id=conversation_id, member_id=member_id, actor=actor_of(request))
    return HttpResponse(status=DONE)


@require_POST
@page(scope=WRITE)
def hand_off(request: HttpRequest, conversation_id: UUID) -> HttpResponse:
    """Give the conversation back to the queue."""
    reason = request.POST.get("reason", "") or _("Returned by %(name)s") % {"name": member_of(request).name}
    actions.hand_off(conversation_id=conversation_id, to="queue", reason=reason, actor=actor_of(request))
    return HttpResponse(status=DONE)


@require_POST
@page(scope=WRITE)
def resolve(request: HttpRequest, conversation_id: UUID) -> HttpResponse:
    """Mark the conversation as done."""
    actions.resolve(conversation_id=conversation_id, actor=actor_of(request))
    return HttpResponse(status=DONE)


@require_POST
@page(scope=WRITE)
def reopen(request: HttpRequest, conversation_id: UUID) -> HttpResponse:
    """Take a done conversation up again."""
    actions.reopen(conversation_id=conversation_id, actor=actor_of(request))
    return HttpResponse(status=DONE)


@require_http_methods(["GET", "POST"])
@page(scope=WRITE)
def snooze(request: HttpRequest, conversation_id: UUID) -> HttpResponse:
    """Offer times to come back; then let the conversation rest until the one that was chosen, or until a reply."""
    if request.method == "GET":
        now = clocks.now()
        row = load_row(conversation_id, member_of(request))
        return render(request, "inbox/_snooze.html", {"row": row, "moments": moments(now), "earliest": earliest(now)})
    until = until_of(request.POST.get("until", ""))
    actions.snooze(conversation_id=conversation_id, until=until, actor=actor_of(request))
    return HttpResponse(status=DONE)


@require_POST
@page(scope=WRITE)
def pending(request: HttpRequest, conversation_id: UUID) -> HttpResponse:
    """Mark that the conversation waits for somebody outside."""
    actions.set_aside(conversation_id=conversation_id, actor=actor_of(request))
    return HttpResponse(status=DONE)


@require_http_methods(["GET", "POST"])
@page(scope=WRITE)
def tags(request: HttpRequest, conversation_id: UUID) -> HttpResponse:
    """Offer the tenant's tags; then give one to the conversation, or take it away."""
    row = load_row(conversation_id, member_of(request))
    if request.method == "GET":
        options = tag_options({tag.name for tag in row.tags})
        return render(request, "inbox/_tags.html", {"row": row, "options": options})
    tag, is_on = [request.POST.get("tag", "")], request.POST.get("on") == "1"
    add, remove = (tag, []) if is_on else ([], tag)
    actions.change_tags(conversation_id=conversation_id, add=add, remove=remove, actor=actor_of(request))
    return HttpResponse(status=DONE)


@require_POST
@page(scope=WRITE)
def seen(request: HttpRequest, conversation_id: UUID) -> HttpResponse:
    """Note that the conversation was read."""
    actions.mark_seen(conversation_id=conversation_id, actor=actor_of(request))
    return HttpResponse(status=DONE)


@require_POST
@page(scope=WRITE)
def unread(request: HttpRequest, conversation_id: UUID) -> HttpResponse:
    """Let the conversation count as unread."""
    actions.mark_unread(conversation_id=conversation_id, actor=actor_of(request))
    return HttpResponse(status=DONE)


@require_POST
@page(scope=WRITE)
def draft(request: HttpRequest, conversation_id: UUID) -> HttpResponse:
    """Keep what is typed and not sent."""
    actions.save_draft(
        conversation_id=conversation_id,
        member_id=member_of(request).id,
        text=request.POST.get("text", ""),
        is_note=bool(request.POST.get("is_note")),
    )
    return HttpResponse(status=DONE)


@require_http_methods(["GET"])
@page(scope=SEND)
def templates(request: HttpRequest, conversation_id: UUID) -> HttpResponse:
    """Draw the template picker of the conversation's number."""
    row = load_row(conversation_id, member_of(request))
    outlet_id = queries.conversation_for(conversation_id).outlet_id
    values = {"row": row, "cards": cards_of(queries.templates_for(outlet_id))}
    return render(request, "inbox/_templates.html", values)


@require_http_methods(["GET", "POST"])
@page(scope=WRITE)
def new(request: HttpRequest) -> HttpResponse:
    """Show the form for a new conversation; once it is open the page goes there."""
    values = {"outlets": queries.outlets(), "to": request.POST.get("to", ""), "name": request.POST.get("name", "")}
    if request.method == "GET":
        return render(request, "inbox/_new.html", values)
    try:
        conversation_id = actions.open_conversation(
            outlet_id=_uuid(request, "outlet") or UUID(int=0),
            to=request.POST.get("to", ""),
            name=request.POST.get("name", ""),
            actor=actor_of(request),
        )
    except Refusal as problem:
        return render(request, "inbox/_new.html", values | {"problem": problem.message})
    return HttpResponse(status=DONE, headers={"HX-Redirect": f"/inbox/{conversation_id}/?view=all"})


def _bubble(request: HttpRequest, conversation_id: UUID, message_id: UUID) -> HttpResponse:
    values = message_values(conversation_id, member_of(request), [message_id])
    return render(request, "inbox/_bubbles.html", values)


def _uuid(request: HttpRequest, name: str) -> UUID | None:
    """Return an id of the form; None when it is empty. Raises Invalid."""
    raw = request.POST.get(name, "")
    try:
        return UUID(raw) if raw else None
    except ValueError as problem:
        raise Invalid(_("This is no id."), details={name: [_("Use an id.")]}) from problem
