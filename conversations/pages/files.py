"""The files of messages as a thread shows them: a picture, a player, or a name to save under."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _

from conversations.enums import AttachmentState, MessageType
from conversations.filenames import shown_name
from conversations.pages.labels import icon_of, word_for

WIDEST, HIGHEST = 320, 360
"""Pixels a picture takes in a bubble at most; said in advance, so that nothing moves when it comes."""
STICKER_SIDE = 128


@dataclass(frozen=True, slots=True)
class FileView:
    """One file, ready to draw. `look` is picture, sticker, video, sound or save; `url` is empty until it is here."""

    id: str
    look: str
    icon: str
    name: str
    detail: str
    url: str
    picture_url: str
    width: int
    height: int
    state: str
    reason: str


def file_view(attachment: Mapping[str, Any]) -> FileView:
    """Return how an attachment is drawn."""
    kind, look = attachment["kind"], _look(attachment)
    width, height = _fitted(attachment, STICKER_SIDE if look == "sticker" else WIDEST)
    return FileView(
        id=attachment["id"],
        look=look,
        icon=icon_of(kind),
        name=shown_name(attachment["filename"]) or _word(attachment),
        detail=_detail(attachment),
        url=attachment["url"] or "",
        picture_url=(attachment["url"] if attachment["is_animated"] else attachment["thumbnail_url"]) or "",
        width=width,
        height=height,
        state=attachment["state"],
        reason=(attachment["failure"] or {}).get("reason", ""),
    )


def _look(attachment: Mapping[str, Any]) -> str:
    if attachment["state"] != AttachmentState.READY or not attachment["is_shown"]:
        return "save"
    looks = {
        MessageType.IMAGE: "picture", MessageType.STICKER: "sticker", MessageType.VIDEO: "video",
        MessageType.AUDIO: "sound",
    }  # fmt: skip
    return looks.get(attachment["kind"], "save")


def _fitted(attachment: Mapping[str, Any], widest: int) -> tuple[int, int]:
    width, height = attachment["width"] or 0, attachment["height"] or 0
    if not width or not height:
        return 0, 0
    scale = min(widest / width, HIGHEST / height, 1)
    return max(round(width * scale), 1), max(round(height * scale), 1)


def _word(attachment: Mapping[str, Any]) -> str:
    if attachment["kind"] == MessageType.AUDIO and not attachment["is_voice"]:
        return _("Audio")
    return word_for(attachment["kind"])


def _detail(attachment: Mapping[str, Any]) -> str:
    words = [_type_word(attachment)]
    if attachment["size"] is not None:
        words.append(filesizeformat(attachment["size"]))
    return " · ".join(word for word in words if word)


def _type_word(attachment: Mapping[str, Any]) -> str:
    """Return a short name of the type, like PDF; of a long one, what the file's name ends with."""
    media_type = (attachment["media_type"] or attachment["claimed_type"] or "").partition(";")[0]
    word = media_type.rpartition("/")[2].upper()
    if len(word) > 8 or not word:  # noqa: PLR2004 - longer ones are no words
        end = shown_name(attachment["filename"]).rpartition(".")[2]
        word = end.upper() if 0 < len(end) <= 5 else ""  # noqa: PLR2004 - the same
    return word or _("Unknown type")
