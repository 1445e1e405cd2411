"""Short names of businesses, which become the first part of their address."""

import re
import unicodedata
from typing import Final

SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")
LONGEST = 40
ROOM_FOR_NUMBER = 4
RESERVED: Final = frozenset(
    {
        "account", "accounts", "admin", "api", "app", "assets", "auth", "billing", "blog", "cdn", "dashboard", "demo",
        "dev", "developers", "docs", "email", "ftp", "health", "help", "imap", "legal", "live", "localhost", "login",
        "mail", "metrics", "mx", "news", "ns", "oauth", "partner", "partners", "platform", "pop", "portal", "privacy",
        "public", "redress", "root", "security", "signup", "smtp", "sso", "static", "status", "support", "system",
        "terms", "test", "webhooks", "webmail", "ws", "www",
    }
)  # fmt: skip
"""Host names the installation may want for itself, or that would let a business look like it."""


def is_allowed(slug: str) -> bool:
    """Tell whether a business may have this name, if it is free."""
    return SLUG.fullmatch(slug) is not None and slug not in RESERVED and not slug.startswith("xn--")


def from_name(name: str) -> str:
    """Return a slug made of a business's name, empty when nothing of it can be used."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    joined = re.sub(r"[^a-z0-9]+", "-", plain.replace("'", "").replace("&", " and ")).strip("-")
    return joined[: LONGEST - ROOM_FOR_NUMBER].strip("-")
