"""The rules by which the emulated Graph API takes or refuses a message, and the form of its refusals."""

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from integrations.whatsapp.senders import is_user_id
from integrations.whatsapp.types import MAX_TEXT

_INVALID = 100
_TITLES: dict[int, tuple[int, str]] = {
    0: (401, "AuthException"),
    1: (500, "An unknown error occurred"),
    2: (503, "Service temporarily unavailable"),
    4: (429, "Application request limit reached"),
    10: (403, "Permission denied"),
    100: (400, "Invalid parameter"),
    190: (401, "Invalid access token"),
    368: (403, "Blocked for policy reasons"),
    80007: (429, "Rate limit issues"),
    130429: (429, "Rate limit hit"),
    130472: (400, "User's number is part of an experiment"),
    131000: (500, "Something went wrong"),
    131008: (400, "Required parameter is missing"),
    131009: (400, "Parameter value is not valid"),
    131016: (503, "Service unavailable"),
    131021: (400, "Recipient cannot be sender"),
    131026: (400, "Message undeliverable"),
    131031: (403, "Account has been locked"),
    131042: (402, "Business eligibility payment issue"),
    131047: (400, "Re-engagement message"),
    131048: (429, "Spam rate limit hit"),
    131049: (400, "Kept back: limit of this person"),
    131050: (400, "User has stopped marketing messages"),
    131051: (400, "Unsupported message type"),
    131053: (400, "Media upload error"),
    131056: (429, "Pair rate limit hit"),
    131057: (500, "Account in maintenance mode"),
    132000: (400, "Parameter count mismatch"),
    132001: (404, "No such template in this language"),
    132012: (400, "Parameter format mismatch"),
    132015: (400, "Template is paused"),
    132016: (400, "Template is disabled"),
}
_PERMISSION = range(200, 300)
_PHONE = re.compile(r"\+?[1-9]\d{6,14}")
_TEMPLATE_NAME = re.compile(r"[a-z0-9_]{1,512}")
_TYPES = frozenset(
    "text template image video audio document sticker location contacts interactive reaction".split()  # noqa: SIM905
)
_COMPONENTS = frozenset({"header", "body", "button", "carousel", "limited_time_offer", "order_status"})
_BLANK = re.compile(r"\{\{\s*\w+\s*\}\}")


@dataclass(eq=False)
class Refusal(Exception):  # noqa: N818 - the name of what the vendor answers
    """The vendor says no with this code."""

    code: int
    details: str = ""
    http_status: int | None = None

    @property
    def status(self) -> int:
        """Return the HTTP status that goes with the code."""
        return self.http_status or _title(self.code)[0]

    def body(self) -> dict[str, Any]:
        """Return the body in the vendor's form."""
        title = _title(self.code)[1]
        error: dict[str, Any] = {"message": f"(#{self.code}) {title}", "type": "OAuthException", "code": self.code}
        error["error_data"] = {"messaging_product": "whatsapp", "details": self.details or title}
        return {"error": {**error, "fbtrace_id": secrets.token_urlsafe(8)}}


def status_error(code: int) -> dict[str, Any]:
    """Return an error as it stands in a status webhook."""
    title = _title(code)[1]
    return {
        "code": code,
        "title": title,
        "message": title,
        "error_data": {"details": title},
        "href": "https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes/",
    }


def _title(code: int) -> tuple[int, str]:
    if code in _PERMISSION:
        return 403, "Permission not granted"
    return _TITLES.get(code, (400, "Message failed"))


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
