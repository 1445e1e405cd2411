"""The rules for sending a template: which one, and what is put into its blanks."""

import re
from collections.abc import Callable
from typing import Any

from integrations.whatsapp.emulator import checks
from integrations.whatsapp.emulator.refusals import Refusal

CheckMedia = Callable[[dict[str, Any], str], None]
Component = dict[str, Any]
_NAME = re.compile(r"[a-z0-9_]{1,512}")
_COMPONENTS = frozenset({"header", "body", "button", "carousel", "limited_time_offer", "order_status"})
_BLANK = re.compile(r"\{\{\s*(\w+)\s*\}\}")
_SPACES = re.compile(r"[\n\t]| {5}")
_MAX_FILLED, _MAX_BUTTONS = 1024, 10
_COUNT, _TOO_LONG, _VALUE, _FORM = 132000, 132005, 132008, 132012
_UNUSABLE = {"PAUSED": 132015, "DISABLED": 132016}
_MEDIA_HEADERS = frozenset({"image", "video", "document"})
_VALUE_OF = {
    "text": "text",
    "currency": "currency",
    "date_time": "date_time",
    "payload": "payload",
    "coupon_code": "coupon_code",
    "action": "action",
    "location": "location",
    "product": "product",
}


def name_and_language(template: dict[str, Any]) -> tuple[str, str]:
    """Return which template is meant. Raises Refusal."""
    name, language = template.get("name"), template.get("language")
    code = language.get("code") if isinstance(language, dict) else None
    if not isinstance(name, str) or not _NAME.fullmatch(name) or not isinstance(code, str) or not code:
        raise Refusal(checks.MISSING, "The parameters template['name'] and template['language']['code'] are required.")
    return name, code


def check_filling(template: dict[str, Any], listed: dict[str, Any] | None, check_media: CheckMedia) -> None:
    """Check what is put into a template, against the listed one where there is one. Raises Refusal."""
    given = _components(template)
    for component in given:
        for parameter in component["parameters"]:
            _check_parameter(parameter, check_media)
    if listed is None:
        return
    if listed["status"] != "APPROVED":
        name, code = name_and_language(template)
        raise Refusal(_UNUSABLE.get(listed["status"], 132001), f"{name} in {code} is {listed['status'].lower()}")
    named = listed.get("parameter_format", "POSITIONAL") == "NAMED"
    for part in ("header", "body"):
        filled: list[dict[str, Any]] = next((item["parameters"] for item in given if item["type"] == part), [])
        _check_blanks(part, _listed_part(listed, part), filled, named=named)
    _check_buttons(_listed_part(listed, "buttons"), [item for item in given if item["type"] == "button"])


def _components(template: dict[str, Any]) -> list[Component]:
    """Return the components. Their types may be written in either case: the vendor's clients do both."""
    components = template.get("components") or []
    if not isinstance(components, list):
        raise Refusal(checks.INVALID, "The parameter template['components'] is not valid.")
    return [_component(component) for component in components]


def _component(component: object) -> Component:
    kind = component.get("type") if isinstance(component, dict) else None
    if not isinstance(component, dict) or not isinstance(kind, str) or kind.lower() not in _COMPONENTS:
        raise Refusal(checks.INVALID, "The type of a template component is not valid.")
    parameters = component.get("parameters") or []
    if not isinstance(parameters, list) or not all(isinstance(item, dict) and "type" in item for item in parameters):
        raise Refusal(_FORM, "The parameters of a template component are not valid.")
    return {**component, "type": kind.lower(), "parameters": parameters}


def _check_parameter(parameter: dict[str, Any], check_media: CheckMedia) -> None:
    kind = str(parameter["type"]).lower()
    if kind in _MEDIA_HEADERS:
        check_media(checks.part(parameter, kind, "parameter"), kind)
        return
    name = _VALUE_OF.get(kind)
    if name and parameter.get(name) is None:
        raise Refusal(checks.MISSING, f"Parameter of type {kind} is missing {name} value")
    value = parameter.get("text")
    if kind == "text" and (not isinstance(value, str) or not value or _SPACES.search(value)):
        raise Refusal(_VALUE, "Param text cannot be empty or have new-line/tab characters or more than 4 spaces.")


def _listed_part(listed: dict[str, Any], kind: str) -> dict[str, Any]:
    return next((item for item in listed["components"] if item["type"].lower() == kind), {})


def _check_blanks(part: str, listed: dict[str, Any], given: list[dict[str, Any]], *, named: bool) -> None:
    form = str(listed.get("format", "TEXT")).lower()
    if form in {*_MEDIA_HEADERS, "location"}:
        if [str(item["type"]).lower() for item in given] != [form]:
            raise Refusal(_FORM, f"{part}: Format mismatch, expected {form.upper()}")
        return
    blanks = list(dict.fromkeys(_BLANK.findall(listed.get("text", ""))))
    if listed.get("text") and len(given) != len(blanks):
        raise Refusal(_COUNT, f"{part}: number of localizable_params ({len(given)}) does not match ({len(blanks)})")
    if named and {item.get("parameter_name") for item in given} != set(blanks):
        raise Refusal(checks.PARAMETER, f"{part}: Parameter name is missing or empty")
    filled = len(_BLANK.sub("", listed.get("text", ""))) + sum(len(str(item.get("text", ""))) for item in given)
    if filled > _MAX_FILLED:
        raise Refusal(_TOO_LONG, f"Translated text too long: {filled} of {_MAX_FILLED} characters")


def _check_buttons(listed: dict[str, Any], given: list[Component]) -> None:
    buttons = listed.get("buttons", [])
    filled: dict[int, Component] = {}
    for component in given:
        index = str(component.get("index", ""))
        if not index.isdigit() or int(index) >= max(len(buttons), 1) or "sub_type" not in component:
            raise Refusal(checks.INVALID, "button: index or sub_type is not valid for this template")
        filled[int(index)] = component
    for place, button in enumerate(buttons):
        needs_value = _BLANK.search(str(button.get("url", ""))) or button["type"] in {"COPY_CODE", "OTP"}
        if needs_value and not filled.get(place, {}).get("parameters"):
            raise Refusal(checks.MISSING, f"Button at index {place} of type {button['type']} requires a parameter")
