"""People: who belongs to a tenant, and what they may do there."""

from collections.abc import Mapping
from datetime import datetime
from http import HTTPStatus
from uuid import UUID
from zoneinfo import available_timezones

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from kernel.actors import Actor
from kernel.errors import Forbidden, Invalid, NotFound, Refusal
from kernel.events import Event, publish
from kernel.ids import new_id
from kernel.tenancy import tenant_context
from tenants import mirrors, passwords
from tenants.enums import Role
from tenants.events import MemberAdded, MemberRemoved, MemberRoleChanged
from tenants.memory import forget_on_commit
from tenants.models import Membership, Tenant, User
from tenants.queries import member_info, tenant_for

LONGEST_NAME = 120
LONGEST_EMAIL = 254
PERSONAL = frozenset({"name", "language", "time_zone"})


class LastOwner(Refusal):
    """A tenant keeps at least one owner."""

    code = "LAST_OWNER"
    status = HTTPStatus.CONFLICT

    def __init__(self) -> None:
        super().__init__(_("A tenant needs an owner. Make somebody else the owner first."))


@transaction.atomic
def add_member(
    *,
    tenant_id: UUID,
    email: str,
    role: str,
    actor: Actor,
    name: str = "",
    password: str = "",
    language: str = "",
    time_zone: str = "",
    now: datetime | None = None,
) -> UUID:
    """Let a person work in a tenant and return their Member id; somebody who left comes back as the same member.

    A person the installation knows keeps name and password. Raises Invalid for values that cannot be taken.
    """
    tenant = tenant_for(tenant_id, lock=True)
    user = _person(tenant, email, {"name": name, "language": language, "time_zone": time_zone}, password)
    row, is_new = Membership.objects.select_related("user", "tenant").get_or_create(
        tenant=tenant, user=user, defaults={"id": new_id(), "role": clean_role(role)}
    )
    if is_new or not row.is_active:
        row.role, row.is_active = clean_role(role), True
        row.save(update_fields=["role", "is_active", "updated_at"])
        _announce(row, MemberAdded(member_id=row.id, role=row.role), actor, now)
    return row.id


def _person(tenant: Tenant, email: str, values: Mapping[str, str], password: str) -> User:
    address = clean_email(email)
    known = User.objects.filter(email=address).first()
    if known is not None:
        return known
    given = {key: value for key, value in values.items() if value}
    _check_personal(given)
    user = User(email=address, **{"name": address.partition("@")[0], "language": tenant.language, **given})
    if password:
        user.set_password(_password(password))
    else:
        user.set_unusable_password()
    user.save()
    return user


@transaction.atomic
def change_role(*, member_id: UUID, role: str, actor: Actor, by_role: str = "", now: datetime | None = None) -> None:
    """Change what a member may do. Raises NotFound, Invalid, or LastOwner when no owner would be left.

    `by_role` is the role of the member who asks, "" for the operator: only owners decide about owners (Forbidden).
    """
    row = _membership(member_id)
    if row.role == clean_role(role):
        return
    _check_rank(by_role, row.role, role)
    _keep_an_owner(row)
    row.role = role
    row.save(update_fields=["role", "updated_at"])
    _announce(row, MemberRoleChanged(member_id=row.id, role=role), actor, now)


@transaction.atomic
def remove_member(*, member_id: UUID, actor: Actor, by_role: str = "", now: datetime | None = None) -> None:
    """Let somebody leave; what they wrote keeps their name. Raises NotFound, LastOwner, and Forbidden as above."""
    row = _membership(member_id)
    if not row.is_active:
        return
    _check_rank(by_role, row.role)
    _keep_an_owner(row)
    row.is_active = False
    row.save(update_fields=["is_active", "updated_at"])
    _announce(row, MemberRemoved(member_id=row.id), actor, now)


@transaction.atomic
def restore_member(*, member_id: UUID, actor: Actor, by_role: str = "", now: datetime | None = None) -> None:
    """Let somebody who left come back with the role from before. Raises NotFound, and Forbidden as above."""
    row = _membership(member_id)
    if row.is_active:
        return
    _check_rank(by_role, row.role)
    row.is_active = True
    row.save(update_fields=["is_active", "updated_at"])
    _announce(row, MemberAdded(member_id=row.id, role=row.role), actor, now)


