"""Sentences that people read about messages, in their language."""

from django.utils.translation import gettext as _

from conversations.enums import MessageType
from integrations.whatsapp.errors import reason_for

PREVIEW_LENGTH = 200
STOPPED_BY_HAND = "STOPPED_BY_HAND"
"""Why an outlet is stopped that a person has stopped; the vendor's codes are numbers."""


def failure_reason(code: str, detail: str = "") -> str:
    """Return why a message failed, in plain words; the vendor's own detail when the code is new to us."""
    if code == STOPPED_BY_HAND:
        return _("Stopped by hand.")
    if code == "MARKETING_OPTED_OUT":
        return _("This person has asked for no more marketing messages.")
    if code == "TEMPLATE_UNUSABLE":
        return _("WhatsApp has not approved this template, or has paused it.")
    return reason_for(code) or detail or _("The message was not sent.")


def file_failure_reason(code: str) -> str:
    """Return why a customer's file could not be loaded, in plain words."""
    return reason_for(code) or _("The file could not be loaded.")


def preview(message_type: str, text: str) -> str:
    """Return the one line that stands for a message in a list; empty for types the page names by itself."""
    if message_type in {MessageType.TEXT, MessageType.TEMPLATE, MessageType.NOTE} or text:
        return " ".join(text.split())[:PREVIEW_LENGTH]
    return ""


def web_chat_words() -> dict[str, str]:
    """Return what the page of a web chat says by itself."""
    return {
        "you": _("You"),
        "team": _("Team"),
        "sending": _("Sending"),
        "again": _("Try again"),
        "offline": _("You are offline. We'll go on when the connection is back."),
    }
