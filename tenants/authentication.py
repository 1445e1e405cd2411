"""Who is calling: an API key, or the session of a member. Both become the same `Principal`."""

from typing import NoReturn
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import CsrfViewMiddleware
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from kernel.addresses import client_address, within
from kernel.api.principal import Principal, RateClass
from kernel.api.refusals import AddressNotAllowed, CsrfFailed, NotAuthenticated, WrongTenant
from tenants.actions import touch_api_key
from tenants.actions.keys import TOUCH_EVERY, digest_of
from tenants.limits import API_ALL_KEYS_PER_MINUTE, API_PER_HOUR, API_PER_MINUTE, BROWSER_PER_MINUTE
from tenants.memory import Memory
from tenants.models import User
from tenants.proofs import KeyProof, SessionProof, valid_key
from tenants.tickets import Proof, redeem
from tenants.types import KeyInfo, MemberInfo, TenantInfo

SCHEME = "bearer"
REALM = 'Bearer realm="redress"'

_touched: Memory[UUID, bool] = Memory(most=8192, keep_s=TOUCH_EVERY.total_seconds())


class ApiKeyAuthentication(BaseAuthentication):
    """`Authorization: Bearer rk_...`: a key of the tenant the request is for."""

    def authenticate(self, request: Request) -> tuple[Principal, KeyProof] | None:
        """Return who calls; None when there is no such header.

        Raises NotAuthenticated for a bad, revoked or expired key, WrongTenant for another tenant's, AddressNotAllowed.
        """
        scheme, _space, given = request.headers.get("Authorization", "").strip().partition(" ")
        if scheme.lower() != SCHEME:
            return None
        key = _key(given.strip())
        tenant: TenantInfo = request.tenant  # type: ignore[attr-defined]  # TenantMiddleware
        if key.tenant_id != tenant.id:
            raise WrongTenant
        _require_address(request, key)
        _touch(key)
        return _note(request, key_principal(key, tenant)), KeyProof(tenant.schema_name, key.digest)

    def authenticate_header(self, request: Request) -> str:  # noqa: ARG002 - the framework's signature
        """Return what a caller without a key is told to send."""
        return REALM


def _key(given: str) -> KeyInfo:
    key = valid_key(digest_of(given)) if given.isascii() else None
    if key is None:
        raise NotAuthenticated
    return key


def _touch(key: KeyInfo) -> None:
    """Note that the key was used; a process asks the database at most once a minute."""

    def touch(key_id: UUID) -> bool:
        touch_api_key(key_id)
        return True

    _touched.recall(key.id, touch)


def key_principal(key: KeyInfo, tenant: TenantInfo) -> Principal:
    """Return a key as a caller, with its limits: its own where it has them, else the tenant's.

    A key that was given more than all keys of its tenant share may have it.
    """
    per_minute = key.per_minute or tenant.limits[API_PER_MINUTE]
    return Principal(
        schema=tenant.schema_name,
        kind="api_key",
        id=key.id,
        member_id=None,
        role="",
        scopes=key.scopes,
        rate_class=RateClass.API,
        per_minute=per_minute,
        tenant_per_minute=max(tenant.limits[API_ALL_KEYS_PER_MINUTE], per_minute),
        per_hour=key.per_hour or tenant.limits.get(API_PER_HOUR),
    )


class MemberSessionAuthentication(BaseAuthentication):
    """The session of a browser; writes need the CSRF token in `X-CSRFToken`."""

    def authenticate(self, request: Request) -> tuple[Principal, SessionProof] | None:
        """Return who calls; None when nobody is signed in to this tenant. Raises CsrfFailed."""
        member: MemberInfo | None = request.member  # type: ignore[attr-defined]  # MemberMiddleware
        if member is None:
            return None
        _require_csrf(request._request)  # noqa: SLF001 - the framework offers no other way to Django's request
        tenant: TenantInfo = request.tenant  # type: ignore[attr-defined]  # TenantMiddleware
        proof = SessionProof(tenant.schema_name, request.session.session_key or "")
        return _note(request, member_principal(member, tenant)), proof


class TicketAuthentication(BaseAuthentication):
    """`?ticket=` on the few resources that take one: whoever asked for the ticket calls, once."""

    def authenticate(self, request: Request) -> tuple[Principal, Proof] | None:
        """Return who calls; None where no ticket is taken or given. Raises NotAuthenticated, AddressNotAllowed."""
        view = (request.parser_context or {}).get("view")
        given = request.query_params.get("ticket")
        if given is None or not getattr(view, "takes_ticket", False):
            return None
        tenant: TenantInfo = request.tenant  # type: ignore[attr-defined]  # TenantMiddleware
        proof = redeem(tenant.schema_name, given)
        caller = proof.caller() if proof else None
        if proof is None or caller is None:
            raise NotAuthenticated
        if isinstance(caller, MemberInfo):
            return _note(request, member_principal(caller, tenant)), proof
        _require_address(request, caller)
        return _note(request, key_principal(caller, tenant)), proof


def _note(request: Request, principal: Principal) -> Principal:
    request._request.principal = principal  # type: ignore[attr-defined]  # noqa: SLF001 - what is behind the view looks there
    return principal


def _require_address(request: Request, key: KeyInfo) -> None:
    tenant: TenantInfo = request.tenant  # type: ignore[attr-defined]  # TenantMiddleware
    for allowed in (key.allowed_ips, tenant.admin_networks):
        if allowed and not within(client_address(request), allowed):
            raise AddressNotAllowed


def member_principal(member: MemberInfo, tenant: TenantInfo) -> Principal:
    """Return a signed-in member as a caller."""
    return Principal(
        schema=tenant.schema_name,
        kind="member",
        id=member.id,
        member_id=member.id,
        role=member.role,
        scopes=member.scopes,
        rate_class=RateClass.BROWSER,
        per_minute=tenant.limits[BROWSER_PER_MINUTE],
        operator_id=member.operator_id,
    )


class _Csrf(CsrfViewMiddleware):
    def _reject(self, request: HttpRequest, reason: str) -> NoReturn:  # noqa: ARG002 - Django's signature
        raise CsrfFailed


def _require_csrf(request: HttpRequest) -> None:
    check = _Csrf(_no_view)
    check.process_request(request)
    check.process_view(request, _no_view, (), {})


def _no_view(_request: HttpRequest) -> HttpResponse:
    """Stand where Django wants a view; unlike the views of the API it is not exempt."""
    return HttpResponse()


class MembershipBackend:
    """Where Django asks about users. Rights come from a membership, so here nobody has any."""

    def get_user(self, user_id: UUID) -> User | None:
        """Return an active person, or None."""
        return User.objects.filter(id=user_id, is_active=True).first()
