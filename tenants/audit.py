"""The audit log: the history of the current tenant, narrowed, with names for who did it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from kernel.actors import ActorKind
from kernel.anchors.models import AnchorSignature
from kernel.events.base import Recorded
from kernel.events.publishing import Head
from kernel.events.reading import EventFilter, events_before
from kernel.events.verification import Report, verify
from kernel.tenancy import current_schema
from tenants.models import ApiKey, Membership

PAGE = 50
BATCH = 1000


@dataclass(frozen=True, slots=True)
class Entry:
    """An event and the name of who did it."""

    event: Recorded
    who: str


def entries(wanted: EventFilter, limit: int = PAGE) -> list[Entry]:
    """Return the newest events of a filter, the newest first; three statements."""
    return _named(events_before(wanted, limit=limit))


def every_entry(wanted: EventFilter) -> Iterator[Entry]:
    """Yield all events of a filter, the newest first, read in batches so that memory stays flat."""
    while found := events_before(wanted, limit=BATCH):
        yield from _named(found)
        wanted = replace(wanted, before=found[-1].seq)


def _named(events: Iterable[Recorded]) -> list[Entry]:
    found = list(events)
    names = _names(found)
    return [Entry(event, names.get(event.actor.id) or kind_word(event.actor.kind)) for event in found]


def _names(events: Iterable[Recorded]) -> dict[str, str]:
    ids = {kind: {one.actor.id for one in events if one.actor.kind == kind} for kind in ActorKind}
    people = Membership.objects.filter(id__in=_uuids(ids[ActorKind.MEMBER])).values_list("id", "user__name")
    keys = ApiKey.objects.filter(id__in=_uuids(ids[ActorKind.API_KEY])).values_list("id", "name")
    return {str(row_id): name for row_id, name in [*people, *keys]}


def _uuids(raw: Iterable[str]) -> list[UUID]:
    return [UUID(one) for one in raw if len(one) == len(str(UUID(int=0)))]


def kind_word(kind: str) -> str:
    """Return what an author without a name is called."""
    words: dict[str, str] = {
        ActorKind.MEMBER: _("Member"),
        ActorKind.API_KEY: _("API key"),
        ActorKind.CONTACT: _("Contact"),
        ActorKind.VENDOR: _("Vendor"),
        ActorKind.OPERATOR: _("Operator of Redress"),
        ActorKind.SYSTEM: _("Redress itself"),
    }
    return words.get(kind, kind)


@dataclass(frozen=True, slots=True)
class Proof:
    """What proving the newest part of a history showed: from the last signed head to the end."""

    report: Report
    signed_at: datetime | None


def prove() -> Proof:
    """Prove the current tenant's history from its last signature on; what was signed was whole then."""
    schema = current_schema()
    last = AnchorSignature.objects.filter(schema_name=schema).order_by("-seq").first()
    if last is None:
        return Proof(verify(schema), None)
    head = Head(last.seq, bytes(last.hash))
    return Proof(verify(schema, after=head.seq, previous=head.hash), last.signed_at)
