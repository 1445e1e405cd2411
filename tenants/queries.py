"""Reading tenants, people and keys. What every request needs is remembered by the process."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db.models import QuerySet
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from kernel import clocks
from kernel.errors import NotFound
from kernel.shapes import Part, Recipe, identifier, in_order, moment, plain
from kernel.tenancy import PUBLIC, current_schema, tenant_context
from tenants import colors, limits
from tenants.addresses import tenant_url
from tenants.enums import EmailStatus, LinkPurpose, Plan, Role, TenantStatus, TwoFactorPolicy
from tenants.memory import Memory
from tenants.models import (
    ApiKey,
    Authenticator,
    ChannelRoute,
    Email,
    Impersonation,
    Login,
    Logo,
    Membership,
    OneTimeLink,
    Passkey,
    RecoveryCode,
    Tenant,
    User,
)
from tenants.scopes import BORROWED, ROLE_SCOPES
from tenants.types import (
    NOBODY,
    PUBLIC_SITE,
    REDRESS,
    Borrowed,
    Brand,
    Device,
    KeyInfo,
    MemberInfo,
    OperatorInfo,
    Route,
    SessionInfo,
    SessionMember,
    TenantInfo,
)

MUST_PROVE_MORE: Final = {
    TwoFactorPolicy.NOBODY: frozenset[str](),
    TwoFactorPolicy.OWNERS: frozenset({Role.OWNER}),
    TwoFactorPolicy.ADMINS: frozenset({Role.OWNER, Role.ADMIN}),
    TwoFactorPolicy.EVERYONE: frozenset(Role.values),
}
"""The roles that need a second factor under each rule."""

_tenants: Memory[tuple[str, str], TenantInfo] = Memory(most=4096)
_members: Memory[tuple[UUID, UUID], SessionMember] = Memory(most=8192)
_keys: Memory[bytes, KeyInfo] = Memory(most=8192)
_logins: Memory[UUID, bool] = Memory(most=8192)
_borrowed: Memory[UUID, Borrowed] = Memory(most=256)
_operators: Memory[UUID, OperatorInfo] = Memory(most=256)


def tenant_by_host(host: str) -> TenantInfo | None:
    """Return the tenant of a host name (lower case, no port): `<slug>.<base host>` or a domain of its own."""
    slug, _dot, rest = host.partition(".")
    if rest == settings.BASE_HOST:
        return tenant_by_slug(slug)
    return _tenants.recall(("domains__domain", host), _load_tenant)


def tenant_by_slug(slug: str) -> TenantInfo | None:
    """Return the tenant of a slug, in whatever state it is."""
    return _tenants.recall(("slug", slug), _load_tenant)


def tenant_by_schema(schema: str) -> TenantInfo | None:
    """Return the tenant of a schema; None for `platform` and other schemas without a tenant."""
    return _tenants.recall(("schema_name", schema), _load_tenant)


def tenants_by_schema(schemas: Iterable[str]) -> dict[str, TenantInfo]:
    """Return the tenants of these schemas, from what the process remembers."""
    found = ((schema, tenant_by_schema(schema)) for schema in schemas)
    return {schema: tenant for schema, tenant in found if tenant is not None}


def current_tenant() -> TenantInfo:
    """Return the tenant whose schema this code works in, the public site in `public`. Raises NotFound elsewhere."""
    schema = current_schema()
    tenant = PUBLIC_SITE if schema == PUBLIC else tenant_by_schema(schema)
    if tenant is None:
        raise NotFound(_("There is no such tenant."))
    return tenant


def _load_tenant(key: tuple[str, str]) -> TenantInfo | None:
    column, value = key
    with tenant_context(PUBLIC):
        row = Tenant.objects.prefetch_related("entitlements").filter(**{column: value}).first()
        return tenant_info(row) if row else None


def tenant_info(row: Tenant) -> TenantInfo:
    """Return a tenant's row as requests carry it."""
    plan = Plan(row.plan)
    return TenantInfo(
        id=row.id,
        slug=row.slug,
        schema_name=row.schema_name,
        name=row.name,
        plan=plan,
        status=TenantStatus(row.status),
        status_reason=row.status_reason,
        language=row.language,
        time_zone=row.time_zone,
        allowed_origins=frozenset(row.allowed_origins),
        brand_color=row.brand_color,
        sender_name=row.sender_name,
        logo_mark=row.logo_mark,
        admin_networks=tuple(row.admin_networks),
        limits=limits.limits_of(plan, {own.key: own.value for own in row.entitlements.all()}),
    )


