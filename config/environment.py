"""Reading the environment: every setting comes from here, and a bad one stops the start with one line."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from cryptography.fernet import Fernet

from integrations.email.addresses import server

T = TypeVar("T")

SECRET_LENGTH = 32
ROOT = Path(__file__).resolve().parent.parent


class BadSetting(SystemExit):
    """A setting is missing or cannot be used; the message names it and says what to do."""

    def __init__(self, name: str, problem: str) -> None:
        super().__init__(f"Setting {name} {problem} (see .env.example).")


def load_runtime_file() -> None:
    """Take what `make run` wrote to var/runtime.env, without overriding the real environment."""
    path = Path(os.environ.get("DATA_DIR") or ROOT / "var") / "runtime.env"
    if not path.is_file():
        return
    for line in path.read_text(encoding="utf-8").splitlines():
        name, separator, value = line.partition("=")
        if separator and not name.startswith("#"):
            os.environ.setdefault(name.strip(), value.strip())


def read(name: str, convert: Callable[[str], T], default: str | None = None) -> T:
    """Return setting `name` converted; without a default it must be set."""
    raw = os.environ.get(name) or default
    if raw is None:
        raise BadSetting(name, "is missing")
    try:
        return convert(raw)
    except (ValueError, TypeError) as problem:
        raise BadSetting(name, f"cannot be used: {problem}") from None


def text(name: str, default: str | None = None) -> str:
    """Return a text setting."""
    return read(name, str, default)


def number(name: str, default: int) -> int:
    """Return a whole number."""
    return read(name, int, str(default))


def at_least_one(raw: str) -> int:
    """Return a whole number from 1 up. Raises ValueError for any other."""
    found = int(raw)
    if found < 1:
        message = "it must be 1 or more"
        raise ValueError(message)
    return found


def flag(name: str, *, default: bool = False) -> bool:
    """Return a yes/no setting: 1, true, yes, on or 0, false, no, off."""
    return read(name, _flag, "1" if default else "0")


def words(name: str, default: str | None = None) -> list[str]:
    """Return a comma-separated list without blanks."""
    return [word.strip() for word in text(name, default).split(",") if word.strip()]


def one_of(name: str, choices: tuple[str, ...], default: str) -> str:
    """Return one of the words a setting may be."""

    def check(raw: str) -> str:
        if raw not in choices:
            message = f"{raw!r} is none of {', '.join(choices)}"
            raise ValueError(message)
        return raw

    return read(name, check, default)


def long_enough(raw: str) -> str:
    """Return a secret of at least 32 characters. Raises ValueError for a shorter one, without quoting it."""
    if len(raw) < SECRET_LENGTH:
        message = f"it has fewer than {SECRET_LENGTH} characters"
        raise ValueError(message)
    return raw


def fernet_keys(raw: str) -> list[str]:
    """Return the comma-separated keys. Raises ValueError when one is no Fernet key."""
    keys = [key.strip() for key in raw.split(",")]
    for key in keys:
        Fernet(key)
    return keys


def web_address(raw: str) -> SplitResult:
    """Return the parts of an http or https address without path. Raises ValueError for anything else."""
    parts = _address(raw.rstrip("/"), ("http", "https"))
    if parts.path or parts.query or parts.fragment:
        message = "it must be a scheme, a host and perhaps a port"
        raise ValueError(message)
    return parts


def redis_address(raw: str) -> str:
    """Return a Redis address as it is. Raises ValueError when it is none."""
    _address(raw, ("redis", "rediss"))
    return raw


def mail_address(raw: str) -> str:
    """Return the address of a mail server as it is. Raises ValueError when it is none."""
    server(raw)
    return raw


def sender_address(raw: str) -> str:
    """Return the e-mail address mail comes from. Raises ValueError when it is none."""
    user, _at, host = raw.rpartition("@")
    if not user or not host or not raw.isascii() or not raw.isprintable() or " " in raw:
        message = f"{raw!r} is no e-mail address"
        raise ValueError(message)
    return raw


def database(raw: str) -> dict[str, Any]:
    """Return Django's settings of a PostgreSQL address; its query becomes libpq options (`?sslmode=require`)."""
    parts = _address(raw, ("postgres", "postgresql"))
    name = unquote(parts.path.lstrip("/"))
    if not name:
        message = "it names no database"
        raise ValueError(message)
    return {
        "NAME": name,
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(parts.hostname or ""),
        "PORT": str(parts.port or ""),
        "OPTIONS": dict(parse_qsl(parts.query)),
    }


def _address(raw: str, schemes: tuple[str, ...]) -> SplitResult:
    """Split an address. The messages never quote it: it may hold a password."""
    try:
        parts = urlsplit(raw)
        usable = parts.scheme in schemes and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        usable = False
    if not usable:
        message = f"it is no address of the form {schemes[-1]}://host:port"
        raise ValueError(message)
    return parts


def _flag(raw: str) -> bool:
    lowered = raw.lower()
    if lowered in {"1", "true", "yes", "on"}:
        return True
    if lowered in {"0", "false", "no", "off"}:
        return False
    message = f"{raw!r} is neither yes nor no"
    raise ValueError(message)
