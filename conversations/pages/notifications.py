"""What a member was told, ready for pages and for scripts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from conversations import queries
from conversations.enums import NotificationKind

ICONS = {
    NotificationKind.MENTION: "message-square-text",
    NotificationKind.ASSIGNED: "user-round",
    NotificationKind.MESSAGE_FAILED: "circle-alert",
}


@dataclass(frozen=True, slots=True)
class Told:
    """One notification as a line."""

    id: str
    icon: str
    sentence: str
    text: str
    at: datetime
    is_read: bool


def told(ids: Sequence[UUID]) -> list[Told]:
    """Return notifications as lines, in the order of `ids`."""
    return [_line(shape) for shape in queries.notification_shapes(ids)]


def notification_words() -> dict[str, str]:
    """Return the sentences scripts say, by kind; blanks in braces."""
    return {f"told_{kind}": _sentence(kind).replace("%(", "{").replace(")s", "}") for kind in _kinds()}


def address_of(shape: Mapping[str, Any]) -> str:
    """Return where a notification leads: to the message, or to the conversation."""
    message = f"&message={shape['message_id']}" if shape["message_id"] else ""
    return f"/inbox/{shape['conversation_id']}/?view=all{message}"


def _line(shape: Mapping[str, Any]) -> Told:
    kind = _kind(shape["kind"], shape["by"])
    names = {"who": shape["contact"]["name"], "by": shape["by"]["name"] if shape["by"] else ""}
    return Told(
        id=shape["id"],
        icon=ICONS[NotificationKind(shape["kind"])],
        sentence=_sentence(kind) % names,
        text=shape["text"] or "",
        at=datetime.fromisoformat(shape["created_at"]),
        is_read=shape["read_at"] is not None,
    )


def _kind(kind: str, by: object) -> str:
    """Return the kind as sentences tell it apart: with a colleague who caused it, or without."""
    return kind if by or kind == NotificationKind.MESSAGE_FAILED else f"{kind}_by_nobody"


def _kinds() -> list[str]:
    return ["mention", "mention_by_nobody", "assigned", "assigned_by_nobody", "message_failed"]


def _sentence(kind: str) -> str:
    return {
        "mention": _("%(by)s mentioned you about %(who)s"),
        "mention_by_nobody": _("You were mentioned about %(who)s"),
        "assigned": _("%(by)s assigned %(who)s to you"),
        "assigned_by_nobody": _("%(who)s was assigned to you"),
        "message_failed": _("Your message to %(who)s was not sent"),
    }[kind]
