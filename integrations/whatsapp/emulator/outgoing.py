"""The rules by which the emulated Graph API takes or refuses a message."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from integrations.whatsapp.emulator.refusals import Refusal
from integrations.whatsapp.senders import is_user_id
from integrations.whatsapp.types import MAX_TEXT

_INVALID = 100
_PHONE = re.compile(r"\+?[1-9]\d{6,14}")
_TEMPLATE_NAME = re.compile(r"[a-z0-9_]{1,512}")
_TYPES = frozenset(
    "text template image video audio document sticker location contacts interactive reaction".split()  # noqa: SIM905
)
_COMPONENTS = frozenset({"header", "body", "button", "carousel", "limited_time_offer", "order_status"})
_BLANK = re.compile(r"\{\{\s*\w+\s*\}\}")


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


def read_outgoing(request: object, templates: Sequence[dict[str, Any]], *, any_template: bool) -> Outgoing:
    """Check a request to send. Raises Refusal. `any_template` admits names that are not in `templates`."""
    if not isinstance(request, dict) or request.get("messaging_product") != "whatsapp":
        raise Refusal(_INVALID, "The parameter messaging_product is required.")
    kind = request.get("type", "text")
    if kind not in _TYPES:
        raise Refusal(_INVALID, f"Param type must be one of {{{', '.join(sorted(_TYPES))}}}.")
    content = request.get(kind)
    if not content or not isinstance(content, list if kind == "contacts" else dict):
        raise Refusal(131008, f"Parameter '{kind}' is required.")
    recipient = _recipient(request)
    _check_common(request)
    if kind == "text":
        _check_text(request["text"])
    if kind == "template":
        _check_template(request["template"], templates, any_template=any_template)
    return Outgoing(recipient, kind, request)


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


def _recipient(request: dict[str, Any]) -> str:
    phone, user_id = request.get("to"), request.get("recipient")
    if isinstance(phone, str) and _PHONE.fullmatch(phone.strip()):
        return "+" + phone.strip().removeprefix("+")
    if isinstance(user_id, str) and is_user_id(user_id):
        return user_id
    if phone or user_id:
        raise Refusal(131009, "The recipient is not a valid phone number or user id.")
    raise Refusal(_INVALID, "The parameter to is required.")


def _check_common(request: dict[str, Any]) -> None:
    if request.get("recipient_type", "individual") not in {"individual", "group"}:
        raise Refusal(_INVALID, "The parameter recipient_type is not valid.")
    tag = request.get("biz_opaque_callback_data")
    if tag is not None and (not isinstance(tag, str) or len(tag) > 512):  # noqa: PLR2004 - the vendor's figure
        raise Refusal(131009, "The parameter biz_opaque_callback_data is not valid.")
    context = request.get("context")
    if context is not None and not (isinstance(context, dict) and isinstance(context.get("message_id"), str)):
        raise Refusal(131009, "The parameter context is not valid.")


def _check_text(text: dict[str, Any]) -> None:
    body = text.get("body")
    if not isinstance(body, str) or not body:
        raise Refusal(_INVALID, "The parameter text['body'] is required.")
    if len(body) > MAX_TEXT:
        raise Refusal(_INVALID, f"Param text['body'] must be at most {MAX_TEXT} characters long.")
    if not isinstance(text.get("preview_url", False), bool):
        raise Refusal(131009, "The parameter text['preview_url'] is not valid.")


def _check_template(template: dict[str, Any], known: Sequence[dict[str, Any]], *, any_template: bool) -> None:
    name, language = template.get("name"), template.get("language")
    code = language.get("code") if isinstance(language, dict) else None
    if not isinstance(name, str) or not _TEMPLATE_NAME.fullmatch(name) or not isinstance(code, str) or not code:
        raise Refusal(131008, "The parameters template['name'] and template['language']['code'] are required.")
    given = _components(template)
    listed = next((item for item in known if (item["name"], item["language"]) == (name, code)), None)
    if listed is None:
        if any_template:
            return
        raise Refusal(132001, f"{name} does not exist in {code}")
    if listed["status"] in {"PAUSED", "DISABLED"}:
        raise Refusal(132015 if listed["status"] == "PAUSED" else 132016)
    for part in ("header", "body"):
        _check_count(part, listed, given.get(part, []))


def _components(template: dict[str, Any]) -> dict[str, list[Any]]:
    """Return parameters by part. The type may be written in either case: the vendor's clients do both."""
    components = template.get("components") or []
    if not isinstance(components, list):
        raise Refusal(131009, "The parameter template['components'] is not valid.")
    found: dict[str, list[Any]] = {}
    for component in components:
        kind = component.get("type") if isinstance(component, dict) else None
        if not isinstance(kind, str) or kind.lower() not in _COMPONENTS:
            raise Refusal(131009, "The type of a template component is not valid.")
        parameters = component.get("parameters") or []
        if not isinstance(parameters, list) or not all(
            isinstance(item, dict) and "type" in item for item in parameters
        ):
            raise Refusal(132012, "The parameters of a template component are not valid.")
        found[kind.lower()] = parameters
    return found


def _check_count(part: str, listed: dict[str, Any], given: list[Any]) -> None:
    text = next((item.get("text", "") for item in listed["components"] if item["type"].lower() == part), "")
    expected = len(set(_BLANK.findall(text)))
    if text and len(given) != expected:
        raise Refusal(132000, f"{part}: {len(given)} parameters given, {expected} expected")
