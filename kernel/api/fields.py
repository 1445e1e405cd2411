"""`?fields=` and `?expand=`: answering, and reading from the database, no more and no less than was asked for."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import cache
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from kernel.api.parsing import named
from kernel.api.shapes import Shape
from kernel.errors import Invalid

Reader = Callable[[Sequence[UUID]], list[dict[str, Any]]]
"""Returns the full objects of these ids."""


def chosen_fields(given: str, shape: type[Shape]) -> frozenset[str]:
    """Return the fields of `?fields=id,status`; empty means all. Raises Invalid with the names that do not exist."""
    return _chosen("fields", given, _names(shape))


def chosen_expansions(given: str, shape: type[Shape]) -> frozenset[str]:
    """Return the fields of `?expand=contact`. Raises Invalid with the names that cannot be expanded."""
    return _chosen("expand", given, shape.expandable)


@cache
def _names(shape: type[Shape]) -> tuple[str, ...]:
    return tuple(shape().fields)


def _chosen(parameter: str, given: str, known: Iterable[str]) -> frozenset[str]:
    names = frozenset(name.strip() for name in given.split(",") if name.strip())
    unknown = names.difference(known)
    if unknown:
        sentences = [f"{name}: {sentence[0]}" for name, sentence in named(unknown, _("no such field")).items()]
        raise Invalid(_("Some fields do not exist."), details={parameter: sentences})
    return names


def expand(objects: Sequence[dict[str, Any]], wanted: Collection[str], readers: Mapping[str, Reader]) -> None:
    """Replace the short form of each wanted field by the full object; one call of a reader per field."""
    for field in sorted(wanted):
        short = {item[field]["id"] for item in objects if item.get(field)}
        full = {one["id"]: one for one in readers[field]([UUID(found) for found in sorted(short)])}
        for item in objects:
            if item.get(field):
                item[field] = full.get(item[field]["id"], item[field])
