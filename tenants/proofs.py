"""What callers come in with, kept by whatever stays open: asked again, it tells who that is now, or nobody.

Both read what the process remembers of tenants, members and keys, so asking often costs little; all of it from the
public schema.
"""

from dataclasses import dataclass, field
from importlib import import_module

from django.conf import settings
from django.utils.crypto import constant_time_compare

from kernel import clocks
from kernel.tenancy import tenant_context
from tenants import sessions
from tenants.enums import TenantStatus
from tenants.queries import key_by_digest, tenant_by_schema
from tenants.types import KeyInfo, MemberInfo, TenantInfo


@dataclass(frozen=True, slots=True)
class SessionProof:
    """A browser's session in one tenant."""

    schema: str
    session_key: str = field(repr=False)

    def caller(self) -> MemberInfo | None:
        """Return the member it speaks for now; None after sign-out, removal, a new password, or suspension."""
        tenant = _at_work(self.schema)
        if tenant is None:
            return None
        with tenant_context(tenant.schema_name):  # cached sessions are kept per schema: pages end the tenant's copy
            session = import_module(settings.SESSION_ENGINE).SessionStore(session_key=self.session_key).load()
        who = sessions.member_of(session, tenant)
        return who.member if who else None

    def holds(self) -> bool:
        """Tell whether the session still speaks for somebody."""
        return self.caller() is not None


@dataclass(frozen=True, slots=True)
class KeyProof:
    """An API key, known by its SHA-256, in one tenant."""

    schema: str
    digest: bytes = field(repr=False)

    def caller(self) -> KeyInfo | None:
        """Return the key as it is now; None when it was revoked, has expired, or its tenant is suspended."""
        tenant, key = _at_work(self.schema), valid_key(self.digest)
        return key if key and tenant and key.tenant_id == tenant.id else None

    def holds(self) -> bool:
        """Tell whether the key still opens anything."""
        return self.caller() is not None


def valid_key(digest: bytes) -> KeyInfo | None:
    """Return the key of a digest, whatever tenant it belongs to, unless it was revoked or has expired."""
    key = key_by_digest(digest)
    if key is None or not constant_time_compare(key.digest, digest):
        return None
    return None if key.expires_at is not None and key.expires_at <= clocks.now() else key


def _at_work(schema: str) -> TenantInfo | None:
    tenant = tenant_by_schema(schema)
    return tenant if tenant and tenant.status in {TenantStatus.ACTIVE, TenantStatus.CLOSING} else None
