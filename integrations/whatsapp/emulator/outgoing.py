"""The rules by which the emulated Graph API takes or refuses a message."""

import re
from dataclasses import dataclass
from typing import Any

import phonenumbers

from integrations.whatsapp.emulator.contents import MEDIA, Find, check_content, check_media
from integrations.whatsapp.emulator.filling import check_filling, name_and_language
from integrations.whatsapp.emulator.refusals import Refusal
from integrations.whatsapp.senders import is_user_id
from integrations.whatsapp.wire import Number

_INVALID = 100
_DECORATION = re.compile(r"[\s().-]")
_PHONE = re.compile(r"\+?[1-9]\d{6,14}")
_TYPES = MEDIA | {"text", "template", "location", "contacts", "interactive", "reaction"}
_MAX_TAG = 512


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message the vendor takes. `recipient` is the phone with + or the user id."""

    recipient: str
    type: str
    request: dict[str, Any]

    @property
    def by_user_id(self) -> bool:
        """Tell whether it is addressed to a user id."""
        return is_user_id(self.recipient)

    @property
    def template(self) -> tuple[str, str] | None:
        """Return the name and language of the template, if it is one."""
        return name_and_language(self.request["template"]) if self.type == "template" else None

    @property
    def words(self) -> str:
        """Return everything in it that a person would read."""
        return _words(self.request.get(self.type))


def read_outgoing(request: object, number: Number) -> Outgoing:
    """Read a request to send, but for what it says. Raises Refusal."""
    if not isinstance(request, dict) or request.get("messaging_product") != "whatsapp":
        raise Refusal(_INVALID, "The parameter messaging_product is required.")
    kind = str(request.get("type", "text")).lower()
    if kind not in _TYPES:
        raise Refusal(_INVALID, f"Param type must be one of {{{', '.join(sorted(_TYPES))}}}.")
    content = request.get(kind)
    if not content or not isinstance(content, list if kind == "contacts" else dict):
        raise Refusal(131008, f"Parameter '{kind}' is required.")
    _check_common(request)
    recipient = _recipient(request, number)
    if recipient == "+" + number.display_phone_number.lstrip("+"):
        raise Refusal(131021)
    return Outgoing(recipient, kind, request)


def check_outgoing(message: Outgoing, listed: dict[str, Any] | None, find: Find) -> None:
    """Check what a message says; `listed` is the template it uses. Raises Refusal."""
    content = message.request[message.type]
    if message.type == "template":
        check_filling(content, listed, lambda media, kind: check_media(media, kind, find))
        if message.by_user_id and listed and listed["category"] == "AUTHENTICATION":
            raise Refusal(131062)
    else:
        check_content(message.type, content, find)


def read_mark(request: dict[str, Any]) -> str:
    """Check a request to mark as read, with or without typing; return the message's id. Raises Refusal."""
    if request.get("messaging_product") != "whatsapp":
        raise Refusal(_INVALID, "The parameter messaging_product is required.")
    message_id = request.get("message_id")
    if request.get("status") != "read" or not isinstance(message_id, str) or not message_id.startswith("wamid."):
        raise Refusal(_INVALID, "The parameter message_id is not valid.")
    if "typing_indicator" in request and request["typing_indicator"] != {"type": "text"}:
        raise Refusal(131009, "The parameter typing_indicator is not valid.")
    return message_id


def _recipient(request: dict[str, Any], number: Number) -> str:
    phone, user_id = request.get("to"), request.get("recipient")
    if isinstance(phone, str) and _PHONE.fullmatch(plain := _DECORATION.sub("", phone)):
        return _international(plain, number)
    if isinstance(user_id, str) and is_user_id(user_id):
        return user_id
    if phone or user_id:
        raise Refusal(131009, "The recipient is not a valid phone number or user id.")
    raise Refusal(_INVALID, "The parameter to is required.")


def _international(phone: str, number: Number) -> str:
    """Return the phone with +. Without one, the sender's country code goes before it, unless it is there already."""
    if phone.startswith("+"):
        return phone
    code = str(phonenumbers.parse("+" + number.display_phone_number.lstrip("+")).country_code)
    return f"+{phone}" if phone.startswith(code) else f"+{code}{phone}"


def _check_common(request: dict[str, Any]) -> None:
    if request.get("recipient_type", "individual") not in {"individual", "group"}:
        raise Refusal(_INVALID, "The parameter recipient_type is not valid.")
    tag = request.get("biz_opaque_callback_data")
    if tag is not None and (not isinstance(tag, str) or len(tag) > _MAX_TAG):
        raise Refusal(131009, "The parameter biz_opaque_callback_data is not valid.")
    context = request.get("context")
    if context is not None and not (isinstance(context, dict) and isinstance(context.get("message_id"), str)):
        raise Refusal(131009, "The parameter context is not valid.")


def _words(value: object) -> str:
    if isinstance(value, str):
        return value
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return " ".join(filter(None, map(_words, items)))
