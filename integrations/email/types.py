"""Values of e-mail, as callers hand them in."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """One message to one person. `tag` makes its Message-ID, the same on every try."""

    tag: str
    to: str
    subject: str
    text: str
    html: str
    language: str
    sender_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """Where mail goes out, as the setting EMAIL_URL names it."""

    host: str
    port: int
    security: str
    """`tls` from the first byte, `starttls` before anything is said, or `none`."""
    user: str = ""
    password: str = ""

    def __repr__(self) -> str:
        return f"Server({self.host}:{self.port}, {self.security})"
