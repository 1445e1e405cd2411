"""What the search field shows: people first, then what was said."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.http import urlencode

from conversations import queries
from conversations.enums import Direction, MessageType
from conversations.pages.filters import Choice
from conversations.pages.rows import Row, row_of
from kernel.pages import keyset_page
from kernel.search import PLACE, Piece, words_of
from tenants.avatars import Person
from tenants.types import MemberInfo

PEOPLE = 5
HITS_A_PAGE = 20
ORDER = f"-{PLACE}"
LONGEST = 200


@dataclass(frozen=True, slots=True)
class Hit:
    """A message that was found, with the conversation it stands in."""

    id: str
    conversation_id: str
    contact: Person
    sender: str
    """Who of ours wrote it; empty for the customer."""
    is_note: bool
    at: datetime
    snippet: Sequence[Piece]


def found_values(asked: str, member: MemberInfo, choice: Choice, cursor: str = "") -> dict[str, Any]:
    """Return what was found for a query; messages only for those who may read them."""
    words = words_of(asked[:LONGEST])
    values: dict[str, Any] = {"asked": asked[:LONGEST], "has_words": bool(words), "list_query": choice.query}
    if not words:
        return values
    if not cursor:
        values["people"] = _people(asked[:LONGEST], member)
    if "messages:read" in member.scopes:
        values |= _hits(words, asked[:LONGEST], choice, cursor)
    return values


def _people(asked: str, member: MemberInfo) -> list[Row]:
    ids = keyset_page(queries.conversations_with(asked), order=ORDER, limit=PEOPLE).ids
    return [row_of(shape, str(member.id)) for shape in queries.conversation_shapes(ids)]


def _hits(words: Sequence[str], asked: str, choice: Choice, cursor: str) -> dict[str, Any]:
    found = keyset_page(queries.messages_saying(words), order=ORDER, limit=HITS_A_PAGE, cursor=cursor)
    following = urlencode({"q": asked, "cursor": found.next_cursor or ""})
    more = f"/inbox/search/?{choice.query}&{following}" if found.next_cursor else ""
    return {"hits": _described(queries.found_shapes(found.ids, words=words)), "more": more}


def _described(shapes: Sequence[dict[str, Any]]) -> list[Hit]:
    ids = list(dict.fromkeys(UUID(shape["conversation_id"]) for shape in shapes))
    contacts = {
        one["id"]: one["contact"] for one in queries.conversation_shapes(ids, fields=frozenset({"id", "contact"}))
    }
    return [_hit(shape, contacts[shape["conversation_id"]]) for shape in shapes]


def _hit(shape: dict[str, Any], contact: dict[str, Any]) -> Hit:
    return Hit(
        id=shape["id"],
        conversation_id=shape["conversation_id"],
        contact=Person(contact["id"], contact["name"]),
        sender="" if shape["direction"] == Direction.IN else shape["sender"]["name"],
        is_note=shape["type"] == MessageType.NOTE,
        at=datetime.fromisoformat(shape["sent_at"]),
        snippet=shape["snippet"],
    )


def palette_values(asked: str, member: MemberInfo) -> dict[str, Any]:
    """Return the few best people, messages and canned replies for the command palette."""
    words = words_of(asked[:LONGEST])
    if not words:
        return {}
    values: dict[str, Any] = {"people": _people(asked[:LONGEST], member)}
    if "messages:read" in member.scopes:
        ids = keyset_page(queries.messages_saying(words), order=ORDER, limit=PEOPLE).ids
        values["hits"] = _described(queries.found_shapes(ids, words=words))
    if "canned-replies:read" in member.scopes:
        values["canned"] = queries.canned_replies(member.id).filter(shortcut__contains="-".join(words))[:PEOPLE]
    return values
