"""Who stands at an admin: the member of a tenant, or the operator on the public site."""

from dataclasses import dataclass
from uuid import UUID
from zoneinfo import ZoneInfo

from django.http import HttpRequest

from kernel.actors import Actor, ActorKind
from tenants.pages import actor_of, zone_of
from tenants.types import MemberInfo, OperatorInfo


@dataclass(frozen=True, slots=True)
class Visitor:
    """What the admin's templates ask a user. It has no rights of its own: sites and desks ask for scopes."""

    pk: UUID
    name: str
    email: str
    actor: Actor
    zone: ZoneInfo

    is_active = True
    is_staff = True
    is_authenticated = True
    is_anonymous = False
    has_usable_password = False
    """Passwords are changed elsewhere."""

    def get_username(self) -> str:
        """Return what the person signs in with."""
        return self.email

    def get_full_name(self) -> str:
        """Return what the person is called."""
        return self.name

    def get_short_name(self) -> str:
        """Return the name colleagues use."""
        return self.name.partition(" ")[0]

    def has_perm(self, _permission: str, _row: object = None) -> bool:
        """Refuse: Django's permissions mean nothing here."""
        return False

    def has_module_perms(self, _app_label: str) -> bool:
        """Refuse, as above."""
        return False


def operator_at(request: HttpRequest) -> OperatorInfo | None:
    """Return the operator a session on the public site speaks for."""
    operator: OperatorInfo | None = getattr(request, "operator", None)
    return operator


def visitor_at(request: HttpRequest) -> Visitor | None:
    """Return who is signed in on this host, member or operator."""
    operator = operator_at(request)
    if operator is not None:
        actor = Actor(ActorKind.OPERATOR, str(operator.id))
        return Visitor(operator.id, operator.name, operator.email, actor, ZoneInfo("UTC"))
    member: MemberInfo | None = getattr(request, "member", None)
    if member is None:
        return None
    return Visitor(member.id, member.name, member.email, actor_of(request), zone_of(member))


def actor_at(request: HttpRequest) -> Actor:
    """Return who acts, as events keep it; only behind an admin's door."""
    visitor: Visitor = request.user  # type: ignore[assignment]  # put there by BackOffice.admin_view
    return visitor.actor
