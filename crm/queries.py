"""Reading contacts."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from crm.enums import IdentityKind
from crm.models import Contact, ContactIdentity
from kernel.errors import NotFound
from kernel.shapes import Part, Recipe, Row, identifier, in_order, moment, or_null, plain


@dataclass(frozen=True, slots=True)
class ContactFilter:
    """What a list of contacts is narrowed by; empty means no narrowing."""

    lifecycle: str = ""
    language: str = ""
    source: str = ""
    phone: str = ""
    email: str = ""
    search: str = ""
    """Beginning of the name, the phone or the e-mail."""


def contact_for(contact_id: UUID, *, lock: bool = False) -> Contact:
    """Return the contact of this tenant or raise NotFound; `lock` holds its row until commit."""
    contacts = Contact.objects.select_for_update() if lock else Contact.objects.all()
    contact = contacts.filter(id=contact_id).first()
    if contact is None:
        raise NotFound(_("There is no such contact."))
    return contact


def contact_known_as(kind: IdentityKind, value: str, scope: str = "") -> UUID | None:
    """Return the contact a channel calls by this name, None for a stranger."""
    found = ContactIdentity.objects.filter(kind=kind, scope=scope, value=value)
    return found.values_list("contact_id", flat=True).first()


def contact_names(ids: Sequence[UUID]) -> dict[UUID, str]:
    """Return the names of contacts by id."""
    return dict(Contact.objects.filter(id__in=ids).values_list("id", "name"))


def contacts_matching(wanted: ContactFilter) -> QuerySet[Contact]:
    """Return the contacts of a filter; page them by `created_at`."""
    exact = {"lifecycle": wanted.lifecycle, "language": wanted.language, "source": wanted.source, "phone": wanted.phone}
    condition = Q(**{name: value for name, value in exact.items() if value})
    if wanted.email:
        condition &= Q(email__iexact=wanted.email)
    if wanted.search:
        start = wanted.search
        condition &= Q(name__istartswith=start) | Q(phone__startswith=start) | Q(email__istartswith=start)
    return Contact.objects.filter(condition)


def contact_shapes(ids: Sequence[UUID], *, fields: frozenset[str] = frozenset()) -> list[dict[str, Any]]:
    """Return contacts as the API shows them, in the order of `ids`; ids that do not exist are left out.

    `fields` chooses fields, and with them columns; empty means all. Two statements, the second for identities.
    """
    rows = list(Contact.objects.filter(id__in=ids).values(*CONTACT.columns(fields)))
    if not fields or "identities" in fields:
        _add_identities(rows)
    return in_order(ids, ((row["id"], CONTACT.make(row, fields)) for row in rows))


def _add_identities(rows: Sequence[dict[str, Any]]) -> None:
    names: dict[UUID, list[dict[str, str]]] = {row["id"]: [] for row in rows}
    identities = ContactIdentity.objects.filter(contact_id__in=names).order_by("id")
    for contact_id, kind, value in identities.values_list("contact_id", "kind", "value"):
        names[contact_id].append({"kind": kind, "value": value})
    for row in rows:
        row[IDENTITIES] = names[row["id"]]


def _links(row: Row) -> dict[str, str]:
    return {
        "self": f"/api/v1/contacts/{row['id']}/",
        "conversations": f"/api/v1/conversations/?contact={row['id']}",
    }


IDENTITIES = "identities"
"""What channels call the person: its reader puts it beside the columns."""
CONTACT = Recipe(
    {
        "id": identifier(),
        "name": plain("name"),
        "phone": or_null("phone"),
        "email": or_null("email"),
        "username": or_null("username"),
        "language": or_null("language"),
        "time_zone": or_null("time_zone"),
        "source": plain("source"),
        "lifecycle": plain("lifecycle"),
        "identities": Part((), lambda row: row[IDENTITIES]),
        "marketing_opt_out_at": moment("marketing_opt_out_at"),
        "created_at": moment("created_at"),
        "updated_at": moment("updated_at"),
        "_links": Part((), _links),
    }
)
