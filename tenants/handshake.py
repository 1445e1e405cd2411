"""Who may open a socket: the same host, session and membership as a page, or a caller with a ticket."""

from collections.abc import Mapping
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qs, urlsplit

from django.conf import settings

from tenants.enums import TenantStatus
from tenants.proofs import SessionProof
from tenants.queries import tenant_by_host, tenant_by_schema
from tenants.tickets import Proof, redeem
from tenants.types import MemberInfo, TenantInfo

NOT_SIGNED_IN, FOREIGN, UNKNOWN_HOST, SUSPENDED = 4401, 4403, 4404, 4423
"""Close codes: sign in first; not from this origin or not allowed; no such tenant; the tenant may not work."""


@dataclass(frozen=True, slots=True)
class Admitted:
    """A socket's tenant and who is at its other end: a member, or None for a program or an operator, who only watch."""

    tenant: TenantInfo
    member: MemberInfo | None
    proof: Proof


def admit(headers: Mapping[bytes, bytes], scope_needed: str, query: bytes = b"") -> Admitted | int:
    """Return who opens a socket, or the code to close it with. Uses the database: call it in the public schema.

    A ticket says who calls by itself, so it is good from any origin; a cookie comes along by itself, so it is good
    from the page's own origin only.
    """
    host = headers.get(b"host", b"").decode("latin-1").lower()
    tenant = tenant_by_host(urlsplit(f"//{host}").hostname or "")
    if tenant is None or tenant.status == TenantStatus.CLOSED:
        return UNKNOWN_HOST
    ticket = parse_qs(query.decode("latin-1")).get("ticket")
    if ticket is None and not _is_own_origin(headers, host):
        return FOREIGN
    if tenant.status == TenantStatus.SUSPENDED:
        return SUSPENDED
    proof = redeem(tenant.schema_name, ticket[0]) if ticket else _session(headers, tenant)
    return _admitted(tenant, proof, scope_needed) if proof else NOT_SIGNED_IN


def still(admitted: Admitted, scope_needed: str) -> int:
    """Return 0 while a socket may stay, else the code to close it with. Call it in the public schema."""
    tenant = tenant_by_schema(admitted.tenant.schema_name)
    if tenant is None or tenant.status == TenantStatus.CLOSED:
        return UNKNOWN_HOST
    if tenant.status == TenantStatus.SUSPENDED:
        return SUSPENDED
    again = _admitted(tenant, admitted.proof, scope_needed)
    return again if isinstance(again, int) else 0


def _admitted(tenant: TenantInfo, proof: Proof, scope_needed: str) -> Admitted | int:
    caller = proof.caller()
    if caller is None:
        return NOT_SIGNED_IN
    member = caller if isinstance(caller, MemberInfo) and caller.operator_id is None else None
    return Admitted(tenant, member, proof) if scope_needed in caller.scopes else FOREIGN


def _is_own_origin(headers: Mapping[bytes, bytes], host: str) -> bool:
    origin = urlsplit(headers.get(b"origin", b"").decode("latin-1").lower())
    return origin.netloc == host and origin.scheme in {"http", "https"}


def _session(headers: Mapping[bytes, bytes], tenant: TenantInfo) -> SessionProof | None:
    try:
        cookies = SimpleCookie(headers.get(b"cookie", b"").decode("latin-1"))
    except CookieError:
        return None
    named = cookies.get(settings.SESSION_COOKIE_NAME)
    return SessionProof(tenant.schema_name, named.value) if named else None
