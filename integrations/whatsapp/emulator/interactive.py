"""The rules for messages that a person can press something in."""

from collections.abc import Callable
from typing import Any

from integrations.whatsapp.emulator import checks
from integrations.whatsapp.emulator.refusals import Refusal

CheckMedia = Callable[[dict[str, Any], str], None]
Content = dict[str, Any]
_PATH = "interactive"
_ACTION = "interactive['action']"
_MAX_BODY, _MAX_HEADER, _MAX_FOOTER = 1024, 60, 60
_MAX_BUTTONS, _MAX_SECTIONS, _MAX_ROWS, _MAX_ITEMS, _MAX_CARDS = 3, 10, 10, 30, 10
_BODY_IS_OPTIONAL = frozenset({"product"})
_TEXT_HEADER_ONLY = frozenset({"list", "product_list"})


def check_interactive(content: Content, check_media: CheckMedia) -> None:
    """Check a message with buttons, a list or the like. Raises Refusal."""
    kind = content.get("type")
    check = _CHECKS.get(kind) if isinstance(kind, str) else None
    if check is None:
        raise Refusal(checks.PARAMETER, f"Param interactive['type'] must be one of {{{', '.join(sorted(_CHECKS))}}}.")
    if kind not in _BODY_IS_OPTIONAL or content.get("body"):
        checks.text(checks.part(content, "body", _PATH), "text", "interactive['body']", most=_MAX_BODY)
    if content.get("footer"):
        checks.text(checks.part(content, "footer", _PATH), "text", "interactive['footer']", most=_MAX_FOOTER)
    if content.get("header"):
        _check_header(content, check_media)
    check(content, checks.part(content, "action", _PATH))


def _check_header(content: Content, check_media: CheckMedia) -> None:
    header = checks.part(content, "header", _PATH)
    kind = header.get("type")
    if kind == "text":
        checks.text(header, "text", "interactive['header']", most=_MAX_HEADER)
    elif kind in {"image", "video", "document"} and content["type"] not in _TEXT_HEADER_ONLY:
        check_media(checks.part(header, kind, "interactive['header']"), kind)
    else:
        raise Refusal(checks.INVALID, "The type of interactive['header'] is not valid for this message.")


def _check_buttons(_content: Content, action: Content) -> None:
    buttons = checks.parts(action, "buttons", _ACTION, most=_MAX_BUTTONS)
    if any(button.get("type") != "reply" for button in buttons):
        raise Refusal(checks.INVALID, "The type of a button must be 'reply'.")
    replies = [checks.part(button, "reply", "button") for button in buttons]
    checks.different([checks.text(reply, "id", "button['reply']", most=256) for reply in replies], "button id")
    checks.different([checks.text(reply, "title", "button['reply']", most=20) for reply in replies], "button title")


def _check_list(_content: Content, action: Content) -> None:
    checks.text(action, "button", _ACTION, most=20)
    sections = checks.parts(action, "sections", _ACTION, most=_MAX_SECTIONS)
    rows = []
    for section in sections:
        if len(sections) > 1:
            checks.text(section, "title", "section", most=24)
        checks.optional_text(section, "title", "section", most=24)
        rows += checks.parts(section, "rows", "section", most=_MAX_ROWS)
    if len(rows) > _MAX_ROWS:
        raise Refusal(checks.INVALID, f"Total row count exceed max allowed count: {_MAX_ROWS}")
    checks.different([checks.text(row, "id", "row", most=200) for row in rows], "row id")
    for row in rows:
        checks.text(row, "title", "row", most=24)
        checks.optional_text(row, "description", "row", most=72)


def _check_link(_content: Content, action: Content) -> None:
    parameters = _parameters(action, "cta_url")
    checks.text(parameters, "display_text", f"{_ACTION}['parameters']", most=20)
    checks.web_address(parameters, "url", f"{_ACTION}['parameters']")


def _check_flow(_content: Content, action: Content) -> None:
    parameters = _parameters(action, "flow")
    path = f"{_ACTION}['parameters']"
    if bool(parameters.get("flow_id")) == bool(parameters.get("flow_name")):
        raise Refusal(checks.PARAMETER, "Either flow_id or flow_name is needed.")
    checks.text(parameters, "flow_message_version", path, most=3)
    checks.text(parameters, "flow_cta", path, most=30)
    if parameters.get("flow_action", "navigate") not in {"navigate", "data_exchange"}:
        raise Refusal(checks.INVALID, f"Parameter {path}['flow_action'] is not valid.")


def _check_product(_content: Content, action: Content) -> None:
    for name in ("catalog_id", "product_retailer_id"):
        checks.text(action, name, _ACTION, most=256)


def _check_products(content: Content, action: Content) -> None:
    checks.part(content, "header", _PATH)
    checks.text(action, "catalog_id", _ACTION, most=256)
    sections = checks.parts(action, "sections", _ACTION, most=_MAX_SECTIONS)
    items = [
        item for section in sections for item in checks.parts(section, "product_items", "section", most=_MAX_ITEMS)
    ]
    if len(items) > _MAX_ITEMS:
        raise Refusal(checks.INVALID, f"Total product count exceed max allowed count: {_MAX_ITEMS}")
    for item in items:
        checks.text(item, "product_retailer_id", "product_items", most=256)


def _check_address(_content: Content, action: Content) -> None:
    checks.text(_parameters(action, "address_message"), "country", f"{_ACTION}['parameters']", most=2)


def _check_cards(_content: Content, action: Content) -> None:
    checks.parts(action, "cards", _ACTION, most=_MAX_CARDS)


def _named(name: str) -> Callable[[Content, Content], None]:
    def check(_content: Content, action: Content) -> None:
        _check_name(action, name)

    return check


def _check_name(action: Content, name: str) -> None:
    if checks.text(action, "name", _ACTION, most=64) != name:
        raise Refusal(checks.INVALID, f"Parameter {_ACTION}['name'] must be '{name}'.")


def _parameters(action: Content, name: str) -> Content:
    _check_name(action, name)
    return checks.part(action, "parameters", _ACTION)


_CHECKS: dict[str, Callable[[Content, Content], None]] = {
    "button": _check_buttons,
    "list": _check_list,
    "cta_url": _check_link,
    "flow": _check_flow,
    "product": _check_product,
    "product_list": _check_products,
    "catalog_message": _named("catalog_message"),
    "location_request_message": _named("send_location"),
    "address_message": _check_address,
    "call_permission_request": _named("call_permission_request"),
    "carousel": _check_cards,
    "request_contact_info": _named("request_contact_info"),
    "voice_call": _named("voice_call"),
    "order_details": _named("review_and_pay"),
    "order_status": _named("review_order"),
}
