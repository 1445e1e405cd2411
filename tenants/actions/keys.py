"""API keys: made once, shown once, kept as a digest."""

import hashlib
import ipaddress
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from kernel import clocks
from kernel.actors import Actor
from kernel.errors import Forbidden, Invalid
from kernel.events import publish
from tenants.events import ApiKeyCreated, ApiKeyRevoked
from tenants.memory import forget_on_commit
from tenants.models import ApiKey
from tenants.queries import api_key_for, current_tenant
from tenants.scopes import unknown_scopes
from tenants.types import NewKey

SHOWN = 14
"""Characters of the key that lists show: `rk_`, the environment and a few of the random ones."""
TOUCH_EVERY = timedelta(minutes=1)
LONGEST_NAME = 80


@transaction.atomic
def create_api_key(  # noqa: PLR0913 - a key has this many sides
    *,
    name: str,
    scopes: Iterable[str],
    actor: Actor,
    grantable: frozenset[str] | None = None,
    expires_at: datetime | None = None,
    allowed_ips: Iterable[str] = (),
    per_minute: int | None = None,
    per_hour: int | None = None,
    created_by: UUID | None = None,
    key: str = "",
    now: datetime | None = None,
) -> NewKey:
    """Make a key of the current tenant; the answer is the only place where it is ever readable.

    `grantable` are the scopes whoever asks may pass on; None: any. `per_minute` and `per_hour` override the plan, which
    only the operator decides. `key` is for demo keys, which must be the same again. Raises Invalid or Forbidden.
    """
    wanted = frozenset(scopes)
    at = now or clocks.now()
    _check(name, wanted, grantable, expires_at, at)
    clear = key or f"rk_{environment()}_{secrets.token_urlsafe(32)}"
    row = ApiKey.objects.create(
        tenant_id=current_tenant().id,
        name=name.strip(),
        prefix=clear[:SHOWN],
        digest=digest_of(clear),
        scopes=sorted(wanted),
        allowed_ips=[_network(raw) for raw in allowed_ips],
        requests_per_minute=per_minute,
        requests_per_hour=per_hour,
        expires_at=expires_at,
        created_by=created_by,
    )
    forget_on_commit()
    publish(ApiKeyCreated(api_key_id=row.id, scopes=sorted(wanted)), actor=actor, now=at)
    return NewKey(row.id, clear)


@transaction.atomic
def revoke_api_key(*, key_id: UUID, actor: Actor, now: datetime | None = None) -> None:
    """Make a key useless for ever, everywhere within half a second. Raises NotFound."""
    at = now or clocks.now()
    row = api_key_for(key_id, lock=True)
    if row.revoked_at is not None:
        return
    row.revoked_at = at
    row.save(update_fields=["revoked_at", "updated_at"])
    forget_on_commit()
    publish(ApiKeyRevoked(api_key_id=row.id), actor=actor, now=at)


def touch_api_key(key_id: UUID, *, now: datetime | None = None) -> None:
    """Note that a key was used, at most once a minute however many processes see it."""
    at = now or clocks.now()
    old = Q(last_used_at=None) | Q(last_used_at__lt=at - TOUCH_EVERY)
    ApiKey.objects.filter(old, id=key_id).update(last_used_at=at)


def digest_of(key: str) -> bytes:
    """Return the SHA-256 under which a key is kept. The key is 256 random bits: no salt, no slow hash needed."""
    return hashlib.sha256(key.encode()).digest()


def environment() -> str:
    """Return the middle word of new keys: `live` on a site with HTTPS, else `dev`."""
    return "live" if settings.HTTPS else "dev"


def _check(
    name: str, wanted: frozenset[str], grantable: frozenset[str] | None, expires_at: datetime | None, now: datetime
) -> None:
    if not 1 <= len(name.strip()) <= LONGEST_NAME:
        raise Invalid(_("Give the key a name."), details={"name": [_("Use 1 to 80 characters.")]})
    unknown = unknown_scopes(wanted)
    if unknown or not wanted:
        raise Invalid(_("Choose what the key may do."), details={"scopes": unknown or [_("Choose at least one.")]})
    if expires_at is not None and expires_at <= now:
        raise Invalid(_("The key would have expired already."), details={"expires_at": [_("Use a time to come.")]})
    beyond = sorted(wanted - grantable) if grantable is not None else []
    if beyond:
        raise Forbidden(_("You can only pass on what you may do yourself."), details={"scopes": beyond})


def _network(raw: str) -> str:
    try:
        network = ipaddress.ip_network(raw.strip())
    except ValueError as problem:
        detail = [_("Use an address or a network such as 203.0.113.0/24.")]
        raise Invalid(_("This is no address."), details={"allowed_ips": detail}) from problem
    single = network.prefixlen == network.max_prefixlen
    return str(network.network_address) if single else str(network)
