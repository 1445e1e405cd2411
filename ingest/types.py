"""Values of the webhook inbox."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from ingest.enums import Reason


@dataclass(frozen=True, slots=True)
class Proof:
    """A vendor application as the receiver needs it: clear secrets, in memory only."""

    app_id: UUID
    secret: str
    verify_token: str


@dataclass(frozen=True, slots=True)
class Claimed:
    """A delivery taken for handing down."""

    id: int
    vendor: str
    app_id: UUID
    tenant_id: UUID | None
    """The only tenant its application may speak for; None: any."""
    body: bytes
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Problem:
    """An update that stays behind, and why. `position` counts updates within the delivery from 0."""

    delivery: Claimed
    position: int
    reason: Reason
    detail: str
    payload: Any
    """The update as a webhook of its own (JSON), or the delivery's bytes when they hold no JSON."""
    schema_name: str = ""
