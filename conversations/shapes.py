"""How conversations, messages, outlets and templates look to API, pages and sockets, field by field."""

from collections.abc import Mapping
from datetime import datetime
from operator import itemgetter
from typing import Any

from conversations import channels
from conversations.enums import AttachmentState, MessageType, Owner
from conversations.sla import SOON
from conversations.wording import failure_reason, file_failure_reason
from kernel.clocks import rfc3339
from kernel.shapes import Part, Recipe, Row, identifier, moment, or_null, plain

QUOTE_LENGTH = 200
"""Characters of a quoted message that go along with its answer."""

AT = "now"
"""The instant a row is looked at: its reader puts it beside the columns."""
QUOTED = "quoted"
"""The message a row answers, or None: its reader puts it beside the columns."""
FILES = "files"
"""The attachments of a row, as they are shown: its reader puts them beside the columns."""
HOLD_FILES = frozenset({*channels.FILES, MessageType.TEMPLATE})
"""Types of messages that can have a file."""


def due_state(due_at: datetime | None, now: datetime) -> dict[str, Any]:
    """Return what is due next and how it stands; `none` while nobody owes anything."""
    if due_at is None:
        return {"due_at": None, "state": "none"}
    state = "late" if now >= due_at else "soon" if due_at - now < SOON else "ok"
    return {"due_at": rfc3339(due_at), "state": state}


