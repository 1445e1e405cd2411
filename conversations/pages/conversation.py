"""One conversation as its panes show it: everything a template needs, read in a fixed number of statements."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from django.db.models import QuerySet
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from conversations import queries
from conversations.enums import MessageType, Status
from conversations.models import Message
from conversations.pages.bubbles import Bubble, bubbles_of, reaction_target, reactions_by_message
from conversations.pages.contact import SHOWN, happenings, identities_of, language_name, local_time, stage_of
from conversations.pages.rows import Row, row_of
from crm import queries as crm
from kernel import clocks
from kernel.events.reading import newest_of
from kernel.pages import Page, cursor_at, keyset_page
from team import queries as team
from tenants.avatars import Person
from tenants.types import MemberInfo

MESSAGES_A_PAGE = 50
ORDER = "-sent_at"
EVENTS_SHOWN = 8
TARGET = "content__reaction__message_id__in"
WRITE = "conversations:write"

Parts = Literal["all", "head", "contact"]
Values = dict[str, Any]


def load_row(conversation_id: UUID, member: MemberInfo) -> Row:
    """Return a conversation of this tenant as a row. Raises NotFound."""
    queries.conversation_for(conversation_id)
    (row,) = rows_of(queries.conversation_shapes([conversation_id]), member)
    return row


def rows_of(shapes: Sequence[Mapping[str, Any]], member: MemberInfo) -> list[Row]:
    """Return conversations as rows; a statement more for the colors of tags when there are some."""
    colors = crm.tag_colors() if any(shape["tags"] for shape in shapes) else {}
    return [row_of(shape, str(member.id), colors) for shape in shapes]


def conversation_values(
    conversation_id: UUID, member: MemberInfo, *, parts: Parts = "all", around: UUID | None = None
) -> Values:
    """Return what the panes of a conversation draw, or only what its head or its contact pane draws.

    `around` shows the messages around that one instead of the newest.
    """
    row = load_row(conversation_id, member)
    colleagues = team.members()
    values: Values = {"row": row, "me": str(member.id), "can_write": WRITE in member.scopes}
    values |= _assignees(colleagues, member)
    if parts in {"all", "contact"}:
        values |= _contact_values(row, colleagues)
    if parts == "all":
        page = _page_around(row, around) if around else _page_values(row, "")
        page["first_unread"] = _first_unread(page["bubbles"], row.unread)
        values |= page | _drafts(conversation_id, member)
    return values


@dataclass(frozen=True, slots=True)
class Colleague(Person):
    """Somebody who can be responsible, and how much they have: "3 of 8", or "3"."""

    load: str = ""


def _assignees(colleagues: Sequence[MemberInfo], member: MemberInfo) -> Values:
    """Return whom the conversation can be assigned to with what they have already; two statements."""
    workers = [one for one in colleagues if WRITE in one.scopes]
    loads, most = queries.open_loads([one.id for one in workers]), team.capacities()
    words = {one.id: load_in_words(loads.get(one.id, 0), most.get(one.id)) for one in workers}
    listed = [Colleague(str(one.id), one.name, load=words[one.id]) for one in workers]
    return {"members": listed, "my_load": words.get(member.id, "")}


def load_in_words(load: int, most: int | None) -> str:
    """Return how many open conversations somebody has, of how many at most."""
    return str(load) if most is None else _("%(n)s of %(most)s") % {"n": load, "most": most}


def thread_values(conversation_id: UUID, member: MemberInfo, cursor: str = "") -> Values:
    """Return a page of messages, oldest first, and where older ones are. Raises NotFound."""
    return _page_values(load_row(conversation_id, member), cursor) | {"can_write": WRITE in member.scopes}


def message_values(conversation_id: UUID, member: MemberInfo, ids: Sequence[UUID]) -> Values:
    """Return some messages of a conversation; a reaction brings the message it is on. Raises NotFound."""
    row = load_row(conversation_id, member)
    mine = queries.messages_of(conversation_id)
    given = mine.filter(id__in=ids)
    reactions = queries.message_shapes(list(given.filter(type=MessageType.REACTION).values_list("id", flat=True)))
    targets = mine.filter(vendor_id__in=[reaction_target(reaction) for reaction in reactions])
    wanted = {*given.values_list("id", flat=True), *targets.values_list("id", flat=True)}
    return {"row": row, "can_write": WRITE in member.scopes, "bubbles": _bubbles(mine, sorted(wanted))}


def _page_values(row: Row, cursor: str) -> Values:
    mine = queries.messages_of(UUID(row.id))
    found = keyset_page(mine, order=ORDER, limit=MESSAGES_A_PAGE, cursor=cursor)
    return _page(row, mine, found)


def _page_around(row: Row, message_id: UUID) -> Values:
    """Return the messages before and after one; the newest when it is not of this conversation."""
    mine = queries.messages_of(UUID(row.id))
    target = mine.filter(id=message_id).values_list("id", "sent_at").first()
    if target is None:
        return _page_values(row, "")
    before = keyset_page(mine, order=ORDER, limit=MESSAGES_A_PAGE // 2, cursor=cursor_at(ORDER, target))
    after_cursor = cursor_at(ORDER, target, backwards=True)
    after = keyset_page(mine, order=ORDER, limit=MESSAGES_A_PAGE // 2, cursor=after_cursor)
    found = Page([*after.ids, message_id, *before.ids], before.next_cursor, after.previous_cursor)
    return _page(row, mine, found) | {"target": str(message_id)}


def _page(row: Row, mine: QuerySet[Message], found: Page) -> Values:
    """Return bubbles, oldest first, and where the pages before and after them are."""
    return {
        "row": row,
        "older": _page_link(row, found.next_cursor),
        "newer": _page_link(row, found.previous_cursor),
        "bubbles": _bubbles(mine, list(reversed(found.ids))),
    }


def _first_unread(bubbles: Sequence[Bubble], unread: int) -> str:
    """Return the id of the message that the line "New" stands above; empty when nothing is unread, or it is older."""
    incoming = [bubble.id for bubble in bubbles if bubble.variant == "customer"]
    return incoming[-unread] if 0 < unread <= len(incoming) else ""


def _page_link(row: Row, cursor: str | None) -> str:
    return f"/inbox/{row.id}/older/?{urlencode({'cursor': cursor})}" if cursor else ""


def _bubbles(mine: QuerySet[Message], ids: Sequence[UUID]) -> list[Bubble]:
    """Return the bubbles of some messages with the reactions on them."""
    shapes = queries.message_shapes(ids)
    known = {shape["vendor_id"] for shape in shapes if shape["vendor_id"]}
    asked = {reaction_target(shape) for shape in shapes if shape["type"] == MessageType.REACTION}
    on_page = mine.filter(type=MessageType.REACTION, **{TARGET: sorted(known)}).order_by("sent_at", "id")
    reactions = queries.message_shapes(list(on_page.values_list("id", flat=True)))
    elsewhere = mine.filter(vendor_id__in=asked - known).values_list("vendor_id", flat=True) if asked else ()
    return bubbles_of(shapes, reactions_by_message(reactions), {*known, *elsewhere})


def _drafts(conversation_id: UUID, member: MemberInfo) -> Values:
    """Return the member's own draft, and a colleague who has one too."""
    drafts = list(queries.drafts_of(conversation_id).order_by("-updated_at"))
    mine = next((draft for draft in drafts if draft.member_id == member.id), None)
    other = next((draft for draft in drafts if draft.member_id != member.id), None)
    return {
        "draft": {"text": mine.text if mine else "", "mode": "note" if mine and mine.is_note else "reply"},
        "drafting": other.member if other else None,
    }


def _contact_values(row: Row, colleagues: Sequence[MemberInfo]) -> Values:
    shape = crm.contact_shapes([UUID(row.contact.id)])[0]
    names = {str(one.id): one.name for one in colleagues}
    where = local_time(shape["time_zone"] or "")
    opted_out = shape["marketing_opt_out_at"]
    started = queries.conversation_for(UUID(row.id)).created_at
    return {
        "contact": {
            **shape,
            "since": datetime.fromisoformat(shape["created_at"]),
            "identities": identities_of(shape),
            "language_name": language_name(shape["language"]) if shape["language"] else "",
            "local_time": where,
            "now": clocks.now().astimezone(where.zone) if where else None,
            "opted_out_at": datetime.fromisoformat(opted_out) if opted_out else None,
        },
        "language": shape["language"],
        "stage": stage_of(shape["lifecycle"]),
        "facts": {"status": Status(row.status).label, "started": started},
        "events": happenings(newest_of(f"conversation:{row.id}", types=SHOWN, limit=EVENTS_SHOWN), names),
    }
