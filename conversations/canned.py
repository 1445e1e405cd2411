"""Canned replies as a rule: which blanks there are, and what a text says when they are filled. No database."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

BLANK = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")
SHORTCUT = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")

BLANKS: dict[str, Promise] = {
    "contact.first_name": _("First name of the contact"),
    "contact.name": _("Name of the contact"),
    "contact.phone": _("Phone of the contact"),
    "contact.email": _("Email of the contact"),
    "agent.first_name": _("Your first name"),
    "agent.name": _("Your name"),
    "outlet.name": _("Name of the number"),
    "outlet.phone": _("Phone of the number"),
    "business.name": _("Name of the business"),
}
"""Every blank a text may have, and what it stands for."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a text. `blank` names what was filled in; `missing` that there was nothing to fill in."""

    text: str
    blank: str = ""
    missing: bool = False


def unknown_blanks(text: str) -> list[str]:
    """Return the blanks of a text that nobody can fill, in order."""
    return [name for name in BLANK.findall(text) if name not in BLANKS]


def filled(text: str, values: Mapping[str, str]) -> list[Piece]:
    """Return a text with its blanks filled, in pieces; a missing value is named instead."""
    pieces, end = [], 0
    for blank in BLANK.finditer(text):
        value = values.get(blank[1], "").strip()
        said = value or str(BLANKS.get(blank[1], blank[1]))
        pieces += [Piece(text[end : blank.start()]), Piece(said, blank[1], missing=not value)]
        end = blank.end()
    return [piece for piece in [*pieces, Piece(text[end:])] if piece.text]


def missing(pieces: Sequence[Piece]) -> list[str]:
    """Return what has to be known before this can be said, each once."""
    return list(dict.fromkeys(piece.text for piece in pieces if piece.missing))


def plain_text(pieces: Sequence[Piece]) -> str:
    """Return the text as it would be sent."""
    return "".join(piece.text for piece in pieces)
