"""Who a note speaks to: `@` and a member's whole name, capitals or not."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from team.types import MemberInfo


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a note's text, and whether it is somebody's name."""

    text: str
    is_name: bool


def mentioned(text: str, members: Sequence[MemberInfo]) -> list[MemberInfo]:
    """Return the members whose names stand behind an `@`, each once; of two with one name, both."""
    found = {piece.text[1:].casefold() for piece in pieces(text, [one.name for one in members]) if piece.is_name}
    return [one for one in members if one.name.casefold() in found]


def pieces(text: str, names: Sequence[str]) -> list[Piece]:
    """Return a text cut where one of these names stands behind an `@`; the longest name that fits counts."""
    wanted = sorted((re.escape(name) for name in names if name), key=len, reverse=True)
    if not wanted:
        return [Piece(text, is_name=False)]
    parts = re.split(rf"(?<!\w)(@(?:{'|'.join(wanted)}))(?!\w)", text, flags=re.IGNORECASE)
    return [Piece(part, is_name=bool(place % 2)) for place, part in enumerate(parts) if part]
