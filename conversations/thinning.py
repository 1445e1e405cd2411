"""How often a socket gets frames: by the delay of its last pings. Pure."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from statistics import median

from kernel.live import Packed

PINGS = 10
FAST_MS, MIDDLING_MS = 100, 500
MIDDLING_WAIT_S, SLOW_WAIT_S = 0.5, 2.0
LONGEST_MS = 60_000


def wait_for(delay_ms: float) -> float:
    """Return the seconds between two sendings: none under 100 ms, half a second under 500 ms, else two."""
    if delay_ms < FAST_MS:
        return 0.0
    return MIDDLING_WAIT_S if delay_ms < MIDDLING_MS else SLOW_WAIT_S


@dataclass(slots=True)
class Pace:
    """The delay of one socket, as the median of its last ten pings; unknown counts as fast."""

    delays_ms: deque[float] = field(default_factory=lambda: deque(maxlen=PINGS))

    def measure(self, delay_ms: float) -> None:
        """Take the round trip of a ping; nonsense of a wrong clock is cut to 0 and a minute."""
        self.delays_ms.append(min(max(delay_ms, 0.0), LONGEST_MS))

    @property
    def wait_s(self) -> float:
        """Seconds between two sendings."""
        return wait_for(median(self.delays_ms)) if self.delays_ms else 0.0


def thin(frames: Iterable[Packed]) -> list[Packed]:
    """Keep of frames with the same key only the newest, in its place; frames without a key all stay in order."""
    kept: dict[object, Packed] = {}
    for number, frame in enumerate(frames):
        key: object = frame.key or number
        kept.pop(key, None)
        kept[key] = frame
    return list(kept.values())
