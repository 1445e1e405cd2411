"""What goes into a handler, and what comes out: nothing of HTTP that it does not need."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Protocol
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpResponseBase
from django.utils.translation import gettext_lazy as _

from kernel.api.fields import Reader, expand
from kernel.api.principal import Principal, Proof
from kernel.errors import NotFound
from kernel.pages import keyset_page

TOTAL_LIMIT = 10_000
"""Counting stops here: a total costs as much as it counts."""

Readers = Mapping[str, Reader]


class Shapes(Protocol):
    """Reads objects of these ids, all fields or some, in the order of the ids."""

    def __call__(self, ids: Sequence[UUID], *, fields: frozenset[str]) -> list[dict[str, Any]]: ...  # noqa: D102


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A request as handlers see it: its caller known, its values checked."""

    principal: Principal
    proof: Proof | None = None
    """What the caller came in with."""
    query: Mapping[str, Any] = field(default_factory=dict)
    body: Mapping[str, Any] = field(default_factory=dict)
    fields: frozenset[str] = frozenset()
    """What `?fields=` chose; empty means everything."""
    expand: frozenset[str] = frozenset()
    """What `?expand=` wants in full."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A stream at its beginning. A process that can wait goes on after `seq`; another one ends with `content`."""

    content: bytes
    seq: int
    """The last event in `content`, or the one it starts after."""
    principal: Principal
    proof: Proof | None
    fields: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a handler says: the data, and what goes beside it."""

    data: object = None
    status: HTTPStatus | None = None
    """When it is not the one of the operation."""
    raw: HttpResponseBase | None = None
    """The whole answer where the operation `is_raw`."""
    opened: Opened | None = None
    """A stream instead of data."""
    pagination: Mapping[str, Any] | None = None
    location: str = ""
    """Address of what was made."""
    whole: Mapping[str, Any] | None = None
    """The object as it is without `fields` and `expand`: what its `ETag` is made of. None for anything else."""
    next_page: Mapping[str, str] = field(default_factory=dict)
    """Query parameters of the next page, for lists that do not go by cursor."""


def page_answer(
    call: Call, rows: QuerySet[Any], shapes: Shapes, *, order: str, readers: Readers | None = None
) -> Answer:
    """Answer one page of a list whose query is a ListQuery: a statement for the ids, and those of `shapes`.

    One more counts a total, one for each expanded field. Raises Invalid for a cursor that is not ours.
    """
    page = keyset_page(rows, order=order, limit=call.query["limit"], cursor=call.query.get("cursor", ""))
    objects = shapes(page.ids, fields=call.fields)
    expand(objects, call.expand, readers or {})
    facts: dict[str, Any] = {
        "limit": call.query["limit"],
        "next_cursor": page.next_cursor,
        "previous_cursor": page.previous_cursor,
    }
    if call.query["include_total"]:
        counted = rows.order_by()[: TOTAL_LIMIT + 1].count()
        facts |= {"total": min(counted, TOTAL_LIMIT), "total_capped": counted > TOTAL_LIMIT}
    return Answer(data=objects, pagination=facts)


def one_answer(call: Call, one: UUID, shapes: Shapes, *, readers: Readers | None = None, made: bool = False) -> Answer:
    """Answer one object by its id; `made` says where it can be found from now on. Raises NotFound."""
    objects = shapes([one], fields=call.fields)
    if not objects:
        raise NotFound(_("There is nothing with this id."))
    whole = None if call.fields else dict(objects[0])
    expand(objects, call.expand, readers or {})
    return Answer(data=objects[0], whole=whole, location=objects[0]["_links"]["self"] if made else "")


@dataclass(frozen=True, slots=True)
class Subject:
    """The object that the writes of a resource change, so that `If-Match` can hold them to a state of it."""

    parameter: str
    """The name of its id in the address."""
    lock: Callable[[UUID], object]
    """Holds its row until commit, and before it whatever its actions lock first. Raises NotFound."""
    shapes: Shapes

    def held(self, one: UUID) -> dict[str, Any]:
        """Return the object as it is and stays until commit. Raises NotFound."""
        self.lock(one)
        (current,) = self.shapes([one], fields=frozenset())
        return current


Handler = Callable[..., Answer]
