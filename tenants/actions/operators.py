"""Operators: signing in to the public site. What they do there stands in the history of the platform."""

from datetime import datetime
from uuid import UUID

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX, check_password
from django.db import transaction

from kernel import clocks
from kernel.actors import Actor, ActorKind
from kernel.events import Event, publish
from kernel.tenancy import PLATFORM, PUBLIC, tenant_context
from tenants import lockout, passwords
from tenants.events import OperatorSignedIn, OperatorSignedOut
from tenants.models import User
from tenants.queries import operator_info, operators
from tenants.types import OperatorInfo, OperatorSignIn


def sign_in_operator(*, email: str, password: str, address: str, now: datetime | None = None) -> OperatorSignIn:
    """Check an e-mail and password for the operators' admin; counted and locked as for members.

    Who has an authenticator app is not signed in yet.
    """
    at = now or clocks.now()
    counted = lockout.count_try(PUBLIC, email, address, at)
    if counted.locked_until is not None:
        return OperatorSignIn(locked_until=counted.locked_until)
    row = _proven(email.strip().lower(), password)
    if row is None:
        locked_until = None if counted.tries_left else at + lockout.LOCKED_FOR
        return OperatorSignIn(tries_left=counted.tries_left, locked_until=locked_until)
    lockout.forgive(PUBLIC, email, address)
    operator = operator_info(row)
    if not operator.has_authenticator:
        record_operator_sign_in(row.id, at)
    return OperatorSignIn(operator=operator)


def _proven(email: str, password: str) -> User | None:
    row = None if "\x00" in email else operators().filter(email=email).first()
    if row is None or len(password) > passwords.LONGEST:
        check_password("", UNUSABLE_PASSWORD_PREFIX)  # takes as long as looking at a real one
        return None
    return row if row.check_password(password) else None


@transaction.atomic
def record_operator_sign_in(user_id: UUID, at: datetime) -> None:
    """Note that an operator has proven who they are, all of it."""
    User.objects.filter(id=user_id).update(last_login=at)
    _publish(OperatorSignedIn(user_id=user_id), Actor(ActorKind.OPERATOR, str(user_id)), at)


@transaction.atomic
def sign_out_operator(*, operator: OperatorInfo, now: datetime | None = None) -> None:
    """Note that an operator ended a session; the door throws the session away."""
    _publish(OperatorSignedOut(user_id=operator.id), Actor(ActorKind.OPERATOR, str(operator.id)), now)


def _publish(event: Event, actor: Actor, now: datetime | None) -> None:
    with tenant_context(PLATFORM):
        publish(event, actor=actor, now=now)
