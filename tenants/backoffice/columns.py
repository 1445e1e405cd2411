"""Columns and filters of desks: named for people in their language, whatever the model calls them."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.admin.utils import display_for_value
from django.db.models import Model, QuerySet
from django.http import HttpRequest

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

EMPTY = "-"
Show = Callable[[Any], Any]


def column(path: str, label: "_StrPromise", *, ordered: bool = True, yes_or_no: bool = False) -> Show:
    """Return what shows `path` (`user__email`) of a row under `label`; a column with choices shows its word."""

    def show(row: Any) -> Any:  # noqa: ANN401 - any model's row
        value = _value(row, path)
        return bool(value) if yes_or_no else display_for_value(value, EMPTY)

    show.__name__ = path
    order = path if ordered else None
    if yes_or_no:
        return admin.display(description=label, ordering=order, boolean=True)(show)
    return admin.display(description=label, ordering=order)(show)


def told(name: str, label: "_StrPromise", tell: Callable[[Any], Any], *, ordering: str | None = None) -> Show:
    """Return what shows `tell(row)` under `label`."""

    def show(row: Any) -> Any:  # noqa: ANN401 - any model's row
        return display_for_value(tell(row), EMPTY)

    show.__name__ = name
    return admin.display(description=label, ordering=ordering)(show)


def _value(row: Any, path: str) -> Any:  # noqa: ANN401 - any model's row
    *steps, last = path.split("__")
    for step in steps:
        row = getattr(row, step)
        if row is None:
            return None
    word = getattr(row, f"get_{last}_display", None)
    value = word() if word else getattr(row, last)
    return ", ".join(map(str, value)) if isinstance(value, list) else value


def choice_filter(
    column: str, label: "_StrPromise", choices: Iterable[tuple[str, Any]]
) -> type[admin.SimpleListFilter]:
    """Return a filter of a list by the words of a column."""
    words = list(choices)

    class ByWord(admin.SimpleListFilter):
        title = label  # translated when it is drawn
        parameter_name = column

        def lookups(self, _request: HttpRequest, _desk: object) -> list[tuple[str, Any]]:
            """Return the words."""
            return words

        def queryset(self, _request: HttpRequest, rows: QuerySet[Model]) -> QuerySet[Model]:
            """Narrow the list."""
            value = self.value()
            return rows.filter(**{column: value}) if value in dict(words) else rows

    return ByWord


def set_filter(
    column: str, label: "_StrPromise", yes: "_StrPromise", no: "_StrPromise"
) -> type[admin.SimpleListFilter]:
    """Return a filter by whether a column is null: `yes` says that it is set."""

    class ByPresence(admin.SimpleListFilter):
        title = label  # translated when it is drawn
        parameter_name = column

        def lookups(self, _request: HttpRequest, _desk: object) -> list[tuple[str, Any]]:
            """Return both states."""
            return [("yes", yes), ("no", no)]

        def queryset(self, _request: HttpRequest, rows: QuerySet[Model]) -> QuerySet[Model]:
            """Narrow the list."""
            if self.value() not in {"yes", "no"}:
                return rows
            return rows.filter(**{f"{column}__isnull": self.value() == "no"})

    return ByPresence
