"""Message templates: which blanks they have, how they read when filled, and what the vendor wants to be sent.

A blank is `{{1}}` or `{{name}}`. Source: Meta, "Template components" (header, body, footer, buttons).
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from conversations.models import Template
from conversations.types import TemplateChoice
from kernel.errors import Refusal

BLANK = re.compile(r"\{\{\s*([A-Za-z0-9_]+)\s*\}\}")
VALUE_LIMIT = 1024
USABLE = "approved"


class TemplateUnusable(Refusal):
    """The template is not approved, does not exist, or a blank is empty."""

    code = "TEMPLATE_UNUSABLE"


@dataclass(frozen=True, slots=True)
class Blanks:
    """The names of the blanks by place, in order of appearance."""

    header: list[str]
    body: list[str]
    buttons: list[str]
    """Positions of buttons whose address has a blank, counted from 0."""


def components_of(template: Template) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield (lower-case type, component); the vendor writes types in upper case, some clients in lower."""
    for component in template.components:
        yield str(component.get("type", "")).lower(), component


def blanks_of(template: Template) -> Blanks:
    """Return the blanks that must be filled before the template can go out."""
    header: list[str] = []
    body: list[str] = []
    buttons: list[str] = []
    for kind, component in components_of(template):
        if kind == "header" and str(component.get("format", "TEXT")).upper() == "TEXT":
            header = _names(component.get("text", ""))
        elif kind == "body":
            body = _names(component.get("text", ""))
        elif kind == "buttons":
            urls = enumerate(component.get("buttons", []))
            buttons = [str(position) for position, button in urls if _names(button.get("url", ""))]
    return Blanks(header, body, buttons)


def require_usable(template: Template | None, choice: TemplateChoice) -> Template:
    """Return the template when it may be sent with these values; raise TemplateUnusable with what is missing."""
    if template is None:
        raise TemplateUnusable(_("There is no template of this name in this language."))
    if template.status != USABLE:
        raise TemplateUnusable(_("WhatsApp has not approved this template, or has paused it."))
    if any(kind == "header" and _needs_media(component) for kind, component in components_of(template)):
        raise TemplateUnusable(_("This template has a picture or file in its header, which cannot be sent yet."))
    missing = _missing(blanks_of(template), choice)
    if missing:
        raise TemplateUnusable(_("Fill every blank of the template."), details=missing)
    return template


def _needs_media(component: Mapping[str, Any]) -> bool:
    return str(component.get("format", "TEXT")).upper() in {"IMAGE", "VIDEO", "DOCUMENT", "LOCATION"}


def _missing(blanks: Blanks, choice: TemplateChoice) -> dict[str, list[str]]:
    places = (("header", blanks.header, choice.header), ("body", blanks.body, choice.body),
              ("buttons", blanks.buttons, choice.buttons))  # fmt: skip
    missing: dict[str, list[str]] = {}
    for place, names, values in places:
        for name in names:
            if not values.get(name, "").strip():
                missing[f"{place}.{name}"] = [str(_("This blank is empty."))]
            elif len(values[name]) > VALUE_LIMIT:
                missing[f"{place}.{name}"] = [str(_("At most 1,024 characters."))]
        for name in sorted(set(values) - set(names)):
            missing[f"{place}.{name}"] = [str(_("The template has no such blank."))]
    return missing


def render(template: Template, choice: TemplateChoice) -> str:
    """Return the text the customer will read: header, body and footer, one paragraph each."""
    values = {"header": choice.header, "body": choice.body, "footer": {}}
    parts = [
        fill(component.get("text", ""), values[kind])
        for kind, component in components_of(template)
        if kind in values and component.get("text")
    ]
    return "\n\n".join(parts)


def fill(text: str, values: Mapping[str, str]) -> str:
    """Put values into the blanks; a blank without a value stays as it is."""
    return BLANK.sub(lambda blank: values.get(blank[1]) or blank[0], text)


def wire_components(choice: TemplateChoice) -> list[dict[str, Any]]:
    """Return the components as the Cloud API takes them; named blanks go out with their names."""
    components = [
        {"type": place, "parameters": [_parameter(name, value) for name, value in values.items()]}
        for place, values in (("header", choice.header), ("body", choice.body))
        if values
    ]
    buttons = [
        {"type": "button", "sub_type": "url", "index": position, "parameters": [{"type": "text", "text": value}]}
        for position, value in choice.buttons.items()
    ]
    return components + buttons


def _parameter(name: str, value: str) -> dict[str, str]:
    parameter = {"type": "text", "text": value}
    return parameter if name.isdigit() else {**parameter, "parameter_name": name}


def _names(text: str) -> list[str]:
    return list(dict.fromkeys(BLANK.findall(text)))
