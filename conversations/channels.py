"""What each channel can do, in one place: composer, API, actions and tasks ask here and nowhere else.

Source for WhatsApp: Meta, "Media" and "Messages" of the Cloud API.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from types import MappingProxyType

from conversations.enums import Channel, MessageType

KB, MB = 1024, 1024 * 1024

FILES = (MessageType.IMAGE, MessageType.AUDIO, MessageType.VIDEO, MessageType.DOCUMENT, MessageType.STICKER)
"""Kinds of messages that are a file; the order in which an upload is tried to be one."""


@dataclass(frozen=True, slots=True)
class FileRule:
    """Which files may go out as one kind of message: their types by content, their size in bytes, a caption."""

    types: frozenset[str]
    limit: int
    animated_limit: int = 0
    """For moving stickers; 0 where it makes no difference."""
    has_caption: bool = False

    def takes(self, media_type: str, size: int, *, is_animated: bool) -> bool:
        """Tell whether a file may go out as this kind."""
        return media_type in self.types and size <= self.limit_for(is_animated=is_animated)

    def limit_for(self, *, is_animated: bool) -> int:
        """Return how many bytes such a file may have."""
        return self.animated_limit if is_animated and self.animated_limit else self.limit


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What can be sent through a channel, and what it tells us."""

    files: Mapping[MessageType, FileRule] = field(default_factory=dict)
    receive_limits: Mapping[MessageType, int] = field(default_factory=dict)
    """Bytes of a customer's file that are fetched at most."""
    window: timedelta | None = None
    """How long after a customer's message anything may be sent; None: always."""
    templates: bool = False
    interactive: bool = False
    """Buttons, lists, links and requests for a place."""
    reactions: bool = False
    places_and_cards: bool = False
    receipts: bool = False
    """Whether customers can be shown that their message was read and that somebody types."""


_OFFICE = "application/vnd.openxmlformats-officedocument"
_DOCUMENTS = frozenset(
    {
        "application/pdf", "text/plain", "application/msword", "application/vnd.ms-excel",
        "application/vnd.ms-powerpoint", f"{_OFFICE}.wordprocessingml.document", f"{_OFFICE}.spreadsheetml.sheet",
        f"{_OFFICE}.presentationml.presentation",
    }
)  # fmt: skip
_AUDIO = frozenset({"audio/aac", "audio/amr", "audio/mpeg", "audio/mp4", "audio/ogg"})

WHATSAPP = Capabilities(
    files=MappingProxyType(
        {
            MessageType.IMAGE: FileRule(frozenset({"image/jpeg", "image/png"}), 5 * MB, has_caption=True),
            MessageType.AUDIO: FileRule(_AUDIO, 16 * MB),
            MessageType.VIDEO: FileRule(frozenset({"video/mp4", "video/3gpp"}), 16 * MB, has_caption=True),
            MessageType.DOCUMENT: FileRule(_DOCUMENTS, 100 * MB, has_caption=True),
            MessageType.STICKER: FileRule(frozenset({"image/webp"}), 100 * KB, animated_limit=500 * KB),
        }
    ),
    receive_limits=MappingProxyType(
        {
            MessageType.IMAGE: 16 * MB,
            MessageType.AUDIO: 16 * MB,
            MessageType.VIDEO: 16 * MB,
            MessageType.DOCUMENT: 100 * MB,
            MessageType.STICKER: MB,
        }
    ),
    window=timedelta(hours=24),
    templates=True,
    interactive=True,
    reactions=True,
    places_and_cards=True,
    receipts=True,
)

WEB_CHAT = Capabilities()
"""Text both ways, at any time."""

_CHANNELS: Mapping[str, Capabilities] = {Channel.WHATSAPP: WHATSAPP, Channel.WEB_CHAT: WEB_CHAT}


def capabilities_of(channel: str) -> Capabilities:
    """Return what a channel can do."""
    return _CHANNELS[channel]
