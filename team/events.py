"""What happens to how a team works, as facts."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarChanged(Event):
    """Working hours or days off are others now; what runs in them has to be reckoned again."""

    type: ClassVar[str] = "calendar.changed"
    subject: ClassVar[str] = "calendar_id"

    calendar_id: UUID
    fields: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarDeleted(Event):
    """A calendar nothing used is gone."""

    type: ClassVar[str] = "calendar.deleted"
    subject: ClassVar[str] = "calendar_id"

    calendar_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberWorkChanged(Event):
    """How much work somebody is given, when, or whether; the names of the fields."""

    type: ClassVar[str] = "member.work_changed"
    subject: ClassVar[str] = "member_id"

    member_id: UUID
    fields: list[str]
