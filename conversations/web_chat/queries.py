"""Reading web chats and what their visitors may see."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from conversations.enums import Channel, OutletStatus
from conversations.models import Conversation, Message, WebChat
from conversations.queries import message_shapes
from crm.enums import IdentityKind
from crm.queries import contact_known_as
from kernel.errors import NotFound
from kernel.shapes import Part, Recipe, Row, identifier, in_order, moment, plain


def open_web_chat(outlet_id: UUID) -> WebChat:
    """Return a chat visitors can write in. Raises NotFound, also for one that is switched off."""
    found = WebChat.objects.filter(outlet_id=outlet_id, outlet__status=OutletStatus.ACTIVE).first()
    if found is None:
        raise _no_chat()
    return found


def web_chat_for(outlet_id: UUID, *, lock: bool = False) -> WebChat:
    """Return a chat of this tenant or raise NotFound; `lock` holds its rows until commit."""
    rows = WebChat.objects.select_related("outlet")
    found = (rows.select_for_update(no_key=True) if lock else rows).filter(outlet_id=outlet_id).first()
    if found is None:
        raise _no_chat()
    return found


def web_chats() -> QuerySet[WebChat]:
    """Return every chat of the tenant; page them by `created_at`."""
    return WebChat.objects.filter(outlet__channel=Channel.WEB_CHAT)


def conversation_of_visitor(outlet_id: UUID, visitor_id: str) -> Conversation | None:
    """Return a visitor's conversation, None before the first word. It follows the person through merges."""
    contact_id = contact_known_as(IdentityKind.WEB_CHAT, visitor_id)
    return Conversation.objects.filter(outlet_id=outlet_id, contact_id=contact_id).first() if contact_id else None


def messages_for_visitor(outlet_id: UUID, visitor_id: str, *, after: UUID | None, limit: int) -> list[dict[str, Any]]:
    """Return a visitor's newest messages after one of them, oldest first, all kinds: the door shows some."""
    conversation = conversation_of_visitor(outlet_id, visitor_id)
    if conversation is None:
        return []
    rows = Message.objects.filter(conversation=conversation)
    rows = rows.filter(id__gt=after) if after else rows  # ids are in the order of creation
    newest = list(rows.order_by("-id").values_list("id", flat=True)[:limit])
    return message_shapes(list(reversed(newest)))


def web_chat_shapes(ids: Sequence[UUID], *, fields: frozenset[str] = frozenset()) -> list[dict[str, Any]]:
    """Return chats as the API shows them, in the order of `ids`; one statement."""
    rows = WebChat.objects.filter(id__in=ids).values(*WEB_CHAT.columns(fields))
    return in_order(ids, ((row["id"], WEB_CHAT.make(row, fields)) for row in rows))


def _links(row: Row) -> dict[str, str]:
    return {
        "self": f"/api/v1/web-chats/{row['id']}/",
        "outlet": f"/api/v1/outlets/{row['id']}/",
        "conversations": f"/api/v1/conversations/?outlet={row['id']}",
        "page": f"/chat/{row['id']}/",
        "script": "/chat/widget.js",
    }


def _no_chat() -> NotFound:
    return NotFound(_("There is no such chat."))


WEB_CHAT = Recipe(
    {
        "id": identifier(),
        "name": Part(("outlet__name",), lambda row: row["outlet__name"]),
        "status": Part(("outlet__status",), lambda row: row["outlet__status"]),
        "origins": plain("origins"),
        "greeting": Part(
            ("greeting_en", "greeting_es"), lambda row: {"en": row["greeting_en"], "es": row["greeting_es"]}
        ),
        "created_at": moment("created_at"),
        "updated_at": moment("updated_at"),
        "_links": Part((), _links),
    }
)
