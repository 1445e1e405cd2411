"""Everything that changes contacts."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID
from zoneinfo import available_timezones

import phonenumbers
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from crm import identities, tagged
from crm.enums import IdentityKind, Lifecycle, TagColor
from crm.events import ContactCreated, ContactOptedIn, ContactOptedOut, ContactUpdated, TagCreated, TagUpdated
from crm.models import Contact, ContactIdentity, Tag
from crm.queries import contact_for, contacts_by_id, tag_for
from crm.types import Person
from kernel import clocks
from kernel.actors import Actor
from kernel.errors import Conflict, Invalid
from kernel.events import Event, publish

EDITABLE = frozenset({"name", "phone", "email", "language", "time_zone", "lifecycle", "source"})


def resolve_people(people: Iterable[Person]) -> tuple[dict[Person, UUID], list[Event]]:
    """Match people of a channel to contacts, making what is missing; returns ids and the events to publish.

    Runs inside the caller's transaction, which publishes last. Locks the tenant's identities until commit.
    """
    found, created = identities.resolve(people)
    return found, [ContactCreated(contact_id=contact.id, source=contact.source) for contact in created]


@transaction.atomic
def create_contact(*, actor: Actor, now: datetime | None = None, **values: str) -> UUID:
    """Make a contact from what a person or program knows. Raises Invalid, or Conflict when the phone is taken."""
    clean = _clean(values)
    if not any(clean.get(name) for name in ("name", "phone", "email")):
        raise Invalid(_("A contact needs a name, a phone or an email."), details={"name": [_("Fill in one of them.")]})
    identities.lock_identities()
    contact = Contact.objects.create(**{"source": "manual", **clean})
    _take_identities(contact, clean)
    publish(ContactCreated(contact_id=contact.id, source=contact.source), actor=actor, now=now)
    return contact.id


@transaction.atomic
def update_contact(*, contact_id: UUID, changes: Mapping[str, str], actor: Actor, now: datetime | None = None) -> None:
    """Change fields of a contact. Raises NotFound, Invalid, or Conflict when the new phone is somebody else's."""
    clean = _clean(changes)
    contact = hold_contact(contact_id)
    changed = {name: value for name, value in clean.items() if getattr(contact, name) != value}
    if not changed:
        return
    for name, value in changed.items():
        setattr(contact, name, value)
    contact.save(update_fields=[*changed, "updated_at"])
    _take_identities(contact, changed)
    publish(ContactUpdated(contact_id=contact.id, fields=sorted(changed)), actor=actor, now=now)


def hold_contact(contact_id: UUID) -> Contact:
    """Return a contact that nobody else can change until commit, with the locks in the order every change takes them.

    Raises NotFound.
    """
    identities.lock_identities()
    return contact_for(contact_id, lock=True)


def hold_contacts(contact_ids: Sequence[UUID]) -> None:
    """Let nobody else change these contacts until commit."""
    identities.lock_identities()
    list(contacts_by_id(contact_ids).select_for_update().order_by("id").values_list("id"))


@transaction.atomic
def record_marketing_preference(
    *, contact_id: UUID, allowed: bool, at: datetime, actor: Actor, source: str = "", now: datetime | None = None
) -> None:
    """Keep the person's word on marketing. Older news than what we have changes nothing."""
    contact = contact_for(contact_id, lock=True)
    known_at = contact.marketing_opt_out_at
    if allowed == (known_at is None) or (known_at is not None and at < known_at):
        return
    contact.marketing_opt_out_at = None if allowed else at
    contact.marketing_opt_out_source = "" if allowed else source
    contact.save(update_fields=["marketing_opt_out_at", "marketing_opt_out_source", "updated_at"])
    event = ContactOptedIn(contact_id=contact_id) if allowed else ContactOptedOut(contact_id=contact_id)
    publish(event, actor=actor, now=now)


def change_phone(*, contact_id: UUID, phone: str) -> Event | None:
    """Follow a number change the channel reported; returns the event for the caller to publish, None if no news."""
    contact = contact_for(contact_id, lock=True)
    taken = ContactIdentity.objects.filter(kind=IdentityKind.PHONE, value=phone).exclude(contact_id=contact_id)
    if contact.phone == phone or taken.exists():
        return None
    ContactIdentity.objects.filter(kind=IdentityKind.PHONE, value=contact.phone, contact_id=contact_id).delete()
    ContactIdentity.objects.get_or_create(kind=IdentityKind.PHONE, scope="", value=phone, contact_id=contact_id)
    contact.phone = phone
    contact.save(update_fields=["phone", "updated_at"])
    return ContactUpdated(contact_id=contact_id, fields=["phone"])


