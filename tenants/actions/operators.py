"""Operators: signing in to the public site. What they do there stands in the history of the platform."""

from datetime import datetime

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX, check_password
from django.db import transaction

from kernel import clocks
from kernel.actors import Actor, ActorKind
from kernel.events import Event, publish
from kernel.tenancy import PLATFORM, PUBLIC, tenant_context
from tenants import lockout, passwords
from tenants.actions.second_factors import is_code_of
from tenants.events import OperatorSignedIn, OperatorSignedOut
from tenants.models import User
from tenants.queries import has_second_factor, operator_info, operators
from tenants.types import OperatorInfo, OperatorSignIn


def sign_in_operator(
    *, email: str, password: str, address: str, code: str = "", now: datetime | None = None
) -> OperatorSignIn:
    """Check an e-mail and password for the operators' admin; counted and locked as for members.

    Whoever has a second factor gives its code in the same try: until then nothing is forgiven, so that codes are
    counted with passwords.
    """
    at = now or clocks.now()
    counted = lockout.count_try(PUBLIC, email, address, at)
    if counted.locked_until is not None:
        return OperatorSignIn(locked_until=counted.locked_until)
    row = _proven(email.strip().lower(), password)
    if row is not None and not code and has_second_factor(row.id):
        return OperatorSignIn(needs_code=True, tries_left=counted.tries_left)
    if row is None or (has_second_factor(row.id) and not is_code_of(user_id=row.id, code=code, now=at)):
        locked_until = None if counted.tries_left else at + lockout.LOCKED_FOR
        return OperatorSignIn(tries_left=counted.tries_left, locked_until=locked_until)
    lockout.forgive(PUBLIC, email, address)
    _record(row, at)
    return OperatorSignIn(operator=operator_info(row))


def _proven(email: str, password: str) -> User | None:
    row = None if "\x00" in email else operators().filter(email=email).first()
    if row is None or len(password) > passwords.LONGEST:
        check_password("", UNUSABLE_PASSWORD_PREFIX)  # takes as long as looking at a real one
        return None
    return row if row.check_password(password) else None


@transaction.atomic
def _record(row: User, at: datetime) -> None:
    User.objects.filter(id=row.id).update(last_login=at)
    _publish(OperatorSignedIn(user_id=row.id), Actor(ActorKind.OPERATOR, str(row.id)), at)


@transaction.atomic
def sign_out_operator(*, operator: OperatorInfo, now: datetime | None = None) -> None:
    """Note that an operator ended a session; the door throws the session away."""
    _publish(OperatorSignedOut(user_id=operator.id), Actor(ActorKind.OPERATOR, str(operator.id)), now)


def _publish(event: Event, actor: Actor, now: datetime | None) -> None:
    with tenant_context(PLATFORM):
        publish(event, actor=actor, now=now)
