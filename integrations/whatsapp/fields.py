"""Reading JSON of unknown quality: every wrong type becomes a Problem that names the field, never a crash."""

import math
import re
from datetime import datetime
from typing import Any

from kernel.clocks import from_unix

DEEPEST = 48
"""Levels of nesting below an update that are kept; real ones have fewer than ten."""
LONGEST_ID = 256
_LARGEST = 2**63 - 1
"""Whole numbers that every JSON library and database takes."""
_SURROGATES = re.compile("[\ud800-\udfff]")
_INSTANT = re.compile(r"-?\d{1,12}")


class Problem(Exception):  # noqa: N818 - a finding about the data, not a fault of the program
    """A field cannot be used; the text names it and says what was expected."""


class Fields:
    """Typed access to one JSON object; `path` is its name in problem texts."""

    __slots__ = ("path", "raw")

    def __init__(self, raw: object, path: str) -> None:
        if not isinstance(raw, dict):
            raise _wrong(path, "an object", raw)
        self.raw: dict[str, Any] = raw
        self.path = path

    def text(self, name: str, default: str | None = None) -> str:
        """Return a text field, cleaned; `default` when it is absent or null. Without a default it must be there."""
        value = self.raw.get(name)
        if value is None and default is not None:
            return default
        if not isinstance(value, str):
            raise _wrong(self._name(name), "text", value)
        return clean_text(value)

    def id(self, name: str, default: str | None = None) -> str:
        """Return an identifier, which some of the vendor's webhooks write as a number; at most 256 characters."""
        value = self.raw.get(name)
        if isinstance(value, int) and not isinstance(value, bool) and abs(value) <= _LARGEST:
            return str(value)
        found = self.text(name, default)
        if len(found) > LONGEST_ID:
            message = f"{self._name(name)}: longer than {LONGEST_ID} characters"
            raise Problem(message)
        if not found and default is None:
            raise _wrong(self._name(name), "an id", found)
        return found

    def flag(self, name: str) -> bool:
        """Return a yes/no field; absent is no."""
        value = self.raw.get(name, False)
        if value is None:
            return False
        if not isinstance(value, bool):
            raise _wrong(self._name(name), "true or false", value)
        return value

    def number(self, name: str) -> int | float:
        """Return a finite number that must be there."""
        value = self.raw.get(name)
        if isinstance(value, bool) or not isinstance(value, int | float) or not _is_sane(value):
            raise _wrong(self._name(name), "a number", value)
        return value

    def instant(self, name: str) -> datetime:
        """Return a unix time in seconds, as text (messages) or number (templates, accounts), that must be there."""
        found = self.instant_if_any(name)
        if found is None:
            raise _wrong(self._name(name), "a unix time", self.raw.get(name))
        return found

    def instant_if_any(self, name: str) -> datetime | None:
        """Return a unix time, or None when the field is absent or null."""
        value = self.raw.get(name)
        if value is None:
            return None
        digits = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
        if not isinstance(digits, str) or not _INSTANT.fullmatch(digits):
            raise _wrong(self._name(name), "a unix time", value)
        try:
            return from_unix(int(digits))
        except (ValueError, OverflowError, OSError) as error:
            raise _wrong(self._name(name), "a unix time", value) from error

    def part(self, name: str) -> "Fields | None":
        """Return an object inside this one, or None when it is absent or null."""
        value = self.raw.get(name)
        return None if value is None else Fields(value, self._name(name))

    def needed(self, name: str) -> "Fields":
        """Return an object inside this one that must be there."""
        return Fields(self.raw.get(name), self._name(name))

    def parts(self, name: str) -> "list[Fields]":
        """Return a list of objects; empty when it is absent or null."""
        return [Fields(item, f"{self._name(name)}[{index}]") for index, item in enumerate(self.items(name))]

    def items(self, name: str) -> list[Any]:
        """Return a list of anything; empty when it is absent or null."""
        value = self.raw.get(name)
        if value is None:
            return []
        if not isinstance(value, list):
            raise _wrong(self._name(name), "a list", value)
        return value

    def _name(self, name: str) -> str:
        return f"{self.path}.{name}" if self.path else name


def clean_text(value: str) -> str:
    """Return text every database takes: without NUL, lone surrogates replaced by U+FFFD. Its length is not cut."""
    if "\x00" in value:
        value = value.replace("\x00", "")
    return value if value.isascii() else _SURROGATES.sub("\ufffd", value)


def clean(value: object, problems: list[str], path: str = "", depth: int = 0) -> Any:  # noqa: ANN401 - JSON
    """Return a copy of a JSON value that every database takes.

    What has no form there (NaN, infinity, more than 48 levels) becomes null and is named in `problems`.
    """
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, dict | list):
        if depth >= DEEPEST:
            return _drop(problems, f"{path}: nested deeper than {DEEPEST} levels")
        if isinstance(value, list):
            return [clean(item, problems, path, depth + 1) for item in value]
        return {clean_text(key): clean(part, problems, f"{path}.{key[:40]}", depth + 1) for key, part in value.items()}
    if value is None or isinstance(value, bool) or (isinstance(value, int | float) and _is_sane(value)):
        return value
    return _drop(problems, f"{path}: no usable number")


def require(fact: object, message: str) -> None:
    """Raise Problem with `message` unless `fact` holds."""
    if not fact:
        raise Problem(message)


def _drop(problems: list[str], problem: str) -> None:
    problems.append(clean_text(problem))


def _is_sane(value: float) -> bool:
    """Tell whether a number, whole or not, can be kept; NaN and infinity cannot."""
    return math.isfinite(value) if isinstance(value, float) else abs(value) <= _LARGEST  # type: ignore[redundant-expr]


def _wrong(path: str, expected: str, value: object) -> Problem:
    found = {type(None): "nothing", dict: "an object", list: "a list", str: "text", bool: "true or false"}
    name = found.get(type(value), "a number")
    return Problem(f"{path}: expected {expected}, got {name if name != expected else 'an unusable one'}")
