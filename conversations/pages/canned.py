"""Canned replies as the composer and the settings page show them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from uuid import UUID

from django.db.models.functions import Lower
from django.utils.translation import gettext as _

from conversations import queries
from conversations.canned import Piece, filled, missing, plain_text
from conversations.models import CannedReply, Conversation
from kernel.search import fold
from tenants.types import MemberInfo

MOST = 500
"""Replies the composer gets at once; it looks through them by itself."""


@dataclass(frozen=True, slots=True)
class Said:
    """What a reply says in one language, here and now."""

    language: str
    pieces: Sequence[Piece]

    @property
    def text(self) -> str:
        """The text as it would be sent."""
        return plain_text(self.pieces)

    @property
    def missing(self) -> str:
        """What nobody knows yet, in words."""
        return ", ".join(missing(self.pieces))


@dataclass(frozen=True, slots=True)
class Card:
    """A reply in the list above the composer; `said` begins with the customer's language."""

    id: str
    shortcut: str
    title: str
    folder: str
    is_private: bool
    use_count: int
    words: str
    """What it is found by, folded."""
    said: Sequence[Said]


def cards_for(conversation: Conversation, member: MemberInfo, business: str) -> list[Card]:
    """Return the replies a member has, filled in for a conversation, the most used first."""
    values = _values(conversation, member, business)
    first = conversation.contact.language or "en"
    rows = queries.canned_replies(member.id).order_by("-use_count", "shortcut", "id")[:MOST]
    return [_card(row, values, first) for row in rows]


def _values(conversation: Conversation, member: MemberInfo, business: str) -> Mapping[str, str]:
    contact, outlet = conversation.contact, conversation.outlet
    return {
        "contact.first_name": contact.name.split()[0] if contact.name.split() else "",
        "contact.name": contact.name,
        "contact.phone": contact.phone,
        "contact.email": contact.email,
        "agent.first_name": member.name.split()[0] if member.name.split() else "",
        "agent.name": member.name,
        "outlet.name": outlet.name,
        "outlet.phone": outlet.display_phone_number,
        "business.name": business,
    }


def _card(row: CannedReply, values: Mapping[str, str], first: str) -> Card:
    texts = {"en": row.text_en, "es": row.text_es}
    languages = sorted((one for one in texts if texts[one]), key=lambda one: not first.startswith(one))
    return Card(
        id=str(row.id),
        shortcut=row.shortcut,
        title=row.title,
        folder=row.folder,
        is_private=row.owner_id is not None,
        use_count=row.use_count,
        words=fold(f"{row.shortcut} {row.title} {row.folder}"),
        said=[Said(language, filled(texts[language], values)) for language in languages],
    )


def folders_of(member_id: UUID) -> list[tuple[str, list[CannedReply]]]:
    """Return the replies a member has by folder; those in none come last."""
    rows = queries.canned_replies(member_id).select_related("owner").order_by(Lower("folder"), "shortcut", "id")
    by_folder = [(name or _("No folder"), list(group)) for name, group in groupby(rows, lambda row: row.folder)]
    return sorted(by_folder, key=lambda one: one[1][0].folder == "")
