"""Signing in and out. The door writes the session; here is decided who may have one."""

from datetime import datetime

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX, check_password
from django.db import transaction

from kernel import clocks
from kernel.actors import Actor, ActorKind
from kernel.events import publish
from kernel.tenancy import tenant_context
from tenants import lockout, passwords
from tenants.actions.links import LinkGone, find_link, use_link
from tenants.enums import LinkPurpose
from tenants.events import MemberSignedIn, MemberSignedOut
from tenants.models import Membership, User
from tenants.queries import active_memberships, session_member_of
from tenants.types import MemberInfo, SessionMember, SignIn, TenantInfo


def sign_in(*, tenant: TenantInfo, email: str, password: str, address: str, now: datetime | None = None) -> SignIn:
    """Check an e-mail and password for one tenant, from a network address, and say how it ended.

    Five wrong tries lock this e-mail here for 15 minutes, right password or not. A person of another tenant, a removed
    one and an unknown one get the same answer in the same time. Who has a second factor is not signed in yet.
    """
    at = now or clocks.now()
    counted = lockout.count_try(tenant.schema_name, email, address, at)
    if counted.locked_until is not None:
        return SignIn(locked_until=counted.locked_until)
    row = _proven(tenant, email.strip().lower(), password)
    if row is None:
        locked_until = None if counted.tries_left else at + lockout.LOCKED_FOR
        return SignIn(tries_left=counted.tries_left, locked_until=locked_until)
    lockout.forgive(tenant.schema_name, email, address)
    who = session_member_of(row)
    if not who.has_second_factor:
        record_sign_in(tenant, row, at)
    return SignIn(member=who)


def _proven(tenant: TenantInfo, email: str, password: str) -> Membership | None:
    row = None if "\x00" in email else active_memberships(tenant.id).filter(user__email=email).first()
    if row is None or len(password) > passwords.LONGEST:
        check_password("", UNUSABLE_PASSWORD_PREFIX)  # takes as long as looking at a real one
        return None
    return row if row.user.check_password(password) else None


@transaction.atomic
def record_sign_in(tenant: TenantInfo, row: Membership, at: datetime) -> None:
    """Note that somebody has proven who they are, all of it."""
    User.objects.filter(id=row.user_id).update(last_login=at)
    with tenant_context(tenant.schema_name):
        publish(MemberSignedIn(member_id=row.id), actor=Actor(ActorKind.MEMBER, str(row.id)), now=at)


@transaction.atomic
def redeem_ticket(*, tenant: TenantInfo, ticket: str, now: datetime | None = None) -> SessionMember:
    """Sign in who was just proven on the public site. Raises LinkGone for a used, old or other tenant's ticket."""
    at = now or clocks.now()
    link = find_link(LinkPurpose.TICKET, ticket, tenant_id=tenant.id, now=at, lock=True)
    row = active_memberships(tenant.id).filter(user__links=link).first()
    if row is None:
        raise LinkGone
    use_link(link, at)
    who = session_member_of(row)
    if not who.has_second_factor:
        record_sign_in(tenant, row, at)
    return who


@transaction.atomic
def sign_out(*, tenant: TenantInfo, member: MemberInfo, now: datetime | None = None) -> None:
    """Note that a member ended a session; the door throws the session away."""
    with tenant_context(tenant.schema_name):
        publish(MemberSignedOut(member_id=member.id), actor=Actor(ActorKind.MEMBER, str(member.id)), now=now)
