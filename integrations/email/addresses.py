"""Reading the setting EMAIL_URL."""

from urllib.parse import unquote, urlsplit

from integrations.email.types import Server

SCHEMES = {"smtps": ("tls", 465), "smtp+tls": ("starttls", 587), "smtp": ("none", 25)}


def server(raw: str) -> Server:
    """Return the mail server of an address `smtp+tls://user:password@host:587`.

    Raises ValueError, without quoting the address, which may hold a password.
    """
    try:
        parts = urlsplit(raw)
        security, port = SCHEMES[parts.scheme]
        host, chosen = parts.hostname, parts.port
    except (KeyError, ValueError):
        host = None
    if not host:
        message = "it is no address of the form smtp+tls://user:password@host:587 (or smtps://, smtp://)"
        raise ValueError(message)
    return Server(
        host=host,
        port=chosen or port,
        security=security,
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
    )
