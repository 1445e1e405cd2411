"""Reading contacts."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import Count, F, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from crm.enums import IdentityKind
from crm.models import Contact, ContactIdentity, Tag
from kernel import search
from kernel.errors import NotFound
from kernel.shapes import Part, Recipe, Row, identifier, in_order, moment, or_null, plain

PHONE_SIGNS = re.compile(r"[+()\-./\s]")
SHORTEST_PHONE = 3
MOST_LANGUAGES = 8


@dataclass(frozen=True, slots=True)
class ContactFilter:
    """What a list of contacts is narrowed by; empty means no narrowing."""

    lifecycle: str = ""
    language: str = ""
    source: str = ""
    phone: str = ""
    email: str = ""
    created_from: datetime | None = None
    created_before: datetime | None = None
    search: str = ""
    """Beginnings of words of the name or e-mail, any digits of the phone."""


def contact_for(contact_id: UUID, *, lock: bool = False) -> Contact:
    """Return the contact of this tenant or raise NotFound; `lock` holds its row until commit."""
    contacts = Contact.objects.select_for_update() if lock else Contact.objects.all()
    contact = contacts.filter(id=contact_id).first()
    if contact is None:
        raise NotFound(_("There is no such contact."))
    return contact


def contacts_by_id(ids: Sequence[UUID]) -> QuerySet[Contact]:
    """Return the contacts of this tenant that have one of these ids."""
    return Contact.objects.filter(id__in=ids)


def contact_known_as(kind: IdentityKind, value: str, scope: str = "") -> UUID | None:
    """Return the contact a channel calls by this name, None for a stranger."""
    found = ContactIdentity.objects.filter(kind=kind, scope=scope, value=value)
    return found.values_list("contact_id", flat=True).first()


def contact_names(ids: Sequence[UUID]) -> dict[UUID, str]:
    """Return the names of contacts by id."""
    return dict(Contact.objects.filter(id__in=ids).values_list("id", "name"))


def contacts_matching(wanted: ContactFilter) -> QuerySet[Contact]:
    """Return the contacts of a filter; page them by `place`, which is the time they were made."""
    exact = {"lifecycle": wanted.lifecycle, "language": wanted.language, "source": wanted.source, "phone": wanted.phone}
    condition = Q(**{name: value for name, value in exact.items() if value})
    if wanted.email:
        condition &= Q(email__iexact=wanted.email)
    if wanted.created_from:
        condition &= Q(created_at__gte=wanted.created_from)
    if wanted.created_before:
        condition &= Q(created_at__lt=wanted.created_before)
    rows = Contact.objects.filter(condition)
    if wanted.search:
        return search.newest_matching(rows, name_words(wanted.search), by="created_at")
    return rows.annotate(**{search.PLACE: F("created_at")})


def name_words(asked: str) -> list[str]:
    """Return the words to look for in names; a phone number, however it is written, is one word of digits."""
    digits = PHONE_SIGNS.sub("", asked)
    return [digits] if digits.isdecimal() and len(digits) >= SHORTEST_PHONE else search.words_of(asked)


def contacts_named(asked: str) -> QuerySet[Contact]:
    """Return the contacts with these words in name, user name, e-mail or phone."""
    return Contact.objects.filter(search=search.query_of(name_words(asked)))


def is_common_name(asked: str) -> bool:
    """Tell whether so many contacts have this name that walking over them costs less than collecting them."""
    return search.is_common(Contact, name_words(asked))


def languages() -> list[str]:
    """Return the languages contacts speak, those most spoken first."""
    spoken = Contact.objects.exclude(language="").values_list("language").annotate(n=Count("id")).order_by("-n")
    return [language for language, _number in spoken[:MOST_LANGUAGES]]


def contact_shapes(ids: Sequence[UUID], *, fields: frozenset[str] = frozenset()) -> list[dict[str, Any]]:
    """Return contacts as the API shows them, in the order of `ids`; ids that do not exist are left out.

    `fields` chooses fields, and with them columns; empty means all. Two statements, the second for identities.
    """
    rows = list(Contact.objects.filter(id__in=ids).values(*CONTACT.columns(fields)))
    if not fields or "identities" in fields:
        _add_identities(rows)
    return in_order(ids, ((row["id"], CONTACT.make(row, fields)) for row in rows))


def tag_for(tag_id: UUID, *, lock: bool = False) -> Tag:
    """Return the tag of this tenant or raise NotFound; `lock` holds its row until commit."""
    rows = Tag.objects.select_for_update() if lock else Tag.objects.all()
    tag = rows.filter(id=tag_id).first()
    if tag is None:
        raise NotFound(_("There is no such tag."))
    return tag


def tags_matching(*, archived: bool | None = None, search: str = "") -> QuerySet[Tag]:
    """Return the tenant's tags; page them by `created_at`."""
    rows = Tag.objects.filter(name__istartswith=search) if search else Tag.objects.all()
    return rows if archived is None else rows.filter(archived_at__isnull=not archived)


def tags_named(names: Sequence[str]) -> list[Tag]:
    """Return the tags with these names, archived ones too, by name."""
    return list(Tag.objects.filter(name__in=names).order_by("name"))


def tags_to_choose() -> list[Tag]:
    """Return the tags that can be given, by name."""
    return list(Tag.objects.filter(archived_at=None).order_by("name"))


def tags_by_name() -> list[Tag]:
    """Return every tag, by name, archived ones last."""
    return list(Tag.objects.order_by(F("archived_at").asc(nulls_first=True), "name"))


def tag_colors() -> dict[str, str]:
    """Return the color of every tag by its name, archived ones too."""
    return dict(Tag.objects.values_list("name", "color"))


def tag_shapes(ids: Sequence[UUID], *, fields: frozenset[str] = frozenset()) -> list[dict[str, Any]]:
    """Return tags as the API shows them, in the order of `ids`; one statement."""
    rows = Tag.objects.filter(id__in=ids).values(*TAG.columns(fields))
    return in_order(ids, ((row["id"], TAG.make(row, fields)) for row in rows))


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
        "marketing_opt_out_source": or_null("marketing_opt_out_source"),
        "created_at": moment("created_at"),
        "updated_at": moment("updated_at"),
        "_links": Part((), _links),
    }
)
TAG = Recipe(
    {
        "id": identifier(),
        "name": plain("name"),
        "color": plain("color"),
        "archived_at": moment("archived_at"),
        "created_at": moment("created_at"),
        "updated_at": moment("updated_at"),
        "_links": Part(
            ("name",),
            lambda row: {
                "self": f"/api/v1/tags/{row['id']}/",
                "conversations": f"/api/v1/conversations/?{urlencode({'tag': row['name']})}",
            },
        ),
    }
)
