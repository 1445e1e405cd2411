"""The inbox page and the parts of it that scripts fetch again."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from conversations import queries
from conversations.enums import Delivery, View
from conversations.pages import filters
from conversations.pages.conversation import conversation_values, message_values, rows_of, thread_values
from conversations.pages.narrowing import chips_of, groups_for
from conversations.pages.tags import tag_choices
from conversations.pages.wording import inbox_words
from kernel.errors import Invalid
from kernel.events.reading import head_seq
from kernel.pages import keyset_page
from team import queries as team
from tenants.avatars import Person
from tenants.pages import is_partial, member_of, page, tenant_of

SCOPE = "conversations:read"
ROWS_A_PAGE = 30
MOST_IDS = 100
ORDER = "-active_at"
TICKS = (Delivery.QUEUED, Delivery.SENT, Delivery.DELIVERED, Delivery.READ, Delivery.PLAYED)


@require_GET
@page(scope=SCOPE)
def inbox(request: HttpRequest) -> HttpResponse:
    """Show the list of a view, with no conversation open: the whole page, or its panes when another view is chosen."""
    return _panes(request, None)


@require_GET
@page(scope=SCOPE)
def conversation(request: HttpRequest, conversation_id: UUID) -> HttpResponse:
    """Show a conversation beside its list: the whole page, or thread and contact when the list is there already."""
    if not is_partial(request):
        return _panes(request, conversation_id)
    values = conversation_values(conversation_id, member_of(request), around=_id(request, "message"))
    return render(request, "inbox/_opened.html", values | {"oob": True})


@require_GET
@page(scope=SCOPE)
def list_page(request: HttpRequest) -> HttpResponse:
    """Draw one page of the list."""
    choice = filters.choice_of(request.GET)
    return render(request, "inbox/_rows.html", _list_values(request, choice, request.GET.get("cursor", "")))


@require_GET
@page(scope=SCOPE)
def rows(request: HttpRequest) -> HttpResponse:
    """Draw some rows as they are now. Those that are not in this view, or not here at all, are left out."""
    choice, member = filters.choice_of(request.GET), member_of(request)
    wanted = queries.conversations_matching(choice.filter(member.id), member.id).filter(id__in=_ids(request))
    found = list(wanted.order_by(ORDER, "-id").values_list("id", flat=True))
    return render(request, "inbox/_rows.html", {"rows": _rows(found, request), "list_query": choice.query})


@require_GET
@page(scope=SCOPE)
def counts(request: HttpRequest) -> HttpResponse:
    """Tell how many conversations each view holds."""
    return JsonResponse(_counts(request))


@require_GET
@page(scope=SCOPE)
def thread(request: HttpRequest, conversation_id: UUID) -> HttpResponse:
    """Draw the newest page of messages."""
    return render(request, "inbox/_messages.html", thread_values(conversation_id, member_of(request)))


@require_GET
@page(scope=SCOPE)
def older(request: HttpRequest, conversation_id: UUID) -> HttpResponse:
    """Draw the page of messages before, or after, those that are shown: the cursor knows which."""
    values = thread_values(conversation_id, member_of(request), request.GET.get("cursor", ""))
    return render(request, "inbox/_messages.html", values)


@require_GET
@page(scope=SCOPE)
def messages(request: HttpRequest, conversation_id: UUID) -> HttpResponse:
    """Draw some messages as they are now; a reaction stands for the message it is on."""
    values = message_values(conversation_id, member_of(request), _ids(request))
    return render(request, "inbox/_bubbles.html", values)


@require_GET
@page(scope=SCOPE)
def head(request: HttpRequest, conversation_id: UUID) -> HttpResponse:
    """Draw what stands above the messages: the head, the window and the hand-off."""
    return render(request, "inbox/_head.html", conversation_values(conversation_id, member_of(request), parts="head"))


@require_GET
@page(scope=SCOPE)
def contact(request: HttpRequest, conversation_id: UUID) -> HttpResponse:
    """Draw the contact pane."""
    values = conversation_values(conversation_id, member_of(request), parts="contact")
    return render(request, "inbox/contact/_pane.html", values)


def _panes(request: HttpRequest, conversation_id: UUID | None) -> HttpResponse:
    # Read before anything else: what happens while the page is made comes again as a live frame.
    seq = head_seq(tenant_of(request).schema_name)
    choice = filters.choice_of(request.GET)
    values = _list_values(request, choice, "")
    values |= {"page": "inbox", "seq": seq, "words": inbox_words(), "statuses": TICKS, "selected": str(conversation_id)}
    if conversation_id is not None:
        values |= conversation_values(conversation_id, member_of(request), around=_id(request, "message"))
    if is_partial(request):
        return render(request, "inbox/_panes.html", values)
    values["chosen"] = queries.preference_of(member_of(request).id)
    return render(request, "inbox/page.html", values)


def _list_values(request: HttpRequest, choice: filters.Choice, cursor: str) -> dict[str, Any]:
    member = member_of(request)
    found = queries.conversations_matching(choice.filter(member.id), member.id)
    listed = keyset_page(found, order=ORDER, limit=ROWS_A_PAGE, cursor=cursor)
    members = [] if cursor else [Person(str(one.id), one.name) for one in team.members()]
    groups = [] if cursor else groups_for(choice, members)
    following = urlencode({"cursor": listed.next_cursor}) if listed.next_cursor else ""
    return {
        "view": choice.view.value,
        "view_label": View(choice.view).label if not choice.channel else "WhatsApp",
        "tab": choice.tab,
        "channel": choice.channel,
        "tag": choice.tag,
        "all_tags": f"/inbox/?{replace(choice, tag='').query}",
        "filter_groups": groups,
        "chips": chips_of(groups),
        "tag_choices": [] if cursor else tag_choices(choice),
        "tabs": choice.tabs,
        "list_query": choice.query,
        "next_page": f"/inbox/list/?{choice.query}&{following}" if following else "",
        "rows": _rows(listed.ids, request),
        "counts": {} if cursor else _counts(request),
        "can_write": "conversations:write" in member.scopes,
        "members_to_assign": members,
    }


def _rows(ids: Sequence[UUID], request: HttpRequest) -> list[Any]:
    return rows_of(queries.conversation_shapes(ids), member_of(request))


def _counts(request: HttpRequest) -> Mapping[str, int]:
    member_id = member_of(request).id
    return queries.view_counts([member_id])[member_id]


def _id(request: HttpRequest, name: str) -> UUID | None:
    """Return an id of the address; None when there is none."""
    try:
        return UUID(request.GET[name]) if name in request.GET else None
    except ValueError as problem:
        raise Invalid(_("This is no id.")) from problem


def _ids(request: HttpRequest) -> list[UUID]:
    given = [part for part in request.GET.get("ids", "").split(",") if part][:MOST_IDS]
    try:
        return [UUID(part) for part in given]
    except ValueError as problem:
        raise Invalid(_("These are no ids.")) from problem
