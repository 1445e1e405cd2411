"""Making things go wrong on purpose: injected faults, numbers that always fail, words that make a message fail."""

import re
from dataclasses import dataclass, field
from typing import Any

from integrations.whatsapp.emulator.refusals import Refusal

_TRIGGER = re.compile(r"#(error|fail)-(\d{1,6})\b")


@dataclass(slots=True)
class Fault:
    """What happens to matching calls: to `edge`, messages unless another one is named.

    `code` refuses with that error at once, or with `as_status` takes the message and fails it by webhook later.
    `delay_s` waits before answering. `drop_response` takes the message and breaks the connection off in the middle of
    the answer. `corrupt` spoils a downloaded file. `until` is the last status that comes. `retry_after` goes with a
    refusal. `count` limits how often it happens; 0 is always.
    """

    code: int | None = None
    as_status: bool = False
    http_status: int | None = None
    delay_s: float = 0.0
    drop_response: bool = False
    corrupt: bool = False
    retry_after: int | None = None
    until: str = ""
    count: int = 1
    to: str = ""
    phone_number_id: str = ""
    edge: str = "messages"

    def concerns(self, edge: str, phone_number_id: str, recipient: str) -> bool:
        """Tell whether a call is hit."""
        meant = edge == self.edge and self.phone_number_id in {"", phone_number_id}
        return meant and (not self.to or _same(self.to, recipient))

    def refuse(self) -> None:
        """Refuse at once, when that is what it is for. Raises Refusal."""
        if self.code is not None and not self.as_status:
            raise Refusal(self.code, http_status=self.http_status, retry_after=self.retry_after, delay_s=self.delay_s)


MAGIC: dict[str, tuple[Fault, str]] = {
    "+12065550190": (Fault(code=131026, as_status=True), "failed: undeliverable"),
    "+12065550191": (Fault(code=131047, as_status=True), "failed: the 24-hour window is closed, told by webhook only"),
    "+12065550192": (Fault(code=131056), "refused: too many messages to this person"),
    "+12065550193": (Fault(code=131049, as_status=True), "failed: marketing limit of this person"),
    "+12065550194": (Fault(code=131000), "refused: the vendor has a problem"),
    "+12065550195": (Fault(code=190), "refused: the access token has expired"),
    "+12065550196": (Fault(delay_s=12.0), "taken, answered after 12 s"),
    "+12065550197": (Fault(drop_response=True), "taken, the answer breaks off"),
    "+12065550198": (Fault(until="sent"), "sent, never delivered"),
    "+12065550199": (Fault(until="delivered"), "delivered, never read"),
}
"""What happens to every message to these numbers. No demo customer has one of them."""


@dataclass(slots=True)
class Faults:
    """The injected faults, in the order in which they are looked at."""

    injected: list[Fault] = field(default_factory=list)

    def inject(self, order: dict[str, Any]) -> None:
        """Take an order of the control API. Raises ValueError when it cannot be understood."""
        try:
            self.injected.append(Fault(**order))
        except TypeError as error:
            raise ValueError(str(error)) from error

    def clear(self) -> None:
        """Let everything go well again."""
        self.injected.clear()

    def of_call(self, edge: str, node: str) -> Fault:
        """Return what happens to a call that sends nothing, and count it."""
        return self._injected(edge, node, "") or Fault()

    def of_message(self, phone_number_id: str, recipient: str, words: str) -> Fault:
        """Return what happens to a message, and count it: what was injected, else what its words or recipient ask."""
        injected = self._injected("messages", phone_number_id, recipient)
        return injected or _asked_for(words) or MAGIC.get(recipient, (Fault(), ""))[0]

    def _injected(self, edge: str, node: str, recipient: str) -> Fault | None:
        for fault in self.injected:
            if fault.concerns(edge, node, recipient):
                self._count(fault)
                return fault
        return None

    def _count(self, fault: Fault) -> None:
        if fault.count == 1:
            self.injected.remove(fault)
        elif fault.count > 1:
            fault.count -= 1


def _asked_for(words: str) -> Fault | None:
    """Return the fault that a text asks for: `#error-131056` is refused with it, `#fail-131026` fails by webhook."""
    found = _TRIGGER.search(words)
    return Fault(code=int(found[2]), as_status=found[1] == "fail") if found else None


def _same(one: str, other: str) -> bool:
    return one.removeprefix("+") == other.removeprefix("+")
