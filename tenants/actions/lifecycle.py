"""The life of a tenant: made, suspended, resumed, closing, closed."""

from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from kernel.actors import Actor
from kernel.errors import Conflict, Invalid
from kernel.events import Event, publish
from kernel.tenancy import PUBLIC, tenant_context
from tenants import slugs
from tenants.actions.people import add_member
from tenants.enums import Plan, Role, TenantStatus, TwoFactorPolicy
from tenants.events import (
    EntitlementChanged,
    TenantClosed,
    TenantClosing,
    TenantCreated,
    TenantResumed,
    TenantSuspended,
)
from tenants.memory import forget_on_commit
from tenants.models import Entitlement, Tenant
from tenants.queries import tenant_for
from tenants.schemas import create_schema, schema_name_for
from tenants.types import NewTenant

LONGEST_NAME = 120
MOVES: Final[dict[TenantStatus, frozenset[TenantStatus]]] = {
    TenantStatus.SUSPENDED: frozenset({TenantStatus.ACTIVE, TenantStatus.CLOSING}),
    TenantStatus.ACTIVE: frozenset({TenantStatus.SUSPENDED, TenantStatus.CLOSING}),
    TenantStatus.CLOSING: frozenset({TenantStatus.ACTIVE, TenantStatus.SUSPENDED}),
    TenantStatus.CLOSED: frozenset({TenantStatus.CLOSING, TenantStatus.SUSPENDED}),
}
"""Into each state, the states it can be entered from. Nothing leads out of closed."""


@transaction.atomic
def create_tenant(  # noqa: PLR0913 - a tenant and its owner are made together
    *,
    slug: str,
    name: str,
    owner_email: str,
    actor: Actor,
    owner_name: str = "",
    owner_password: str = "",
    plan: str = Plan.STARTER,
    language: str = "en",
    time_zone: str = "America/New_York",
    is_demo: bool = False,
    now: datetime | None = None,
) -> NewTenant:
    """Make a tenant: its row, its schema and its owner, all or nothing. Raises Invalid, or Conflict for a taken slug.

    The owner of an unknown e-mail gets `owner_password`; without one they cannot sign in until somebody sets it.
    """
    _check(slug, name, plan)
    with tenant_context(PUBLIC):
        row = Tenant(
            slug=slug, schema_name=schema_name_for(slug), name=name.strip(), plan=plan, language=language,
            time_zone=time_zone, is_demo=is_demo,
            require_two_factor=TwoFactorPolicy.NOBODY if is_demo else TwoFactorPolicy.OWNERS,
        )  # fmt: skip
        _insert(row)
        create_schema(row.schema_name)
        forget_on_commit()
        with tenant_context(row.schema_name):
            publish(TenantCreated(tenant_id=row.id, plan=plan), actor=actor, now=now)
        owner_id = add_member(
            tenant_id=row.id, email=owner_email, name=owner_name, password=owner_password, role=Role.OWNER,
            actor=actor, now=now,
        )  # fmt: skip
    return NewTenant(row.id, row.slug, row.schema_name, owner_id)


def _check(slug: str, name: str, plan: str) -> None:
    if not slugs.is_allowed(slug):
        detail = [_("Use up to 40 small letters, digits and hyphens, and none of our own host names.")]
        raise Invalid(_("This short name cannot be used."), details={"slug": detail})
    if not 1 <= len(name.strip()) <= LONGEST_NAME:
        raise Invalid(_("The tenant needs a name."), details={"name": [_("Use 1 to 120 characters.")]})
    if plan not in Plan.values:
        raise Invalid(_("Unknown plan."), details={"plan": [", ".join(Plan.values)]})


def _insert(row: Tenant) -> None:
    taken = Conflict(_("This short name is taken."), details={"slug": [_("Choose another one.")]})
    if Tenant.objects.filter(slug=row.slug).exists():
        raise taken
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as problem:
        raise taken from problem


@transaction.atomic
def suspend_tenant(*, tenant_id: UUID, reason: str, actor: Actor, now: datetime | None = None) -> None:
    """Stop all work of a tenant, everywhere within about half a second; incoming messages are still kept."""
    _move(tenant_id, TenantStatus.SUSPENDED, reason, TenantSuspended(tenant_id=tenant_id, reason=reason), actor, now)


@transaction.atomic
def resume_tenant(*, tenant_id: UUID, actor: Actor, now: datetime | None = None) -> None:
    """Let a suspended or closing tenant work again."""
    _move(tenant_id, TenantStatus.ACTIVE, "", TenantResumed(tenant_id=tenant_id), actor, now)


@transaction.atomic
def close_tenant(*, tenant_id: UUID, reason: str, actor: Actor, now: datetime | None = None) -> None:
    """Let a tenant leave: from here on its people can read everything and change nothing."""
    _move(tenant_id, TenantStatus.CLOSING, reason, TenantClosing(tenant_id=tenant_id, reason=reason), actor, now)


@transaction.atomic
def end_tenant(*, tenant_id: UUID, actor: Actor, now: datetime | None = None) -> None:
    """End a closing or suspended tenant for good: its host answers to nobody. Its data stays until it is deleted."""
    _move(tenant_id, TenantStatus.CLOSED, "", TenantClosed(tenant_id=tenant_id), actor, now)


def _move(tenant_id: UUID, status: TenantStatus, reason: str, event: Event, actor: Actor, now: datetime | None) -> None:
    row = tenant_for(tenant_id, lock=True)
    if row.status == status:
        return
    if row.status not in MOVES[status]:
        raise Conflict(_("The tenant is in a state that does not allow this."), details={"status": [row.status]})
    Tenant.objects.filter(id=tenant_id).update(status=status, status_reason=reason[:200])
    forget_on_commit()
    with tenant_context(row.schema_name):
        publish(event, actor=actor, now=now)


@transaction.atomic
def set_entitlement(*, tenant_id: UUID, key: str, value: int | None, actor: Actor, now: datetime | None = None) -> None:
    """Give a tenant a limit of its own, or with None the plan's again."""
    row = tenant_for(tenant_id, lock=True)
    own = Entitlement.objects.filter(tenant_id=tenant_id, key=key)
    if own.values_list("value", flat=True).first() == value:
        return
    if value is None:
        own.delete()
    else:
        Entitlement.objects.update_or_create(tenant_id=tenant_id, key=key, defaults={"value": value})
    forget_on_commit()
    with tenant_context(row.schema_name):
        publish(EntitlementChanged(tenant_id=tenant_id, key=key, value=value), actor=actor, now=now)