def tenant_for(tenant_id: UUID, *, lock: bool = False) -> Tenant:
    """Return a tenant's row or raise NotFound; `lock` holds it until commit."""
    rows = Tenant.objects.select_for_update(no_key=True) if lock else Tenant.objects.all()
    row = rows.filter(id=tenant_id).first()
    if row is None:
        raise NotFound(_("There is no such tenant."))
    return row


def branding_of(tenant: TenantInfo) -> Brand:
    """Return how a tenant looks on its sign-in page, in mails and wherever else it speaks to people."""
    if tenant.is_public:
        return REDRESS
    path = f"/brand/logo.png?v={tenant.logo_mark}" if tenant.logo_mark else ""
    return Brand(
        name=tenant.name,
        sender_name=tenant.sender_name or tenant.name,
        color=tenant.brand_color or colors.DEFAULT,
        dark_color=colors.nearest_dark(tenant.brand_color) if tenant.brand_color else "",
        logo_path=path,
        logo_url=tenant_url(tenant.slug, path) if path else "",
    )


def logo_of(tenant_id: UUID) -> bytes | None:
    """Return the logo of a tenant as a PNG."""
    data = Logo.objects.filter(tenant_id=tenant_id).values_list("data", flat=True).first()
    return bytes(data) if data is not None else None


def due_emails(most: int = 200) -> list[UUID]:
    """Return the e-mails that wait and are due, the longest waiting first."""
    rows = Email.objects.filter(status=EmailStatus.QUEUED, claimed_until=None, due_at__lte=clocks.now())
    return list(rows.order_by("due_at").values_list("id", flat=True)[:most])


def own_tenant() -> QuerySet[Tenant]:
    """Return the current tenant's row, as a list of one."""
    return Tenant.objects.filter(id=current_tenant().id)


def tenant_shapes(ids: Sequence[UUID], *, fields: frozenset[str] = frozenset()) -> list[dict[str, Any]]:
    """Return the current tenant as the API shows it; ids of others are left out."""
    rows = own_tenant().filter(id__in=ids).values(*TENANT.columns(fields))
    return in_order(ids, ((row["id"], TENANT.make(row, fields)) for row in rows))


def _tenant_links(row: Mapping[str, Any]) -> dict[str, str]:
    base = f"/api/v1/tenants/{row['id']}/"
    return {"self": base, "outlets": f"{base}outlets/", "users": f"{base}users/"}


TENANT = Recipe(
    {
        "id": identifier(),
        "slug": plain("slug"),
        "name": plain("name"),
        "plan": plain("plan"),
        "status": plain("status"),
        "language": plain("language"),
        "time_zone": plain("time_zone"),
        "allowed_origins": plain("allowed_origins"),
        "created_at": moment("created_at"),
        "updated_at": moment("updated_at"),
        "_links": Part((), _tenant_links),
    }
)


def session_member(tenant_id: UUID, user_id: UUID) -> SessionMember | None:
    """Return the active member a session speaks for; None when the person is not (any more) one of this tenant."""
    return _members.recall((tenant_id, user_id), _load_member)


def _load_member(key: tuple[UUID, UUID]) -> SessionMember | None:
    tenant_id, user_id = key
    row = active_memberships(tenant_id).filter(user_id=user_id).first()
    return session_member_of(row) if row else None


def login_lasts(login_id: UUID) -> bool:
    """Tell whether a browser has not been signed out from elsewhere."""
    return _logins.recall(login_id, _load_login) is True


def _load_login(login_id: UUID) -> bool | None:
    return Login.objects.filter(id=login_id, ended_at=None).exists() or None


def devices_of(user_id: UUID, this: UUID | None) -> list[Device]:
    """Return the browsers a person may still be signed in with, the one at hand first, then the last used."""
    since = clocks.now() - timedelta(seconds=settings.SESSION_COOKIE_AGE)
    rows = Login.objects.filter(user_id=user_id, ended_at=None, last_seen_at__gte=since).select_related("tenant")
    found = [
        Device(
            id=row.id, tenant=row.tenant.name, agent=row.agent, address=row.address or "",
            signed_in_at=row.created_at, last_seen_at=row.last_seen_at, is_this=row.id == this,
        )
        for row in rows.order_by("-last_seen_at")
    ]  # fmt: skip
    return sorted(found, key=lambda one: not one.is_this)


