"""What an operation of the API is: said once, read by permissions, limits, validation and the documentation."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from http import HTTPStatus
from typing import Any, TypeVar

from kernel.api.inputs import Body, Names, Query
from kernel.api.principal import RateClass
from kernel.api.shapes import Shape
from kernel.api.versions import Ending
from kernel.errors import Refusal

EVENT_STREAM = "text/event-stream"
Handler = TypeVar("Handler", bound=Callable[..., Any])


class Caching(StrEnum):
    """How long a client may keep an answer: the value of `Cache-Control`. Answers to writes are never kept."""

    NONE = "no-store"
    """Secrets, and everything that is not a reading."""
    CHECK = "private, no-cache"
    """Messages, conversations, contacts: ask again each time; an unchanged object costs a 304."""
    SHORT = "private, max-age=30"
    """Dashboards."""
    LONG = "private, max-age=600"
    """Templates and settings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One method of one resource. Use it as the decorator of its handler: `@Operation(name=..., summary=...)`."""

    name: str
    """The `operationId`: a verb and what it is about, `listConversations`."""
    summary: str
    """One line for a list of operations; the handler's docstring may say more."""
    scope: str
    """What the caller must hold."""
    returns: type[Shape]
    """The shape of `data`, or of each item of it when `many`."""
    many: bool = False
    query: type[Query] = Query
    body: type[Body] = Body
    """The fields of the body; the bare class has none and takes an empty body."""
    status: HTTPStatus = HTTPStatus.OK
    may_take_longer: bool = False
    """What is too much for the request becomes a job: the answer is then 202, in the same shape."""
    ending: Ending | None = None
    """Set when something else takes its place: announced in each answer, and 410 after its day."""
    errors: tuple[type[Refusal], ...] = ()
    """Refusals beyond those every operation may answer with."""
    streams: bool = False
    """The answer is a stream of server-sent events, each one of the shape."""
    caching: Caching = Caching.CHECK
    consumes: str = "application/json"
    """Media type of the body: JSON, or `multipart/form-data` for one with files."""
    is_raw: bool = False
    """The answer is bytes, not an envelope: `Answer.raw`."""
    rate_class: RateClass | None = None
    """Counts requests apart from the caller's others; None counts them with the caller's class."""

    def __call__(self, handler: Handler) -> Handler:
        """Attach this declaration to the handler it decorates."""
        handler.operation = self  # type: ignore[attr-defined]  # read back by operation_of
        _declared.append(self)
        return handler


_declared: list[Operation] = []


def declared() -> Sequence[Operation]:
    """Return every operation whose module is loaded; the addresses of the API load all of them."""
    return tuple(_declared)


@cache
def parameters_of(operation: Operation, *, reading: bool) -> type[Query]:
    """Return the query parameters of an operation: its own, and when reading also `fields` and `expand`."""
    extra: dict[str, Any] = {}
    if reading and operation.returns.selectable:
        extra["fields"] = Names(help_text="Only these fields. The others are not even read.")
    if reading and operation.returns.expandable:
        extra["expand"] = Names(help_text="Show these in full instead of in short.")
    return type(operation.query.__name__, (operation.query,), extra)


def operation_of(view: object, method: str) -> Operation | None:
    """Return what a view does for a method, None when it does not know the method; HEAD is GET."""
    name = "get" if method.upper() == "HEAD" else method.lower()
    found: Operation | None = getattr(getattr(view, name, None), "operation", None)
    return found
