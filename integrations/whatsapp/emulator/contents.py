"""The rules for what a message says: text, files, places, cards, reactions."""

from collections.abc import Callable
from typing import Any

from integrations.whatsapp.emulator import checks
from integrations.whatsapp.emulator.interactive import check_interactive
from integrations.whatsapp.emulator.media import KIND_OF
from integrations.whatsapp.emulator.refusals import Refusal
from integrations.whatsapp.emulator.shelf import Media
from integrations.whatsapp.types import MAX_TEXT

Find = Callable[[str], Media | None]
MAX_CAPTION = 1024
_CAPTIONED = frozenset({"image", "video", "document"})
_MAX_NAME, _MAX_CARDS, _MAX_ADDRESS = 240, 257, 1000


def check_content(kind: str, content: Any, find: Find) -> None:  # noqa: ANN401 - JSON
    """Check what a message of this type says; `find` looks up files of the sending number. Raises Refusal."""
    if kind in MEDIA:
        check_media(content, kind, find)
    elif kind == "interactive":
        check_interactive(content, lambda header, media_kind: check_media(header, media_kind, find))
    else:
        _CHECKS[kind](content)


def check_media(content: dict[str, Any], kind: str, find: Find) -> None:
    """Check a file that is named by id or by link. Raises Refusal."""
    media_id, link = content.get("id"), content.get("link")
    if bool(media_id) == bool(link):
        raise Refusal(checks.PARAMETER, f"Param {kind} must have either 'id' or 'link'.")
    if link:
        checks.web_address(content, "link", kind)
    else:
        media = find(str(media_id))
        if media is None:
            raise Refusal(
                checks.PARAMETER, f"Param {kind}['id'] is not a valid whatsapp business account media attachment ID"
            )
        if kind != "document" and KIND_OF.get(media.mime_type) != kind:
            raise Refusal(131053, f"A file of type {media.mime_type} cannot be sent as {kind}.")
    if content.get("caption") and kind not in _CAPTIONED:
        raise Refusal(checks.PARAMETER, f"Unexpected key 'caption' on param '{kind}'.")
    checks.optional_text(content, "caption", kind, most=MAX_CAPTION)
    checks.optional_text(content, "filename", kind, most=_MAX_NAME)


def _check_text(content: dict[str, Any]) -> None:
    if not isinstance(content.get("body"), str) or not content["body"]:
        raise Refusal(checks.PARAMETER, "The parameter text['body'] is required.")
    checks.text(content, "body", "text", most=MAX_TEXT, too_long=checks.PARAMETER)
    if not isinstance(content.get("preview_url", False), bool):
        raise Refusal(checks.INVALID, "The parameter text['preview_url'] is not valid.")


def _check_location(content: dict[str, Any]) -> None:
    checks.number(content, "latitude", "location", most=90)
    checks.number(content, "longitude", "location", most=180)
    for name in ("name", "address"):
        checks.optional_text(content, name, "location", most=_MAX_ADDRESS)


def _check_contacts(content: list[Any]) -> None:
    cards = checks.parts({"contacts": content}, "contacts", "message", most=_MAX_CARDS)
    for card in cards:
        name = checks.part(card, "name", "contacts")
        checks.text(name, "formatted_name", "contacts['name']", most=_MAX_ADDRESS)
        others = ("first_name", "last_name", "middle_name", "suffix", "prefix")
        if not any(name.get(other) for other in others):
            raise Refusal(checks.PARAMETER, f"At least one of {', '.join(others)} is needed beside formatted_name.")
        for listed in ("phones", "emails", "urls", "addresses"):
            if card.get(listed):
                checks.parts(card, listed, "contacts", most=_MAX_CARDS)


def _check_reaction(content: dict[str, Any]) -> None:
    if not checks.text(content, "message_id", "reaction", most=512).startswith("wamid."):
        raise Refusal(checks.INVALID, "The parameter reaction['message_id'] is not valid.")
    emoji = content.get("emoji", "")
    if not isinstance(emoji, str) or (emoji and emoji.isascii()):
        raise Refusal(checks.INVALID, "The parameter reaction['emoji'] must be an emoji, or empty to take it back.")


MEDIA = frozenset({"image", "video", "audio", "document", "sticker"})
_CHECKS: dict[str, Callable[[Any], None]] = {
    "text": _check_text,
    "location": _check_location,
    "contacts": _check_contacts,
    "reaction": _check_reaction,
}