def waiting_invitations() -> QuerySet[OneTimeLink]:
    """Return the invitations of the current tenant that still open, the newest first."""
    rows = OneTimeLink.objects.filter(purpose=LinkPurpose.INVITATION, tenant_id=current_tenant().id, used_at=None)
    return rows.filter(expires_at__gt=clocks.now()).order_by("-created_at")


def session_member_of(row: Membership) -> SessionMember:
    """Return a membership, with user and tenant loaded, as sessions are checked against it."""
    return SessionMember(
        member_info(row),
        row.user.get_session_auth_hash(),
        row.user.terms_version,
        has_second_factor=has_second_factor(row.user_id),
        must_have_second_factor=row.role in MUST_PROVE_MORE[TwoFactorPolicy(row.tenant.require_two_factor)],
    )


def has_second_factor(user_id: UUID) -> bool:
    """Tell whether a person can prove themselves with more than a password."""
    apps = Authenticator.objects.filter(user_id=user_id).exclude(confirmed_at=None).values("id")
    return apps.union(Passkey.objects.filter(user_id=user_id).values("id"), all=True).exists()


def passkeys_of(user_id: UUID) -> QuerySet[Passkey]:
    """Return the passkeys of a person, the oldest first."""
    return Passkey.objects.filter(user_id=user_id).order_by("created_at")


def has_authenticator(user_id: UUID) -> bool:
    """Tell whether a person has an authenticator app in use."""
    return Authenticator.objects.filter(user_id=user_id).exclude(confirmed_at=None).exists()


def recovery_codes_left(user_id: UUID) -> int:
    """Return how many recovery codes of a person still open something."""
    return RecoveryCode.objects.filter(user_id=user_id, used_at=None).count()


def two_factor_policy() -> str:
    """Return whom the current tenant requires to have a second factor."""
    return tenant_for(current_tenant().id).require_two_factor


def member_info(row: Membership) -> MemberInfo:
    """Return a membership, with user and tenant loaded, as requests carry it."""
    return MemberInfo(
        id=row.id,
        user_id=row.user_id,
        name=row.user.name,
        email=row.user.email,
        role=row.role,
        language=row.user.language,
        time_zone=row.user.time_zone or row.tenant.time_zone,
        scopes=ROLE_SCOPES[row.role],
    )


def active_memberships(tenant_id: UUID) -> QuerySet[Membership]:
    """Return the memberships of a tenant through which people may work, with their users."""
    rows = Membership.objects.select_related("user", "tenant")
    return rows.filter(tenant_id=tenant_id, is_active=True, user__is_active=True)


def borrowed_member(impersonation_id: UUID) -> Borrowed | None:
    """Return the member an operator looks through; None when that was stopped, or one of both may not work any more."""
    found = _borrowed.recall(impersonation_id, _load_borrowed)
    return found if found and found.expires_at > clocks.now() else None


def _load_borrowed(impersonation_id: UUID) -> Borrowed | None:
    rows = Impersonation.objects.select_related("membership__user", "membership__tenant")
    row = rows.filter(
        id=impersonation_id, ended_at=None, operator__is_operator=True, operator__is_active=True,
        membership__is_active=True, membership__user__is_active=True,
    ).first()  # fmt: skip
    if row is None:
        return None
    seen = session_member_of(row.membership)
    member = replace(seen.member, operator_id=row.operator_id, scopes=seen.member.scopes & BORROWED)
    who = replace(seen, member=member)
    return Borrowed(id=row.id, tenant_id=row.membership.tenant_id, who=who, expires_at=row.expires_at)


def session_operator(user_id: UUID) -> OperatorInfo | None:
    """Return the operator a session on the public site speaks for; None when the person is none (any more)."""
    return _operators.recall(user_id, _load_operator)


def _load_operator(user_id: UUID) -> OperatorInfo | None:
    row = operators().filter(id=user_id).first()
    return operator_info(row) if row else None


def operators() -> QuerySet[User]:
    """Return the people who may run the installation now."""
    return User.objects.filter(is_operator=True, is_active=True)


def operator_info(row: User) -> OperatorInfo:
    """Return an operator as requests carry it."""
    return OperatorInfo(
        id=row.id,
        name=row.name,
        email=row.email,
        language=row.language,
        stamp=row.get_session_auth_hash(),
        has_authenticator=has_authenticator(row.id),
    )


