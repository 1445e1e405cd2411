"""The parts that must be alive, and when one counts as silent."""

from collections.abc import Iterable
from dataclasses import dataclass

from kernel.heartbeat import Heartbeat

SILENT_AFTER_S = 30.0
PARTS: dict[str, float] = {
    "ingest": SILENT_AFTER_S,
    "dispatcher": SILENT_AFTER_S,
    "worker": SILENT_AFTER_S,
    "scheduler": 90.0,  # its sign travels through the queue every 15 seconds
    "health": SILENT_AFTER_S,
}
"""Seconds of silence after which each part is reported."""


@dataclass(frozen=True, slots=True)
class Part:
    """One part: how many processes of it live, and how long ago the freshest was heard (None: never)."""

    name: str
    processes: int
    silent_s: float | None

    @property
    def alive(self) -> bool:
        """Whether it was heard recently enough."""
        return self.silent_s is not None and self.silent_s <= PARTS[self.name]


def parts(beats: Iterable[Heartbeat]) -> list[Part]:
    """Return the state of every part, from the signs of life there are."""
    heard = list(beats)
    return [_part(name, [beat.age for beat in heard if beat.name == name]) for name in PARTS]


def _part(name: str, ages: list[float]) -> Part:
    alive = sum(1 for age in ages if age <= PARTS[name])
    return Part(name, alive, min(ages, default=None))
