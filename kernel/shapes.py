"""Shapes: how rows become the dictionaries that API, pages and sockets show.

A recipe says for each field which columns it is made of and how, so that a reader who wants three fields costs the
database three fields.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from operator import itemgetter
from typing import Any
from uuid import UUID

from kernel.clocks import rfc3339

Row = Mapping[str, Any]
"""One row of `queryset.values(...)`."""


@dataclass(frozen=True, slots=True)
class Part:
    """One field: the columns it needs, and how it is made of a row."""

    columns: tuple[str, ...]
    make: Callable[[Row], Any]


@dataclass(frozen=True)
class Recipe:
    """A shape. `fields` given to its methods narrow it; empty means everything."""

    parts: Mapping[str, Part]

    def columns(self, fields: Collection[str] = ()) -> tuple[str, ...]:
        """Return the columns to read, `id` always among them."""
        if not fields:
            return self._every_column
        return tuple({"id": None} | {column: None for name in fields for column in self.parts[name].columns})

    def make(self, row: Row, fields: Collection[str] = ()) -> dict[str, Any]:
        """Return the object of a row, its fields in the order of the recipe."""
        return {name: part.make(row) for name, part in self.parts.items() if not fields or name in fields}

    @cached_property
    def _every_column(self) -> tuple[str, ...]:
        return tuple({"id": None} | {column: None for part in self.parts.values() for column in part.columns})


def plain(column: str) -> Part:
    """Return a field that shows a column as it is."""
    return Part((column,), itemgetter(column))


def or_null(column: str) -> Part:
    """Return a field that shows null instead of an empty text."""
    return Part((column,), lambda row: row[column] or None)


def identifier(column: str = "id") -> Part:
    """Return a field that shows an id as text, or null."""
    return Part((column,), lambda row: _text(row[column]))


def moment(column: str) -> Part:
    """Return a field that shows an instant in RFC 3339, or null."""
    return Part((column,), lambda row: _time(row[column]))


def in_order(ids: Sequence[UUID], made: Iterable[tuple[UUID, dict[str, Any]]]) -> list[dict[str, Any]]:
    """Return the objects in the order of `ids`; ids without an object are left out."""
    found = dict(made)
    return [found[one] for one in ids if one in found]


def _text(value: UUID | None) -> str | None:
    return None if value is None else str(value)


def _time(at: datetime | None) -> str | None:
    return None if at is None else rfc3339(at)
