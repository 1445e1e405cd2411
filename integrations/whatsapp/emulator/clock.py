"""The emulated vendor's clock, which tests may put forward to see files, windows and quotas run out."""

import time


class Clock:
    """Unix time, and how far it has been put forward."""

    def __init__(self) -> None:
        self._ahead = 0.0

    def now(self) -> float:
        """Return the vendor's time."""
        return time.time() + self._ahead

    def advance(self, seconds: float) -> None:
        """Put the clock forward."""
        self._ahead += seconds

    def reset(self) -> None:
        """Return to the real time."""
        self._ahead = 0.0
