"""Keyset paging: pages that cost the same anywhere in a list and never skip or repeat a row that stays in place."""

import base64
import binascii
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from django.core.exceptions import ValidationError
from django.db.models import Field, GeneratedField, Q, QuerySet
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext_lazy as _

from kernel.errors import Invalid

SEAL_LENGTH = 12
"""Bytes of the HMAC-SHA256 in front of a cursor."""


@dataclass(frozen=True, slots=True)
class Page:
    """The ids of one page in list order, and where the neighbours start."""

    ids: list[UUID]
    next_cursor: str | None
    previous_cursor: str | None


@dataclass(frozen=True, slots=True)
class _Mark:
    """A place in a list: the order it belongs to, the row it stands at, and the side that is wanted."""

    order: str
    value: str
    id: UUID
    backwards: bool


def keyset_page(queryset: QuerySet[Any], *, order: str, limit: int, cursor: str = "") -> Page:
    """Return one page of `queryset` ordered by `order` ("-field" for descending) with the id as tie-break.

    `order` must be a non-null column that the caller has checked and that has an index with the id, or an annotation
    that is one. Raises Invalid for a cursor that is not ours or belongs to another order. One statement.
    """
    field, descending = order.lstrip("-"), order.startswith("-")
    mark = _read(cursor, order) if cursor else None
    backwards = mark is not None and mark.backwards
    if mark is not None:
        queryset = queryset.filter(_beyond(_column(queryset, field), field, mark, falling=descending != backwards))
    sign = "-" if descending != backwards else ""
    rows = list(queryset.order_by(f"{sign}{field}", f"{sign}id").values_list("id", field)[: limit + 1])
    more, rows = len(rows) > limit, rows[:limit]
    if backwards:
        rows.reverse()
    has_next = (bool(cursor) if backwards else more) and bool(rows)
    has_previous = (more if backwards else bool(cursor)) and bool(rows)
    return Page(
        ids=[row[0] for row in rows],
        next_cursor=_write(order, rows[-1], backwards=False) if has_next else None,
        previous_cursor=_write(order, rows[0], backwards=True) if has_previous else None,
    )


def cursor_at(order: str, row: tuple[UUID, Any], *, backwards: bool = False) -> str:
    """Return the cursor of the page that follows a row (its id and its value), or leads up to it."""
    return _write(order, row, backwards=backwards)


def _beyond(column: "Field[Any, Any]", field: str, mark: _Mark, *, falling: bool) -> Q:
    """Return the rows on the wanted side of the mark, in the form that uses the index (field, id)."""
    try:
        value = column.to_python(mark.value)
    except (ValidationError, ValueError, TypeError) as problem:
        raise _bad() from problem
    side = "lt" if falling else "gt"
    return Q(**{f"{field}__{side}e": value}) & (Q(**{f"{field}__{side}": value}) | Q(**{f"id__{side}": mark.id}))


def _column(queryset: QuerySet[Any], name: str) -> "Field[Any, Any]":
    annotated = queryset.query.annotations.get(name)
    column = annotated.output_field if annotated else queryset.model._meta.get_field(name)
    found = column.output_field if isinstance(column, GeneratedField) else column
    if not isinstance(found, Field):
        message = f"{name} is no column to order by"
        raise TypeError(message)
    return found


def _write(order: str, row: tuple[UUID, Any], *, backwards: bool) -> str:
    value = row[1].isoformat() if isinstance(row[1], datetime) else str(row[1])
    packed = orjson.dumps([order, value, str(row[0]), backwards])
    return base64.urlsafe_b64encode(_seal(packed) + packed).decode().rstrip("=")


def _read(cursor: str, order: str) -> _Mark:
    try:
        sealed = base64.urlsafe_b64decode(cursor.encode() + b"=" * (-len(cursor) % 4))
        packed = sealed[SEAL_LENGTH:]
        if not constant_time_compare(sealed[:SEAL_LENGTH], _seal(packed)):
            raise _bad()
        written_order, value, row_id, backwards = orjson.loads(packed)
        mark = _Mark(str(written_order), str(value), UUID(row_id), bool(backwards))
    except (binascii.Error, ValueError, TypeError, AttributeError) as problem:
        raise _bad() from problem
    if mark.order != order:
        raise _bad()
    return mark


def _seal(packed: bytes) -> bytes:
    """Return what shows that we wrote a cursor: a forged one could carry values no column can be compared with."""
    return salted_hmac("kernel.pages", packed, algorithm="sha256").digest()[:SEAL_LENGTH]


def _bad() -> Invalid:
    return Invalid(
        _("The cursor does not belong to this list."), details={"cursor": [_("Take it from meta.pagination.")]}
    )
