"""Who is writing: matching what a channel says about people to contacts, many at once.

Rules (WhatsApp, 2026): the business-scoped user id (BSUID) is the identity; the phone is an attribute that may be
missing, change, or pass to somebody else.

- A known user id wins; a phone that comes with it becomes the contact's phone.
- An unknown user id with a known phone joins that contact, unless the contact already has another user id in the same
  portfolio: then the number has a new owner, who is a new person and takes the phone over.
- Two contacts are never joined here: that is a merge, which a person decides.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from django.db import connection

from crm.enums import IdentityKind
from crm.models import Contact, ContactIdentity
from crm.types import Person
from kernel.ids import new_id

REFRESHED = ("name", "email", "language", "phone", "username")

Key = tuple[str, str, str]
"""kind, scope, value"""


def lock_identities() -> None:
    """Let one transaction of this tenant at a time make contacts; held until commit."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(current_schema()), hashtext('crm.identities'))")


def user_key(person: Person) -> Key | None:
    """Return the identity key of the person's user id."""
    return (person.kind, person.scope, person.user_id) if person.user_id else None


def phone_key(person: Person) -> Key | None:
    """Return the identity key of the person's phone; phones are world-wide, they have no scope."""
    return (IdentityKind.PHONE, "", person.phone) if person.phone else None


@dataclass(slots=True)
class Book:
    """The identities of one batch, as found and as they will be."""

    known: dict[Key, UUID]
    has_user_id: set[tuple[UUID, str]]
    """(contact, portfolio) pairs that already have a user id."""
    new_contacts: list[Contact] = field(default_factory=list)
    new_keys: dict[Key, UUID] = field(default_factory=dict)
    moved_phones: dict[Key, UUID] = field(default_factory=dict)
    seen: dict[UUID, Person] = field(default_factory=dict)
    """The newest thing the channel said about each contact."""

    def find(self, person: Person) -> UUID:
        """Return the contact of this person, making one in memory when nobody fits."""
        by_user, by_phone = self._lookup(user_key(person)), self._lookup(phone_key(person))
        if by_user is not None:
            contact_id = by_user
        elif by_phone is not None and not (person.user_id and (by_phone, person.scope) in self.has_user_id):
            contact_id = by_phone
        else:
            contact_id = self._create(person)
        self._remember(contact_id, person, by_phone)
        return contact_id

    def _lookup(self, key: Key | None) -> UUID | None:
        if key is None:
            return None
        return self.moved_phones.get(key) or self.new_keys.get(key) or self.known.get(key)

    def _create(self, person: Person) -> UUID:
        contact = Contact(
            id=new_id(), name=person.name, phone=person.phone, username=person.username, email=person.email,
            language=person.language, source=person.source,
        )  # fmt: skip
        self.new_contacts.append(contact)
        return contact.id

    def _remember(self, contact_id: UUID, person: Person, by_phone: UUID | None) -> None:
        self.seen[contact_id] = person
        user, phone = user_key(person), phone_key(person)
        if user is not None and self._lookup(user) is None:
            self.new_keys[user] = contact_id
        if user is not None:
            self.has_user_id.add((contact_id, person.scope))
        if phone is None or by_phone == contact_id:
            return
        if by_phone is None or phone in self.new_keys:
            self.new_keys[phone] = contact_id
        else:
            self.moved_phones[phone] = contact_id


def read_book(people: Sequence[Person]) -> Book:
    """Load the identities these people may have: two statements, however many people."""
    values = {key[2] for person in people for key in (user_key(person), phone_key(person)) if key}
    with connection.cursor() as cursor:  # one array is cheaper than a thousand parameters
        columns = "SELECT kind, scope, value, contact_id FROM crm_contactidentity WHERE value = ANY(%s)"
        cursor.execute(columns, [list(values)])
        known = {(kind, scope, value): contact_id for kind, scope, value, contact_id in cursor.fetchall()}
    with_user_id = ContactIdentity.objects.filter(
        contact_id__in=set(known.values()), kind=IdentityKind.WHATSAPP
    ).values_list("contact_id", "scope")
    return Book(known=known, has_user_id=set(with_user_id))


def write_book(book: Book) -> None:
    """Store new contacts and identities and hand over phones that changed their owner."""
    Contact.objects.bulk_create(book.new_contacts)
    ContactIdentity.objects.bulk_create(
        [
            ContactIdentity(kind=kind, scope=scope, value=value, contact_id=contact_id)
            for (kind, scope, value), contact_id in book.new_keys.items()
        ]
    )
    for (kind, scope, value), contact_id in book.moved_phones.items():
        identity = ContactIdentity.objects.select_for_update().get(kind=kind, scope=scope, value=value)
        Contact.objects.filter(id=identity.contact_id, phone=value).update(phone="")
        identity.contact_id = contact_id
        identity.save(update_fields=["contact", "updated_at"])
    _refresh_names(book)


def _refresh_names(book: Book) -> None:
    """Fill what was empty and follow phone and user name; a name a person edited is never overwritten."""
    created = {contact.id for contact in book.new_contacts}
    known = Contact.objects.filter(id__in=set(book.seen) - created).only("name", "phone", "username")
    changed = [contact for contact in known if _take_news(contact, book.seen[contact.id])]
    Contact.objects.bulk_update(changed, REFRESHED)


def _take_news(contact: Contact, person: Person) -> bool:
    before = [getattr(contact, name) for name in REFRESHED]
    contact.name = contact.name or person.name
    contact.email = contact.email or person.email
    contact.language = contact.language or person.language
    contact.phone = person.phone or contact.phone
    contact.username = person.username or contact.username
    return before != [getattr(contact, name) for name in REFRESHED]


def resolve(people: Iterable[Person]) -> tuple[dict[Person, UUID], list[Contact]]:
    """Return each person's contact id and the contacts made just now. Call inside a transaction; locks identities."""
    batch = list(dict.fromkeys(people))
    lock_identities()
    book = read_book(batch)
    found = {person: book.find(person) for person in batch}
    write_book(book)
    return found, book.new_contacts
