"""What an event is: a frozen dataclass named in the past tense, holding ids and plain values."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from kernel.actors import Actor

_classes: dict[str, "type[Event]"] = {}
_field_names: "dict[type[Event], tuple[str, ...]]" = {}


class Event:
    """A fact of the past. Subclasses are frozen, slotted, keyword-only dataclasses of ids and plain values.

    No personal data in a field: history is never changed, so it could never be forgotten. Give `Changed` to `publish`
    when the values before and after matter.
    """

    __slots__ = ()

    type: ClassVar[str]
    """The public name, dotted and past tense: `conversation.assigned`."""
    subject: ClassVar[str]
    """The field that holds the id of what this is about; `conversation_id` makes the subject `conversation:<id>`."""
    version: ClassVar[int] = 1
    """Of the payload's shape; raise it when a field changes its meaning."""
    state: ClassVar[tuple[str, ...]] = ()
    """Fields that say how the subject stands afterwards: `manage.py events history` rebuilds its past from them."""

    def __init_subclass__(cls, **options: Any) -> None:  # noqa: ANN401 - Python's own signature
        super().__init_subclass__(**options)
        if "type" in cls.__dict__:
            _register(cls)


def _register(cls: type[Event]) -> None:
    # A slotted dataclass is made twice by Python, so the same name may come again; another class may not take it.
    known = _classes.get(cls.type)
    if known and (known.__module__, known.__qualname__) != (cls.__module__, cls.__qualname__):
        message = f"{cls.__qualname__} and {known.__qualname__} both call themselves {cls.type!r}"
        raise TypeError(message)
    _classes[cls.type] = cls


def event_class(event_type: str) -> type[Event] | None:
    """Return the class that carries this public name, or None for a name of the past."""
    return _classes.get(event_type)


def field_names(cls: type[Event]) -> tuple[str, ...]:
    """Return the names of an event's fields, which are the keys of its payload."""
    names = _field_names.get(cls)
    if names is None:
        names = tuple(field.name for field in fields(cls))  # type: ignore[arg-type]  # every subclass is a dataclass
        _field_names[cls] = names
    return names


@dataclass(frozen=True, slots=True)
class Changed:
    """An event together with the values it changed. They are kept beside history and can be erased from there."""

    event: Event
    before: Mapping[str, Any]
    after: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Recorded:
    """An event as the store keeps it. `seq` is its place in the tenant's history, without gaps, in commit order."""

    seq: int
    type: str
    version: int
    subject: str
    actor: Actor
    payload: dict[str, Any]
    occurred_at: datetime
    recorded_at: datetime
    correlation_id: str
    cause: int | None
    """Seq of the event this one was a reaction to."""

    def uuid(self, field: str) -> UUID:
        """Return an id of the payload. Raises KeyError or ValueError when it is not there."""
        return UUID(self.payload[field])