def _take_identities(contact: Contact, values: Mapping[str, str]) -> None:
    """Make phone and e-mail lead to this contact, and the ones it had before lead nowhere."""
    for name, kind in (("phone", IdentityKind.PHONE), ("email", IdentityKind.EMAIL)):
        if name not in values:
            continue
        value = values[name].lower()
        ContactIdentity.objects.filter(contact=contact, kind=kind).exclude(value=value).delete()
        if not value:
            continue
        identity, _created = ContactIdentity.objects.get_or_create(
            kind=kind, scope="", value=value, defaults={"contact": contact}
        )
        if identity.contact_id != contact.id:
            raise Conflict(
                _("Another contact already has this phone or email."), details={name: [str(identity.contact_id)]}
            )


def _clean(values: Mapping[str, str]) -> dict[str, str]:
    unknown = sorted(set(values) - EDITABLE)
    if unknown:
        raise Invalid(_("Unknown field."), details={name: [_("This field does not exist.")] for name in unknown})
    clean = {name: value.strip() for name, value in values.items()}
    if clean.get("phone"):
        clean["phone"] = normalize_phone(clean["phone"])
    if clean.get("email"):
        _check_email(clean["email"])
    if clean.get("time_zone") and clean["time_zone"] not in available_timezones():
        raise Invalid(_("Unknown time zone."), details={"time_zone": [_("Use a name such as America/New_York.")]})
    if "lifecycle" in clean and clean["lifecycle"] not in Lifecycle.values:
        raise Invalid(_("Unknown stage."), details={"lifecycle": [", ".join(Lifecycle.values)]})
    for name, limit in (("name", 200), ("language", 8), ("source", 40)):
        if len(clean.get(name, "")) > limit:
            raise Invalid(_("The value is too long."), details={name: [_("Too long.")]})
    return clean


def normalize_phone(raw: str, *, field: str = "phone") -> str:
    """Return the number as E.164. Raises Invalid for what cannot be a phone number; a country code is required.

    `field` is what the number was given in.
    """
    sentence = _("Write the phone with its country code, like +1 305 555 0142.")
    try:
        number = phonenumbers.parse(raw, None)
    except phonenumbers.NumberParseException as problem:
        raise Invalid(sentence, details={field: [sentence]}) from problem
    if not phonenumbers.is_possible_number(number):
        raise Invalid(sentence, details={field: [sentence]})
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _check_email(raw: str) -> None:
    try:
        validate_email(raw)
    except ValidationError as problem:
        raise Invalid(_("This is not an email address."), details={"email": [_("Check the address.")]}) from problem


def identify(person: Person, *, actor: Actor, now: datetime | None = None) -> UUID:
    """Return the contact of one person, making it when needed."""
    with transaction.atomic():
        found, events = resolve_people([person])
        if events:
            publish(*events, actor=actor, now=now or clocks.now())
    return found[person]


TAG_LENGTH = 40


@transaction.atomic
def create_tag(*, name: str, color: str = TagColor.GRAY, actor: Actor, now: datetime | None = None) -> UUID:
    """Put a tag on the tenant's list. Raises Invalid, or Conflict when there is one of this name, however written."""
    tag = Tag(name=_tag_name(name), color=_tag_color(color))
    _save_tag(tag)
    publish(TagCreated(tag_id=tag.id), actor=actor, now=now)
    return tag.id


@transaction.atomic
def update_tag(
    *,
    tag_id: UUID,
    name: str | None = None,
    color: str | None = None,
    archived: bool | None = None,
    actor: Actor,
    now: datetime | None = None,
) -> None:
    """Change a tag; what is left out stays. What is tagged follows a new name in this same transaction."""
    tag = tag_for(tag_id, lock=True)
    before = (tag.name, tag.color, tag.archived_at)
    if name is not None:
        tag.name = _tag_name(name)
    if color is not None:
        tag.color = _tag_color(color)
    if archived is not None and archived != (tag.archived_at is not None):
        tag.archived_at = (now or clocks.now()) if archived else None
    after = (tag.name, tag.color, tag.archived_at)
    changed = [
        field for field, old, new in zip(("name", "color", "archived"), before, after, strict=True) if old != new
    ]
    if not changed:
        return
    _save_tag(tag)
    if "name" in changed:
        tagged.tell(before[0], tag.name)
    publish(TagUpdated(tag_id=tag.id, fields=changed), actor=actor, now=now)


def _save_tag(tag: Tag) -> None:
    try:
        with transaction.atomic():
            tag.save()
    except IntegrityError as problem:
        raise Conflict(_("There is a tag with this name."), details={"name": [_("Choose another name.")]}) from problem


def _tag_name(raw: str) -> str:
    name = " ".join(raw.split())
    if not 0 < len(name) <= TAG_LENGTH:
        sentence = _("A tag has 1 to 40 characters.")
        raise Invalid(sentence, details={"name": [sentence]})
    return name


def _tag_color(color: str) -> TagColor:
    if color not in TagColor.values:
        sentence = _("Choose one of the colors offered.")
        raise Invalid(sentence, details={"color": [sentence]})
    return TagColor(color)
