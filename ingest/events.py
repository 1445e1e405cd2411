"""Facts about the webhook inbox, in the history of the platform."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateReplayed(Event):
    """A parked update was put back into the inbox."""

    type: ClassVar[str] = "ingest.update_replayed"
    subject: ClassVar[str] = "update_id"

    update_id: UUID
