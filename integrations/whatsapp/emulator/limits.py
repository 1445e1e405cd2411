"""The vendor's own limits: of a number, of a person, of an account's calls."""

from collections import deque
from dataclasses import dataclass, field
from math import ceil

from integrations.whatsapp.emulator.habits import Habits
from integrations.whatsapp.emulator.refusals import Refusal

_HOUR = 3600.0


@dataclass(slots=True)
class Limits:
    """Counts what was taken."""

    habits: Habits
    numbers: dict[str, deque[float]] = field(default_factory=dict)
    pairs: dict[tuple[str, str], float] = field(default_factory=dict)
    accounts: dict[str, deque[float]] = field(default_factory=dict)

    def take_message(self, phone_number_id: str, recipient: str, now: float) -> None:
        """Count a message. Raises Refusal 130429 or 131056."""
        habits = self.habits
        recent = _recent(self.numbers.setdefault(phone_number_id, deque()), now - 1.0)
        if len(recent) >= habits.number_rate:
            raise Refusal(130429)
        pair = (phone_number_id, recipient)
        arrival = max(self.pairs.get(pair, now), now)
        if arrival - (habits.pair_burst - 1) * habits.pair_interval > now:
            raise Refusal(131056)
        recent.append(now)
        self.pairs[pair] = arrival + habits.pair_interval

    def take_call(self, account: str, now: float) -> None:
        """Count a call about an account. Raises Refusal 80007."""
        recent = _recent(self.accounts.setdefault(account, deque()), now - _HOUR)
        if len(recent) >= self.habits.calls_an_hour:
            wait = ceil(recent[0] + _HOUR - now) if recent else int(_HOUR)
            raise Refusal(80007, retry_after=wait)
        recent.append(now)

    def reset(self) -> None:
        """Forget what was taken."""
        for counted in (self.numbers, self.pairs, self.accounts):
            counted.clear()


def _recent(times: deque[float], since: float) -> deque[float]:
    while times and times[0] <= since:
        times.popleft()
    return times