@transaction.atomic
def update_person(*, user_id: UUID, changes: Mapping[str, str]) -> None:
    """Change name, language or time zone of a person, in every tenant they belong to. Raises NotFound or Invalid."""
    _check_personal(changes)
    user = _user(user_id)
    for name, value in changes.items():
        setattr(user, name, value.strip())
    user.save(update_fields=[*changes, "updated_at"])
    copy_to_tenants(user)


def copy_to_tenants(user: User) -> None:
    """Tell every tenant of a person what is known of them now. Inside the caller's transaction."""
    for row in user.memberships.select_related("user", "tenant"):
        _copy(row)


@transaction.atomic
def change_password(*, user_id: UUID, password: str) -> None:
    """Give a person a new password; sessions from before end. Raises NotFound or Invalid."""
    user = _user(user_id)
    user.set_password(_password(password))
    user.save(update_fields=["password", "updated_at"])
    forget_on_commit()


@transaction.atomic
def ensure_operator(*, email: str, name: str, password: str) -> UUID:
    """Make a person an operator of the installation, making the person when needed; returns the user id."""
    address = clean_email(email)
    user = User.objects.filter(email=address).first() or User(email=address, name=name)
    user.is_operator = True
    user.set_password(_password(password))
    user.save()
    forget_on_commit()
    return user.id


def _membership(member_id: UUID) -> Membership:
    rows = Membership.objects.select_related("user", "tenant")
    row = rows.filter(id=member_id).first()
    if row is None:
        raise NotFound(_("There is no such member."))
    tenant_for(row.tenant_id, lock=True)  # two owners cannot both leave at once
    row.refresh_from_db(fields=["role", "is_active"])
    return row


def _keep_an_owner(row: Membership) -> None:
    owners = Membership.objects.filter(tenant_id=row.tenant_id, role=Role.OWNER, is_active=True)
    if row.role == Role.OWNER and row.is_active and not owners.exclude(id=row.id).exists():
        raise LastOwner


def _check_rank(by_role: str, *roles: str) -> None:
    if Role.OWNER in roles and by_role not in {"", Role.OWNER}:
        raise Forbidden(_("Only an owner decides about owners."))


def _announce(row: Membership, event: Event, actor: Actor, now: datetime | None) -> None:
    """Copy a changed membership to the tenant's schema and put the fact into its history."""
    _copy(row)
    with tenant_context(row.tenant.schema_name):
        publish(event, actor=actor, now=now)


def _copy(row: Membership) -> None:
    forget_on_commit()
    with tenant_context(row.tenant.schema_name):
        mirrors.tell(member_info(row), is_active=row.is_active)


def _user(user_id: UUID) -> User:
    user = User.objects.select_for_update().filter(id=user_id).first()
    if user is None:
        raise NotFound(_("There is no such person."))
    return user


def clean_role(role: str) -> str:
    """Return a role that exists. Raises Invalid."""
    if role not in Role.values:
        raise Invalid(_("Unknown role."), details={"role": [", ".join(Role.values)]})
    return role


def clean_email(raw: str) -> str:
    """Return an e-mail address as it is kept. Raises Invalid."""
    address = raw.strip().lower()
    refused = Invalid(_("This is not an email address."), details={"email": [_("Check the address.")]})
    if len(address) > LONGEST_EMAIL:
        raise refused
    try:
        validate_email(address)
    except ValidationError as problem:
        raise refused from problem
    return address


def _password(raw: str) -> str:
    if not passwords.SHORTEST <= len(raw) <= passwords.LONGEST:
        raise Invalid(_("The password has a wrong length."), details={"password": [_("Use 12 to 200 characters.")]})
    return raw


def _check_personal(values: Mapping[str, str]) -> None:
    details = {name: [_("This field does not exist.")] for name in sorted(set(values) - PERSONAL)}
    name = values.get("name", "x").strip()
    if not name or len(name) > LONGEST_NAME:
        details["name"] = [_("Use 1 to 120 characters.")]
    if values.get("language", "en") not in dict(settings.LANGUAGES):
        details["language"] = [_("Use one of the languages of Redress.")]
    if values.get("time_zone", "UTC") not in available_timezones():
        details["time_zone"] = [_("Use a name such as America/New_York.")]
    if details:
        raise Invalid(_("Some values cannot be taken."), details=details)
