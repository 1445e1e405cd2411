"""How people look wherever they appear: initials and a tint that stays the same."""

from dataclasses import dataclass
from zlib import crc32

TINTS = ("", "p", "g", "w")


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with an avatar."""

    id: str
    name: str

    @property
    def initials(self) -> str:
        """Up to two letters that stand for the name; a person known by number or not at all has a sign."""
        words = [word for word in self.name.split() if word[0].isalpha()]
        if not words:
            return "#" if any(sign.isdigit() for sign in self.name) else "?"
        return (words[0][0] + (words[-1][0] if len(words) > 1 else words[0][1:2])).upper()

    @property
    def tint(self) -> str:
        """One of four tints, the same for this person everywhere."""
        return TINTS[crc32(self.id.encode()) % len(TINTS)]

    @property
    def first_name(self) -> str:
        """The name colleagues use."""
        return self.name.split()[0] if self.name.split() else self.name
