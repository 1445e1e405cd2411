"""Words and icons for kinds of messages."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from conversations.enums import MessageType

KINDS: dict[str, tuple[str, Promise]] = {
    MessageType.IMAGE: ("image", _("Photo")),
    MessageType.AUDIO: ("mic", _("Voice message")),
    MessageType.VIDEO: ("video", _("Video")),
    MessageType.DOCUMENT: ("file-text", _("Document")),
    MessageType.STICKER: ("sticker", _("Sticker")),
    MessageType.LOCATION: ("map-pin", _("Location")),
    MessageType.CONTACTS: ("contact-round", _("Contact card")),
    MessageType.ORDER: ("shopping-bag", _("Order")),
    MessageType.INTERACTIVE: ("message-square-text", _("Answer to a form")),
    MessageType.REACTION: ("message-square-text", _("Reaction")),
    MessageType.TEMPLATE: ("layout-template", _("Template")),
    MessageType.SYSTEM: ("phone", _("News from WhatsApp")),
    MessageType.UNSUPPORTED: ("message-circle-question-mark", _("This kind of message cannot be shown yet")),
}


def icon_of(message_type: str) -> str:
    """Return the icon of a kind of message."""
    return KINDS[message_type][0] if message_type in KINDS else "message-square-text"


def word_for(message_type: str) -> str:
    """Return what to call a message that has no text of its own."""
    return str(KINDS[message_type][1]) if message_type in KINDS else ""
