"""Doing one thing to many objects: up to 100 within the request, more as a job that goes on behind it.

An app says once what can be done to its objects (`Bulk`); that is what the request, the job and the description go by.
A chunk of rows is one transaction: its rows are locked first and in one order, so that two chunks, or a chunk and a
single write, never wait for each other; then each row is changed by the same action as a single write. A row the rules
refuse is told and the others go on.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from kernel.actors import Actor
from kernel.api.inputs import Body, Query
from kernel.api.principal import Principal
from kernel.errors import Refusal

AT_ONCE = 100
"""Rows that are done within the request."""
MOST = 100_000
"""Rows of one job."""

Change = Callable[[UUID, Mapping[str, Any], Actor], None]
"""Changes one object whose row is locked, within a transaction. Raises Refusal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bulk:
    """What can be done to many objects of one kind."""

    name: str
    """Of the kind, as in its address: `contacts`. Jobs keep it: never change it."""
    filters: type[Query]
    """The filters of its list, without paging and order."""
    updates: type[Body]
    """What `update` takes."""
    matching: Callable[[Principal, Mapping[str, Any]], QuerySet[Any]]
    """Returns the objects of validated filters, as this caller sees them."""
    existing: Callable[[Sequence[UUID]], QuerySet[Any]]
    """Returns the objects of these ids."""
    hold: Callable[[Sequence[UUID]], object]
    """Locks the rows of these ids until commit, and before them whatever the changes lock first."""
    changes: Mapping[str, Change]
    """By the word of the operation; `update` takes `updates`, the others take nothing."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why one object was left as it is."""

    id: UUID
    code: str
    message: str
    details: dict[str, list[str]] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """Return it as the API shows it."""
        return {"id": str(self.id), "code": self.code, "message": self.message, "details": self.details}


_known: dict[str, Bulk] = {}


def register(bulk: Bulk) -> Bulk:
    """Let jobs find what can be done to a kind of objects. Raises ValueError for a name in use."""
    known = _known.setdefault(bulk.name, bulk)
    if known is not bulk:
        message = f"there is already a bulk resource {bulk.name!r}"
        raise ValueError(message)
    return bulk


def bulk_named(name: str) -> Bulk:
    """Return what was registered under a name. Raises KeyError.

    A worker has no reason to know the API before its first job: the addresses load all of it.
    """
    if name not in _known:
        import_module(settings.ROOT_URLCONF)
    return _known[name]


def change_rows(
    bulk: Bulk, operation: str, ids: Sequence[UUID], updates: Mapping[str, Any], actor: Actor, *, dry_run: bool
) -> list[Failure]:
    """Do an operation to some rows in one transaction, each for itself; returns those that were refused.

    `dry_run` does all of it and takes it back, so that it refuses what would be refused and nothing is left of it.
    """
    failures: list[Failure] = []
    with transaction.atomic():
        bulk.hold(sorted(ids))
        for one in ids:
            refusal = _refusal(bulk.changes[operation], one, updates, actor)
            failures += [_failure(one, refusal)] if refusal else []
        if dry_run:
            transaction.set_rollback(True)
    return failures


def _refusal(change: Change, one: UUID, updates: Mapping[str, Any], actor: Actor) -> Refusal | None:
    try:
        with transaction.atomic():
            change(one, updates, actor)
    except Refusal as refusal:
        return refusal
    return None


def _failure(one: UUID, refusal: Refusal) -> Failure:
    details = {name: [str(sentence) for sentence in said] for name, said in refusal.details.items()}
    return Failure(one, refusal.code, str(refusal.message), details)


def no_such_object(one: UUID) -> Failure:
    """Return the failure of an id that is nobody's here."""
    return Failure(one, "NOT_FOUND", str(_("There is nothing with this id.")))