def key_by_digest(digest: bytes) -> KeyInfo | None:
    """Return the key of a SHA-256, whatever tenant it belongs to; None when it is revoked or none of ours."""
    return _keys.recall(digest, _load_key)


def _load_key(digest: bytes) -> KeyInfo | None:
    row = ApiKey.objects.filter(digest=digest, revoked_at=None).first()
    if row is None:
        return None
    return KeyInfo(
        id=row.id,
        tenant_id=row.tenant_id,
        digest=bytes(row.digest),
        scopes=frozenset(row.scopes),
        allowed_ips=tuple(row.allowed_ips),
        per_minute=row.requests_per_minute,
        per_hour=row.requests_per_hour,
        expires_at=row.expires_at,
    )


def session_mark(session_key: str) -> str:
    """Return what names a session in lists: the key itself would let whoever reads it take the session over."""
    return salted_hmac("tenants.session-mark", session_key).hexdigest()[:32]


def session_owner(row: Session) -> tuple[UUID, UUID]:
    """Return the person and the tenant a stored session speaks for; NOBODY for what it does not say."""
    data = row.get_decoded()
    return _uuid(data.get("user")), _uuid(data.get("tenant"))


def _uuid(raw: object) -> UUID:
    return UUID(raw) if isinstance(raw, str) and raw else NOBODY


def open_sessions(limit: int) -> list[SessionInfo]:
    """Return the sessions that have not run out, the youngest first, without their keys; three statements."""
    rows = Session.objects.filter(expire_date__gt=clocks.now()).order_by("-expire_date")[:limit]
    owners = [(row, *session_owner(row)) for row in rows]
    people = User.objects.in_bulk([user_id for _row, user_id, _tenant in owners])
    tenants = Tenant.objects.in_bulk([tenant_id for _row, _user, tenant_id in owners])
    return [
        SessionInfo(
            mark=session_mark(row.session_key),
            name=people[user_id].name,
            email=people[user_id].email,
            tenant=tenants[tenant_id].name if tenant_id in tenants else "",
            expires_at=row.expire_date,
        )
        for row, user_id, tenant_id in owners
        if user_id in people
    ]


def api_keys() -> QuerySet[ApiKey]:
    """Return the keys of the current tenant, revoked ones too."""
    return ApiKey.objects.filter(tenant_id=current_tenant().id)


def api_key_for(key_id: UUID, *, lock: bool = False) -> ApiKey:
    """Return a key of the current tenant or raise NotFound; `lock` holds its row until commit."""
    rows = api_keys().select_for_update() if lock else api_keys()
    row = rows.filter(id=key_id).first()
    if row is None:
        raise NotFound(_("There is no such key."))
    return row


def api_key_shapes(ids: Sequence[UUID], *, fields: frozenset[str] = frozenset()) -> list[dict[str, Any]]:
    """Return keys as the API shows them, in the order of `ids`; one statement, and never the key or its digest.

    `fields` chooses fields, and with them columns; empty means all.
    """
    rows = api_keys().filter(id__in=ids).values(*API_KEY.columns(fields))
    return in_order(ids, ((row["id"], API_KEY.make(row, fields)) for row in rows))


API_KEY = Recipe(
    {
        "id": identifier(),
        "name": plain("name"),
        "prefix": plain("prefix"),
        "scopes": Part(("scopes",), lambda row: sorted(row["scopes"])),
        "allowed_ips": plain("allowed_ips"),
        "requests_per_minute": plain("requests_per_minute"),
        "requests_per_hour": plain("requests_per_hour"),
        "expires_at": moment("expires_at"),
        "revoked_at": moment("revoked_at"),
        "last_used_at": moment("last_used_at"),
        "created_by": identifier("created_by"),
        "created_at": moment("created_at"),
        "updated_at": moment("updated_at"),
        "_links": Part((), lambda row: {"self": f"/api/v1/api-keys/{row['id']}/"}),
    }
)


def routes_for(vendor: str, addresses: Iterable[str]) -> dict[str, Route]:
    """Return where each vendor address leads; addresses nobody has are left out. One statement."""
    rows = ChannelRoute.objects.filter(vendor=vendor, address__in=set(addresses)).select_related("tenant")
    return {
        row.address: Route(row.tenant.schema_name, row.tenant_id, row.outlet_id, TenantStatus(row.tenant.status))
        for row in rows
    }
