"""The rules for a template that is handed in."""

import re
import time
from typing import Any

from integrations.whatsapp.emulator.refusals import Refusal

CATEGORIES = frozenset({"MARKETING", "UTILITY", "AUTHENTICATION"})
_NAME = re.compile(r"[a-z0-9_]{1,512}")
_LANGUAGE = re.compile(r"[a-z]{2,3}(_[A-Z]{2,3})?")
_BLANK = re.compile(r"\{\{\s*(\w+)\s*\}\}")
_ONLY_BLANK = re.compile(r"\{\{[^}]*\}\}")
_MAX_BODY, _MAX_HEADER, _MAX_FOOTER, _MAX_BUTTONS, _MAX_BUTTON = 1024, 60, 60, 10, 25
_FORMATS = frozenset({"TEXT", "IMAGE", "VIDEO", "DOCUMENT", "LOCATION", "PRODUCT", "GIF"})
_KINDS = frozenset({"HEADER", "BODY", "FOOTER", "BUTTONS", "CAROUSEL", "LIMITED_TIME_OFFER", "CALL_PERMISSION_REQUEST"})
_BUTTONS = frozenset(
    {"QUICK_REPLY", "URL", "PHONE_NUMBER", "COPY_CODE", "OTP", "FLOW", "CATALOG", "MPM", "SPM", "VOICE_CALL"}
)
Component = dict[str, Any]


def read_draft(draft: dict[str, Any]) -> dict[str, Any]:
    """Return a template as it is kept, from what was handed in. Raises Refusal."""
    name, language = draft.get("name"), draft.get("language")
    _require(isinstance(name, str) and _NAME.fullmatch(name), "Param name must be lower case letters, digits and _.")
    _require(isinstance(language, str) and _LANGUAGE.fullmatch(language), "Param language is not a supported one.")
    category = read_category(draft.get("category"))
    form = str(draft.get("parameter_format", "POSITIONAL")).upper()
    _require(form in {"POSITIONAL", "NAMED"}, "Param parameter_format must be POSITIONAL or NAMED.")
    components = read_components(draft.get("components"), category=category)
    kept = {"name": name, "language": language, "status": "PENDING", "category": category, "parameter_format": form}
    return {**kept, "quality_score": rated("UNKNOWN"), "components": components}


def rated(score: str) -> dict[str, Any]:
    """Return how people like a template, as of now."""
    return {"score": score, "date": int(time.time())}


def read_category(category: object) -> str:
    """Return a category. Raises Refusal."""
    found = str(category).upper()
    _require(found in CATEGORIES, f"Param category must be one of {{{', '.join(sorted(CATEGORIES))}}}.")
    return found


def read_components(components: object, *, category: str) -> list[Component]:
    """Return the components, their types in upper case. Raises Refusal."""
    if not isinstance(components, list) or not all(isinstance(item, dict) and "type" in item for item in components):
        raise Refusal(100, "Param components must be a list of objects with a type.")
    kept = [{**component, "type": str(component["type"]).upper()} for component in components]
    kinds = [component["type"] for component in kept]
    _require(set(kinds) <= _KINDS, "The type of a component is not valid.")
    _require(len(set(kinds)) == len(kinds), "A component comes twice.")
    _require("BODY" in kinds, "component of type BODY is missing")
    for component in kept:
        if component["type"] == "BODY" and category != "AUTHENTICATION":
            _check_text(component, "body", _MAX_BODY)
        elif component["type"] == "FOOTER" and category != "AUTHENTICATION":
            _check_text(component, "footer", _MAX_FOOTER, blanks=0)
        elif component["type"] == "HEADER":
            _check_header(component)
        elif component["type"] == "BUTTONS":
            _check_buttons(component)
    return kept


def _check_header(header: Component) -> None:
    form = str(header.get("format", "")).upper()
    _require(form in _FORMATS, "The format of the header is not valid.")
    if form == "TEXT":
        _check_text(header, "header", _MAX_HEADER, blanks=1)
    elif form in {"IMAGE", "VIDEO", "DOCUMENT"}:
        example = header.get("example")
        _require(isinstance(example, dict) and example.get("header_handle"), "The header needs an example file.")


def _check_text(component: Component, part: str, most: int, *, blanks: int = 100) -> None:
    text = component.get("text")
    if not isinstance(text, str) or not text.strip():
        raise Refusal(100, f"The text of the {part} is missing.")
    _require(len(text) <= most, f"The text of the {part} may have {most} characters.")
    found = _BLANK.findall(text)
    _require(len(set(found)) <= blanks, f"The {part} may have {blanks} variables.")
    _require(not (found and part == "body" and _edges(text)), "Variables can't be at the start or end of the template.")
    if numbers := sorted({int(blank) for blank in found if blank.isdigit()}):
        _require(numbers == list(range(1, len(numbers) + 1)), "Variables must be numbered {{1}}, {{2}} and so on.")
    _require(not found or component.get("example"), f"The {part} has variables and needs an example.")


def _edges(text: str) -> bool:
    stripped = text.strip()
    return bool(_ONLY_BLANK.match(stripped)) or stripped.endswith("}}")


def _check_buttons(component: Component) -> None:
    buttons = component.get("buttons")
    if not isinstance(buttons, list) or not 1 <= len(buttons) <= _MAX_BUTTONS:
        raise Refusal(100, f"There may be 1 to {_MAX_BUTTONS} buttons.")
    for button in buttons:
        kind = str(button.get("type", "")).upper() if isinstance(button, dict) else ""
        _require(kind in _BUTTONS, "The type of a button is not valid.")
        _require(len(str(button.get("text", ""))) <= _MAX_BUTTON, f"A button may have {_MAX_BUTTON} characters.")
        _require(kind != "URL" or str(button.get("url", "")).startswith("http"), "A URL button needs a url.")
        _require(kind != "PHONE_NUMBER" or button.get("phone_number"), "A phone button needs a phone_number.")


def _require(fact: object, problem: str) -> None:
    if not fact:
        raise Refusal(100, problem)
