"""Events that exist only in tests."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from django.db import transaction

from kernel.actors import SYSTEM, Actor, ActorKind
from kernel.events import Changed, Event, Recorded, publish
from kernel.ids import new_id
from kernel.tenancy import tenant_context

ALICE = Actor(ActorKind.MEMBER, "01890000-0000-7000-8000-00000000a11c")


@dataclass(frozen=True, slots=True, kw_only=True)
class BoxOpened(Event):
    type: ClassVar[str] = "test.box_opened"
    subject: ClassVar[str] = "box_id"
    state: ClassVar[tuple[str, ...]] = ("color", "keeper")

    box_id: UUID
    color: str = "red"
    keeper: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BoxShut(Event):
    type: ClassVar[str] = "test.box_shut"
    subject: ClassVar[str] = "box_id"
    state: ClassVar[tuple[str, ...]] = ("color",)

    box_id: UUID
    color: str = "red"
    note: str = ""


def record(schema: str, *events: Event | Changed, actor: Actor = SYSTEM) -> list[Recorded]:
    """Publish in a transaction of its own; without events one BoxOpened."""
    with tenant_context(schema), transaction.atomic():
        return publish(*(events or (BoxOpened(box_id=new_id()),)), actor=actor)
