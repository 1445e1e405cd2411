"""The same for many conversations: each by its own action and transaction, each with its own outcome."""

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from conversations import actions, queries
from conversations.pages import filters
from conversations.pages.resting import earliest, moments, until_of
from kernel import clocks
from kernel.errors import Invalid, Refusal
from tenants.pages import actor_of, member_of, page

MOST = 100
"""Conversations at once; a person looks at no more, and a program has the API."""

OPERATIONS: dict[str, tuple[Callable[..., None], str]] = {
    "resolve": (actions.resolve, "reopen"),
    "reopen": (actions.reopen, "resolve"),
    "seen": (actions.mark_seen, "unread"),
    "unread": (actions.mark_unread, "seen"),
}
"""What is done, and what takes it back. What needs a word more than the ids is in `_operation`."""


@require_POST
@page(scope="conversations:write")
def apply(request: HttpRequest) -> HttpResponse:
    """Do one thing to each conversation; tell which changed, which could not and why, and how to take it back."""
    act, undo = _operation(request)
    changed, failed = [], []
    for conversation_id in _given(request):
        before = _version(conversation_id)
        try:
            act(conversation_id=conversation_id, actor=actor_of(request))
        except Refusal as problem:
            failed.append({"id": str(conversation_id), "why": str(problem.message)})
        else:
            if _version(conversation_id) != before:
                changed.append(str(conversation_id))
    return JsonResponse({"changed": changed, "failed": failed, "undo": undo})


def _operation(request: HttpRequest) -> tuple[Callable[..., None], str]:
    name, tag = request.POST.get("operation", ""), [request.POST.get("tag", "")]
    if name == "assign":
        return partial(actions.assign, member_id=_id(request.POST.get("member", ""))), ""
    if name == "snooze":
        return partial(actions.snooze, until=until_of(request.POST.get("until", ""))), "reopen"
    if name == "tag":
        return partial(actions.change_tags, add=tag), "untag"
    if name == "untag":
        return partial(actions.change_tags, remove=tag), "tag"
    if name not in OPERATIONS:
        raise Invalid(_("This cannot be done to many."), details={"operation": [", ".join(OPERATIONS)]})
    return OPERATIONS[name]


@require_GET
@page(scope="conversations:write")
def snooze(request: HttpRequest) -> HttpResponse:
    """Offer times for the selected conversations to come back."""
    now = clocks.now()
    return render(request, "inbox/_bulk_snooze.html", {"moments": moments(now), "earliest": earliest(now)})


def _version(conversation_id: UUID) -> Any:  # noqa: ANN401 - compared, not used
    shapes = queries.conversation_shapes([conversation_id], fields=frozenset({"version"}))
    return shapes[0]["version"] if shapes else None


@require_GET
@page(scope="conversations:read")
def ids(request: HttpRequest) -> HttpResponse:
    """Tell the newest conversations of a view, as many as may be changed at once."""
    choice, member = filters.choice_of(request.GET), member_of(request)
    rows = queries.conversations_matching(choice.filter(member.id), member.id)
    found = rows.order_by("-active_at", "-id").values_list("id", flat=True)[:MOST]
    return JsonResponse({"ids": [str(one) for one in found]})


def _given(request: HttpRequest) -> list[UUID]:
    given = [part for part in request.POST.get("ids", "").split(",") if part]
    if not 0 < len(given) <= MOST:
        raise Invalid(_("Choose 1 to 100 conversations."), details={"ids": [_("At most 100.")]})
    return list(dict.fromkeys(one for part in given if (one := _id(part))))


def _id(raw: str) -> UUID | None:
    try:
        return UUID(raw) if raw else None
    except ValueError as problem:
        raise Invalid(_("This is no id."), details={"ids": [_("Use an id.")]}) from problem
