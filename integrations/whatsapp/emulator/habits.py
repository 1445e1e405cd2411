"""What the emulated vendor does as long as it is told to, beyond single faults."""

from dataclasses import dataclass, fields
from typing import Any

_WINDOW = frozenset({"open", "failed", "refused"})
_REVIEW = frozenset({"approve", "reject", "leave"})


@dataclass(slots=True)
class Habits:
    """Switches. Counts and seconds are never negative.

    `window`: what happens outside of 24 hours: `open` nothing, `failed` a 200 and then a failed status, `refused` an
    answer with the error. `review`: what becomes of a template that waits. `webhook_copies`: how often each webhook
    comes beyond once. `webhook_disorder`: the last status comes first. `webhook_batch`: the most updates in one
    webhook, of those that are due in the same half second. `webhook_delay_s`: how much later each comes. The others
    are the vendor's limits.
    """

    window: str = "open"
    review: str = "approve"
    webhook_copies: int = 0
    webhook_disorder: bool = False
    webhook_batch: int = 1
    webhook_delay_s: float = 0.0
    number_rate: int = 80
    pair_interval: float = 6.0
    pair_burst: int = 45
    calls_an_hour: int = 5000

    def change(self, order: dict[str, Any]) -> None:
        """Set what is named. Raises ValueError, and then changes nothing."""
        kinds = {item.name: type(getattr(Habits(), item.name)) for item in fields(self)}
        if unknown := set(order) - set(kinds):
            message = f"no such habit: {', '.join(sorted(unknown))}"
            raise ValueError(message)
        wanted = {name: kinds[name](value) for name, value in order.items()}
        bad = [name for name, value in wanted.items() if not isinstance(value, str) and value < 0]
        bad += [
            name
            for name, known in (("window", _WINDOW), ("review", _REVIEW))
            if wanted.get(name, "") not in {"", *known}
        ]
        bad += ["webhook_batch"] if wanted.get("webhook_batch", 1) < 1 else []
        if bad:
            message = f"not a value for {', '.join(bad)}"
            raise ValueError(message)
        for name, value in wanted.items():
            setattr(self, name, value)

    def shown(self) -> dict[str, Any]:
        """Return every switch."""
        return {item.name: getattr(self, item.name) for item in fields(self)}

    def reset(self) -> None:
        """Return to what is usual."""
        for item in fields(self):
            setattr(self, item.name, item.default)
