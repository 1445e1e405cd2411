"""What happens to contacts, as facts."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactCreated(Event):
    """A person was seen for the first time."""

    type: ClassVar[str] = "contact.created"
    subject: ClassVar[str] = "contact_id"

    contact_id: UUID
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactUpdated(Event):
    """Somebody changed a contact; the names of the fields, never the values."""

    type: ClassVar[str] = "contact.updated"
    subject: ClassVar[str] = "contact_id"

    contact_id: UUID
    fields: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactOptedOut(Event):
    """The person stopped marketing messages."""

    type: ClassVar[str] = "contact.opted_out"
    subject: ClassVar[str] = "contact_id"

    contact_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactOptedIn(Event):
    """The person allowed marketing messages again."""

    type: ClassVar[str] = "contact.opted_in"
    subject: ClassVar[str] = "contact_id"

    contact_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class TagCreated(Event):
    """The tenant's list of tags has a new one."""

    type: ClassVar[str] = "tag.created"
    subject: ClassVar[str] = "tag_id"

    tag_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class TagUpdated(Event):
    """A tag was renamed, got another color, was archived or restored; the names of the fields."""

    type: ClassVar[str] = "tag.updated"
    subject: ClassVar[str] = "tag_id"

    tag_id: UUID
    fields: list[str]
