"""Where a request comes from."""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest


def client_address(request: HttpRequest) -> str:
    """Return the network address of the caller in its one canonical form, empty when it cannot be told.

    Behind proxies (`BEHIND_PROXY`, as many as `PROXY_COUNT`) it is what the outermost of them saw: each adds one entry
    to `X-Forwarded-For`. What stands before those is the caller's own claim and is never used.
    """
    raw = request.META.get("REMOTE_ADDR", "")
    if settings.BEHIND_PROXY:
        seen = request.headers.get("X-Forwarded-For", raw).split(",")
        raw = seen[-settings.PROXY_COUNT].strip() if len(seen) >= settings.PROXY_COUNT else ""
    found = _parsed(raw)
    return str(found) if found else ""


def within(address: str, allowed: tuple[str, ...]) -> bool:
    """Tell whether an address is one of `allowed`, or in a network of them; nothing is within an empty list."""
    found = _parsed(address)
    return found is not None and any(found in ip_network(one) for one in allowed)


def _parsed(raw: str) -> IPv4Address | IPv6Address | None:
    try:
        found = ip_address(raw)
    except ValueError:
        return None
    return (found.ipv4_mapped or found) if isinstance(found, IPv6Address) else found
