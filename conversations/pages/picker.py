"""The template picker: each template with its text cut at the blanks, so that a page can fill them in."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from conversations.models import Template
from conversations.templates import BLANK, USABLE, Blanks, blanks_of, components_of

STATES = {
    "approved": ("ok", gettext_lazy("Approved")),
    "pending": ("warn", gettext_lazy("In review")),
    "in_appeal": ("warn", gettext_lazy("In review")),
    "paused": ("warn", gettext_lazy("Paused")),
    "flagged": ("warn", gettext_lazy("Flagged")),
    "rejected": ("danger", gettext_lazy("Rejected")),
    "disabled": ("danger", gettext_lazy("Disabled")),
}
FILES = {"IMAGE", "VIDEO", "DOCUMENT", "LOCATION"}


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of fixed text, or a blank (`field` is set) that `text` names until it is filled."""

    text: str
    field: str = ""


@dataclass(frozen=True, slots=True)
class Field:
    """An input of the form: its name in the post and what to call it."""

    name: str
    label: str


@dataclass(frozen=True, slots=True)
class Card:
    """A template in the picker."""

    key: str
    name: str
    language: str
    category: str
    state_role: str
    state: str
    paragraphs: Sequence[Sequence[Piece]]
    buttons: Sequence[str]
    fields: Sequence[Field]
    why_not: str

    @property
    def is_usable(self) -> bool:
        """Only what WhatsApp approved and we can fill may be sent."""
        return not self.why_not


def cards_of(templates: Iterable[Template]) -> list[Card]:
    """Return all templates, those that can be sent first."""
    cards = [_card(template) for template in templates]
    return sorted(cards, key=lambda card: not card.is_usable)


def _card(template: Template) -> Card:
    role, state = STATES.get(template.status, ("", template.status))
    return Card(
        key=str(template.id),
        name=template.name,
        language=template.language,
        category=template.category.capitalize(),
        state_role=role,
        state=str(state),
        paragraphs=[
            _pieces(kind, str(component["text"]))
            for kind, component in components_of(template)
            if kind in {"header", "body", "footer"} and component.get("text")
        ],
        buttons=[
            str(button.get("text", ""))
            for kind, component in components_of(template)
            if kind == "buttons"
            for button in component.get("buttons", [])
        ],
        fields=_fields(blanks_of(template)),
        why_not=_why_not(template, components_of(template)),
    )


def _pieces(place: str, text: str) -> list[Piece]:
    pieces, end = [], 0
    for blank in BLANK.finditer(text):
        pieces += [Piece(text[end : blank.start()]), Piece(_label(blank[1]), f"{place}.{blank[1]}")]
        end = blank.end()
    return [piece for piece in [*pieces, Piece(text[end:])] if piece.text]


def _fields(blanks: Blanks) -> list[Field]:
    links = [
        Field(f"buttons.{position}", _("Link of button %(n)s") % {"n": int(position) + 1})
        for position in blanks.buttons
    ]
    texts = [("header", name) for name in blanks.header] + [("body", name) for name in blanks.body]
    return [Field(f"{place}.{name}", _label(name)) for place, name in texts] + links


def _label(name: str) -> str:
    return _("field %(n)s") % {"n": name} if name.isdigit() else name.replace("_", " ")


def _why_not(template: Template, components: Iterable[tuple[str, dict[str, Any]]]) -> str:
    if template.status != USABLE:
        return _("WhatsApp has not approved this template, or has paused it.")
    if any(kind == "header" and str(part.get("format", "TEXT")).upper() in FILES for kind, part in components):
        return _("This template has a picture or file in its header, which cannot be sent yet.")
    return ""
