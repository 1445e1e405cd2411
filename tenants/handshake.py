"""Who may open a socket: the same host, session and membership as a page, and the page's own origin."""

from collections.abc import Mapping
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from importlib import import_module
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from kernel.tenancy import tenant_context
from tenants import sessions
from tenants.enums import TenantStatus
from tenants.queries import tenant_by_host
from tenants.types import MemberInfo, TenantInfo

NOT_SIGNED_IN, FOREIGN, UNKNOWN_HOST, SUSPENDED = 4401, 4403, 4404, 4423
"""Close codes: sign in first; not from this origin or not allowed; no such tenant; the tenant may not work."""


@dataclass(frozen=True, slots=True)
class Admitted:
    """A socket's member and tenant."""

    tenant: TenantInfo
    member: MemberInfo


def admit(headers: Mapping[bytes, bytes], scope_needed: str) -> Admitted | int:
    """Return who opens a socket, or the code to close it with. Uses the database: call it in the public schema."""
    host = headers.get(b"host", b"").decode("latin-1").lower()
    tenant = tenant_by_host(urlsplit(f"//{host}").hostname or "")
    if tenant is None or tenant.status == TenantStatus.CLOSED:
        return UNKNOWN_HOST
    origin = urlsplit(headers.get(b"origin", b"").decode("latin-1").lower())
    if origin.netloc != host or origin.scheme not in {"http", "https"}:
        return FOREIGN
    if tenant.status == TenantStatus.SUSPENDED:
        return SUSPENDED
    with tenant_context(tenant.schema_name):  # cached sessions are kept per schema: pages end the tenant's copy
        session = _session(headers)
    who = sessions.member_of(session, tenant)
    if who is None:
        return NOT_SIGNED_IN
    return Admitted(tenant, who.member) if scope_needed in who.member.scopes else FOREIGN


def _session(headers: Mapping[bytes, bytes]) -> Mapping[str, Any]:
    try:
        cookies = SimpleCookie(headers.get(b"cookie", b"").decode("latin-1"))
    except CookieError:
        return {}
    named = cookies.get(settings.SESSION_COOKIE_NAME)
    if named is None:
        return {}
    store = import_module(settings.SESSION_ENGINE).SessionStore(session_key=named.value)
    data: Mapping[str, Any] = store.load()
    return data