def failure(row: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return why a message failed, in the reader's language; None when it did not."""
    code = row["failure_code"]
    if not code:
        return None
    reason = failure_reason(code, row["failure_detail"])
    return {"code": code, "reason": reason, "retryable": row["failure_retryable"]}


def _owner(row: Row) -> dict[str, Any]:
    human = row["owner"] == Owner.HUMAN and row["assignee_id"]
    return {"type": row["owner"], "user": str(row["assignee_id"]) if human else None}


def _assignee(row: Row) -> dict[str, Any] | None:
    return {"id": str(row["assignee_id"]), "name": row["assignee__name"]} if row["assignee_id"] else None


def _contact(row: Row) -> dict[str, Any]:
    return {
        "id": str(row["contact_id"]),
        "name": row["contact__name"] or row["contact__username"] or row["contact__phone"],
        "phone": row["contact__phone"] or None,
    }


def _outlet(row: Row) -> dict[str, Any]:
    return {"id": str(row["outlet_id"]), "name": row["outlet__name"], "channel": row["outlet__channel"]}


def _preview(row: Row) -> dict[str, Any]:
    return {
        "text": row["preview"],
        "type": row["preview_type"] or None,
        "direction": row["preview_direction"] or None,
        "sender": row["preview_sender"] or None,
    }


def _window(row: Row) -> str | None:
    open_until = row["window_expires_at"]
    return rfc3339(open_until) if open_until and open_until > row[AT] else None


def _handoff(row: Row) -> dict[str, Any] | None:
    requested_at = row["handoff_requested_at"]
    return {"requested_at": rfc3339(requested_at), "reason": row["handoff_reason"]} if requested_at else None


def _conversation_links(row: Row) -> dict[str, str]:
    base = f"/api/v1/conversations/{row['id']}/"
    return {
        "self": base,
        "messages": base + "messages/",
        "handoff": base + "handoff/",
        "contact": f"/api/v1/contacts/{row['contact_id']}/",
        "outlet": f"/api/v1/outlets/{row['outlet_id']}/",
    }


def _reply_owner(row: Row) -> dict[str, Any] | None:
    return {"id": str(row["owner_id"]), "name": row["owner__name"]} if row["owner_id"] else None


CONVERSATION = Recipe(
    {
        "id": identifier(),
        "status": plain("status"),
        "owner": Part(("owner", "assignee_id"), _owner),
        "assignee": Part(("assignee_id", "assignee__name"), _assignee),
        "contact": Part(("contact_id", "contact__name", "contact__phone", "contact__username"), _contact),
        "outlet": Part(("outlet_id", "outlet__name", "outlet__channel"), _outlet),
        "subject_line": plain("subject_line"),
        "preview": Part(("preview", "preview_type", "preview_direction", "preview_sender"), _preview),
        "unread_count": plain("unread_count"),
        "last_message_at": moment("last_message_at"),
        "active_at": moment("active_at"),
        "window_expires_at": Part(("window_expires_at",), _window),
        "handoff": Part(("handoff_requested_at", "handoff_reason"), _handoff),
        "tags": plain("tags"),
        "snoozed_until": moment("snoozed_until"),
        "sla": Part(("sla_due_at",), lambda row: due_state(row["sla_due_at"], row[AT])),
        "version": plain("version"),
        "created_at": moment("created_at"),
        "updated_at": moment("updated_at"),
        "_links": Part(("contact_id", "outlet_id"), _conversation_links),
    }
)


def may_be_shown(kind: str, media_type: str, *, is_shown: bool) -> bool:
    """Tell whether a page shows or plays a file as what it came as: safe by its bytes, and no other thing than told.

    A sound in a container for films is no contradiction.
    """
    families = {"audio": {"audio", "video"}, "video": {"video"}}.get(kind, {"image"})
    return is_shown and media_type.partition("/")[0] in families


def _is_shown(row: Row) -> bool:
    is_shown = bool(row["file__is_shown"])
    return may_be_shown(row["kind"], row["file__media_type"] or "", is_shown=is_shown)


def _content_url(row: Row, kind: str = "") -> str | None:
    """Return where the bytes are; the hash in it changes with them, so that they may be kept for good."""
    sha256 = row["file__sha256"]
    return f"/files/{row['id']}/{sha256[:16]}/{kind}" if sha256 else None


def _thumbnail_url(row: Row) -> str | None:
    return _content_url(row, "thumbnail/") if row["file__has_thumbnail"] else None


def _file_failure(row: Row) -> dict[str, Any] | None:
    code = row["failure_code"]
    if not code or row["state"] != AttachmentState.FAILED:
        return None
    return {"code": code, "reason": file_failure_reason(code)}


def _attachment_links(row: Row) -> dict[str, str]:
    base = f"/api/v1/attachments/{row['id']}/"
    content = {"content": base + "content/"} if row["file__sha256"] else {}
    message = {"message": f"/api/v1/messages/{row['message_id']}/"} if row["message_id"] else {}
    return {"self": base, **content, **message}


ATTACHMENT = Recipe(
    {
        "id": identifier(),
        "message_id": identifier("message_id"),
        "kind": plain("kind"),
        "state": plain("state"),
        "filename": plain("filename"),
        "media_type": or_null("file__media_type"),
        "claimed_type": or_null("claimed_type"),
        "size": plain("file__size"),
        "sha256": plain("file__sha256"),
        "is_voice": plain("is_voice"),
        "is_animated": Part(("file__is_animated",), lambda row: bool(row["file__is_animated"])),
        "is_shown": Part(("kind", "file__media_type", "file__is_shown"), _is_shown),
        "width": plain("file__width"),
        "height": plain("file__height"),
        "url": Part(("file__sha256",), _content_url),
        "thumbnail_url": Part(("file__sha256", "file__has_thumbnail"), _thumbnail_url),
        "failure": Part(("failure_code", "state"), _file_failure),
        "created_at": moment("created_at"),
        "_links": Part(("file__sha256", "message_id"), _attachment_links),
    }
)


def _sender(row: Row) -> dict[str, Any]:
    sender_id = row["sender_id"]
    return {"type": row["sender_type"], "id": str(sender_id) if sender_id else None, "name": row["sender_name"]}


def _reply_to(row: Row) -> dict[str, Any] | None:
    original = row[QUOTED]
    if original is None:
        return None
    return {
        "id": str(original["id"]),
        "text": original["text"][:QUOTE_LENGTH],
        "type": original["type"],
        "sender_name": original["sender_name"],
    }


def _message_links(row: Row) -> dict[str, str]:
    return {
        "self": f"/api/v1/messages/{row['id']}/",
        "status": f"/api/v1/messages/{row['id']}/status/",
        "conversation": f"/api/v1/conversations/{row['conversation_id']}/",
    }


_FAILURE = Part(("failure_code", "failure_detail", "failure_retryable"), failure)

MESSAGE = Recipe(
    {
        "id": identifier(),
        "conversation_id": identifier("conversation_id"),
        "direction": plain("direction"),
        "sender": Part(("sender_type", "sender_id", "sender_name"), _sender),
        "type": plain("type"),
        "text": plain("text"),
        "attachments": Part(("type",), itemgetter(FILES)),
        "content": plain("content"),
        "reply_to": Part(("reply_to_vendor_id",), _reply_to),
        "status": plain("status"),
        "status_at": moment("status_at"),
        "scheduled_for": moment("schedule__due_at"),
        "cancel_on_reply": plain("schedule__cancels_on_reply"),
        "failure": _FAILURE,
        "vendor_id": plain("vendor_id"),
        "client_id": identifier("client_id"),
        "sent_at": moment("sent_at"),
        "delivered_at": moment("delivered_at"),
        "read_at": moment("read_at"),
        "created_at": moment("created_at"),
        "metadata": or_null("metadata"),
        "_links": Part(("conversation_id",), _message_links),
    }
)
MESSAGE_STATUS = Recipe(
    {name: MESSAGE.parts[name] for name in ("id", "status", "status_at", "failure", "vendor_id", "sent_at")}
    | {name: MESSAGE.parts[name] for name in ("delivered_at", "read_at", "_links")}
)

OUTLET = Recipe(
    {
        "id": identifier(),
        "name": plain("name"),
        "channel": plain("channel"),
        "phone_number_id": plain("phone_number_id"),
        "display_phone_number": or_null("display_phone_number"),
        "waba_id": or_null("waba_id"),
        "portfolio_id": or_null("portfolio_id"),
        "graph_version": or_null("graph_version"),
        "status": plain("status"),
        "status_code": or_null("status_code"),
        "sends_read_receipts": plain("sends_read_receipts"),
        "created_at": moment("created_at"),
        "updated_at": moment("updated_at"),
        "_links": Part(
            (),
            lambda row: {
                "self": f"/api/v1/outlets/{row['id']}/",
                "conversations": f"/api/v1/conversations/?outlet={row['id']}",
                "active": f"/api/v1/conversations/outlet/{row['id']}/active/",
                "templates": f"/api/v1/templates/?outlet={row['id']}",
            },
        ),
    }
)
"""Never the access token."""

TEMPLATE = Recipe(
    {
        "id": identifier(),
        "waba_id": plain("waba_id"),
        "name": plain("name"),
        "language": plain("language"),
        "category": or_null("category"),
        "status": plain("status"),
        "quality": or_null("quality"),
        "reason": or_null("reason"),
        "components": plain("components"),
        "created_at": moment("created_at"),
        "updated_at": moment("updated_at"),
        "_links": Part((), lambda row: {"self": f"/api/v1/templates/{row['id']}/"}),
    }
)

SLA_POLICY = Recipe(
    {
        "id": identifier(),
        "name": plain("name"),
        "outlet": identifier("outlet_id"),
        "tag": or_null("tag"),
        "calendar": identifier("calendar_id"),
        "first_response": plain("first_response"),
        "next_response": plain("next_response"),
        "resolution": plain("resolution"),
        "created_at": moment("created_at"),
        "updated_at": moment("updated_at"),
        "_links": Part((), lambda row: {"self": f"/api/v1/sla-policies/{row['id']}/"}),
    }
)


def _about(row: Row) -> dict[str, Any]:
    name = row["conversation__contact__name"] or row["conversation__contact__username"]
    return {"id": str(row["conversation__contact_id"]), "name": name or row["conversation__contact__phone"]}


def _by(row: Row) -> dict[str, Any] | None:
    return {"id": str(row["by_id"]), "name": row["by__name"]} if row["by_id"] else None


def _excerpt(row: Row) -> str | None:
    return " ".join(row["message__text"][:QUOTE_LENGTH].split()) if row["message_id"] else None


NOTIFICATION = Recipe(
    {
        "id": identifier(),
        "kind": plain("kind"),
        "conversation_id": identifier("conversation_id"),
        "message_id": identifier("message_id"),
        "contact": Part(
            (
                "conversation__contact_id",
                "conversation__contact__name",
                "conversation__contact__username",
                "conversation__contact__phone",
            ),
            _about,
        ),
        "by": Part(("by_id", "by__name"), _by),
        "text": Part(("message_id", "message__text"), _excerpt),
        "read_at": moment("read_at"),
        "created_at": moment("created_at"),
        "_links": Part((), lambda row: {"self": f"/api/v1/notifications/{row['id']}/"}),
    }
)
CANNED_REPLY = Recipe(
    {
        "id": identifier(),
        "shortcut": plain("shortcut"),
        "title": plain("title"),
        "folder": plain("folder"),
        "text_en": or_null("text_en"),
        "text_es": or_null("text_es"),
        "is_shared": Part(("owner_id",), lambda row: row["owner_id"] is None),
        "owner": Part(("owner_id", "owner__name"), _reply_owner),
        "use_count": plain("use_count"),
        "created_at": moment("created_at"),
        "updated_at": moment("updated_at"),
        "_links": Part((), lambda row: {"self": f"/api/v1/canned-replies/{row['id']}/"}),
    }
)
