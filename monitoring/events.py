"""What operators do about health, as facts in the tenant's own history."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class ParkedEventsReplayed(Event):
    """Events that a part could not take were handed to it once more."""

    type: ClassVar[str] = "events.replayed"
    subject: ClassVar[str] = "tenant_id"

    tenant_id: UUID
    subscriber: str
    delivered: int
    parked: int
