"""What the emulated server has taken: one `.eml` file each, in a folder that stays."""

from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

KEPT = 500
"""Mails the folder holds; the oldest go first."""


@dataclass(frozen=True, slots=True)
class Received:
    """One mail: its number, envelope and content."""

    number: int
    to: tuple[str, ...]
    message: EmailMessage

    def side(self, kind: str) -> str:
        """Return the `plain` or `html` side."""
        part = self.message.get_body(preferencelist=(kind,))
        return str(part.get_content()) if part else ""

    def shape(self) -> dict[str, Any]:
        """Return it as JSON shows it."""
        return {
            "number": self.number,
            "to": list(self.to),
            "headers": {name.lower(): str(value) for name, value in self.message.items()},
            "subject": str(self.message["Subject"]),
            "text": self.side("plain"),
            "html": self.side("html"),
        }


class Outbox:
    """The folder. Names are numbers, so order is the order of arrival."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def keep(self, recipients: list[str], body: bytes) -> None:
        """Write a mail down in one step; the envelope stands above it."""
        numbers = self._numbers()
        number = (numbers[-1] if numbers else 0) + 1
        part = self._folder / f".{number}.part"
        part.write_bytes(f"X-Envelope-To: {', '.join(recipients)}\r\n".encode() + body)
        part.rename(self._folder / f"{number:08}.eml")
        for old in numbers[: max(0, len(numbers) + 1 - KEPT)]:
            (self._folder / f"{old:08}.eml").unlink(missing_ok=True)

    def newest_first(self, to: str = "") -> list[Received]:
        """Return the mails, only those to an address when it is given."""
        found = [self.read(number) for number in reversed(self._numbers())]
        return [mail for mail in found if mail and (not to or to.lower() in mail.to)]

    def read(self, number: int) -> Received | None:
        """Return one mail, None when there is none of this number."""
        path = self._folder / f"{number:08}.eml"
        if not path.is_file():
            return None
        message: EmailMessage = message_from_bytes(path.read_bytes(), policy=policy.default)
        envelope = str(message["X-Envelope-To"]).lower()
        del message["X-Envelope-To"]
        return Received(number, tuple(one.strip() for one in envelope.split(",")), message)

    def clear(self) -> None:
        """Forget everything."""
        for number in self._numbers():
            (self._folder / f"{number:08}.eml").unlink(missing_ok=True)

    def _numbers(self) -> list[int]:
        return sorted(int(path.stem) for path in self._folder.glob("*.eml") if path.stem.isdecimal())
