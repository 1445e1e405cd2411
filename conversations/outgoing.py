"""What waits to be written to one socket: thinned on slow lines, bounded for slow readers."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterable

from conversations.thinning import Pace, thin
from kernel.live import Frame, Packed, pack

MOST = 2000
"""Frames that may wait. A reader that lags further is told of a gap and fetches the page anew."""

Write = Callable[[str], Awaitable[None]]


class Outgoing:
    """The only writer of a socket. `gap_to` gives the seq a gap reaches when everything waiting was dropped."""

    def __init__(self, write: Write, gap_to: Callable[[], int]) -> None:
        self.pace = Pace()
        self._write, self._gap_to = write, gap_to
        self._waiting: deque[Packed] = deque()
        self._dropped = False
        self._more = asyncio.Event()
        self._writer = asyncio.create_task(self._run())

    def add(self, frames: Iterable[Packed]) -> None:
        """Let frames be written after those that wait."""
        self._waiting.extend(frames)
        if len(self._waiting) > MOST:
            self._waiting = deque(thin(self._waiting))
        if len(self._waiting) > MOST:
            self._waiting.clear()
            self._dropped = True
        self._more.set()

    def say(self, frame: Frame) -> None:
        """Let one frame be written."""
        self.add([pack(frame)])

    def stop(self) -> None:
        """Write nothing more."""
        self._writer.cancel()

    async def _run(self) -> None:
        while True:
            await self._more.wait()
            self._more.clear()
            for frame in self._take():
                await self._write(frame.text)
            if self.pace.wait_s:
                await asyncio.sleep(self.pace.wait_s)

    def _take(self) -> list[Packed]:
        frames, self._waiting = thin(self._waiting), deque()
        if self._dropped:
            self._dropped = False
            frames.insert(0, pack({"type": "gap", "from": 0, "to": self._gap_to(), "refetch": ["conversations"]}))
        return frames
