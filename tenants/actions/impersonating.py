"""Impersonation: an operator looks with a member's eyes. Read-only, for an hour, with a reason the tenant can read."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from kernel import clocks
from kernel.actors import Actor, ActorKind
from kernel.errors import Conflict, Forbidden, Invalid, NotFound
from kernel.events import publish
from kernel.tenancy import tenant_context
from tenants.actions.links import find_link, make_link, use_link
from tenants.enums import LinkPurpose, Role, TenantStatus
from tenants.events import ImpersonationEnded, ImpersonationStarted
from tenants.memory import forget_on_commit
from tenants.models import Impersonation, Membership
from tenants.types import OperatorInfo, TenantInfo

LASTS = timedelta(hours=1)
LONGEST_REASON = 200


@transaction.atomic
def begin_impersonation(*, member_id: UUID, reason: str, operator: OperatorInfo, now: datetime | None = None) -> str:
    """Let an operator look with a member's eyes; returns the token that opens it once, within a minute.

    Owners and operators are never impersonated. Raises NotFound, Invalid, Forbidden, or Conflict.
    """
    at = now or clocks.now()
    row = Membership.objects.select_related("user", "tenant").filter(id=member_id).first()
    if row is None:
        raise NotFound(_("There is no such member."))
    _check(row, reason)
    made = Impersonation.objects.create(
        operator_id=operator.id, membership=row, reason=reason.strip(), expires_at=at + LASTS
    )
    _link, token = make_link(
        purpose=LinkPurpose.IMPERSONATION, now=at, tenant_id=row.tenant_id, payload={"impersonation": str(made.id)}
    )
    with tenant_context(row.tenant.schema_name):
        fact = ImpersonationStarted(member_id=row.id, impersonation_id=made.id, reason=made.reason)
        publish(fact, actor=Actor(ActorKind.OPERATOR, str(operator.id)), now=at)
    return token


def _check(row: Membership, reason: str) -> None:
    if not 1 <= len(reason.strip()) <= LONGEST_REASON:
        raise Invalid(_("Say why."), details={"reason": [_("Use 1 to 200 characters.")]})
    if row.role == Role.OWNER or row.user.is_operator:
        raise Forbidden(_("Owners and operators are not impersonated."))
    if not row.is_active or not row.user.is_active:
        raise Conflict(_("This member does not work there any more."))
    if row.tenant.status not in {TenantStatus.ACTIVE, TenantStatus.CLOSING}:
        raise Conflict(_("The tenant is in a state that does not allow this."))


@transaction.atomic
def enter_impersonation(*, tenant: TenantInfo, token: str, now: datetime | None = None) -> UUID:
    """Use the token on the tenant's host; returns the impersonation's id. Raises LinkGone."""
    at = now or clocks.now()
    link = find_link(LinkPurpose.IMPERSONATION, token, tenant_id=tenant.id, now=at, lock=True)
    return UUID(use_link(link, at)["impersonation"])


@transaction.atomic
def end_impersonation(*, impersonation_id: UUID, now: datetime | None = None) -> None:
    """Stop looking, everywhere within half a second; ending it again changes nothing."""
    at = now or clocks.now()
    rows = Impersonation.objects.select_for_update(of=("self",)).select_related("membership__tenant")
    row = rows.filter(id=impersonation_id, ended_at=None).first()
    if row is None:
        return
    row.ended_at = at
    row.save(update_fields=["ended_at", "updated_at"])
    forget_on_commit()
    with tenant_context(row.membership.tenant.schema_name):
        fact = ImpersonationEnded(member_id=row.membership_id, impersonation_id=row.id)
        publish(fact, actor=Actor(ActorKind.OPERATOR, str(row.operator_id)), now=at)
