"""Looking whether a server outside can be reached, without asking it for anything."""

import socket
import ssl
from datetime import UTC, datetime

WAIT_S = 5.0


def unreachable(host: str, port: int) -> str:
    """Return why no connection comes about, empty when one does."""
    try:
        socket.create_connection((host, port), WAIT_S).close()
    except OSError as problem:
        return str(problem)
    return ""


def certificate_ends(host: str, port: int) -> datetime:
    """Return when a server's certificate ends. Raises OSError for a server out of reach or a bad certificate."""
    context = ssl.create_default_context()
    with (
        socket.create_connection((host, port), WAIT_S) as plain,
        context.wrap_socket(plain, server_hostname=host) as secured,
    ):
        ends = str((secured.getpeercert() or {})["notAfter"])
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(ends), UTC)
