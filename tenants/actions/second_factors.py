"""The second factor: an authenticator app, codes for the day it is lost, browsers that are remembered, the policy."""

import secrets
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from kernel import clocks
from kernel.actors import Actor, ActorKind
from kernel.errors import Forbidden, Invalid
from kernel.events import publish
from kernel.tenancy import PLATFORM, PUBLIC, tenant_context
from tenants import lockout, totp
from tenants.actions.operators import record_operator_sign_in
from tenants.actions.passwords import is_password_of
from tenants.actions.signing_in import record_sign_in
from tenants.enums import TwoFactorPolicy
from tenants.events import OperatorSecondFactorAdded, SecondFactorAdded, SecondFactorPolicyChanged, SecondFactorRemoved
from tenants.memory import forget_on_commit
from tenants.models import Authenticator, Passkey, RecoveryCode, Tenant, TrustedBrowser
from tenants.queries import active_memberships, has_authenticator, session_member, session_member_of, tenant_for
from tenants.types import MemberInfo, OperatorInfo, OperatorSignIn, SignIn, TenantInfo

CODES = 10
CODE_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
"""Without letters and digits that people take for each other."""
CODE_LENGTH = 10
TRUSTED_FOR = timedelta(days=30)


class WrongCode(Invalid):
    """The code is wrong, old, or was used already."""

    code = "WRONG_CODE"

    def __init__(self) -> None:
        super().__init__(_("That code is wrong, or was used already."))


@transaction.atomic
def prepare_authenticator(*, user_id: UUID) -> str:
    """Return the secret somebody's app is to take over; the same one until a code of it was right."""
    row, _made = Authenticator.objects.get_or_create(
        user_id=user_id, confirmed_at=None, defaults={"secret": totp.new_secret()}
    )
    return row.secret


@transaction.atomic
def confirm_authenticator(
    *, tenant: TenantInfo, member: MemberInfo, code: str, now: datetime | None = None
) -> list[str]:
    """Take an app into use with its first code; returns recovery codes when there were none. Raises WrongCode."""
    at = now or clocks.now()
    _take_over(member.user_id, code, at)
    return note_added(tenant, member, "app", at)


@transaction.atomic
def confirm_operator_authenticator(*, operator: OperatorInfo, code: str, now: datetime | None = None) -> list[str]:
    """Take an operator's app into use, as `confirm_authenticator` does; told to the history of the platform."""
    at = now or clocks.now()
    _take_over(operator.id, code, at)
    with tenant_context(PLATFORM):
        publish(OperatorSecondFactorAdded(user_id=operator.id), actor=_operator(operator.id), now=at)
    forget_on_commit()
    return _codes_when_missing(operator.id)


def _take_over(user_id: UUID, code: str, at: datetime) -> None:
    """Let a waiting app take the place of the one before. Raises WrongCode."""
    rows = Authenticator.objects.select_for_update().filter(user_id=user_id)
    row = rows.filter(confirmed_at=None).first()
    step = totp.matching_step(row.secret, _digits(code), at, after=0) if row else None
    if row is None or step is None:
        raise WrongCode
    rows.exclude(id=row.id).delete()
    row.confirmed_at, row.last_step = at, step
    row.save(update_fields=["confirmed_at", "last_step", "updated_at"])


@transaction.atomic
def remove_authenticator(*, tenant: TenantInfo, member: MemberInfo, now: datetime | None = None) -> None:
    """Let an app prove nothing any more."""
    if Authenticator.objects.filter(user_id=member.user_id).delete()[0]:
        note_removed(tenant, member, "app", now or clocks.now())


def note_added(tenant: TenantInfo, member: MemberInfo, kind: str, at: datetime) -> list[str]:
    """Tell history of a new second factor; the first one comes with recovery codes. Inside the caller's transaction."""
    _publish(tenant, member, SecondFactorAdded(member_id=member.id, kind=kind), at)
    forget_on_commit()
    return _codes_when_missing(member.user_id)


def _codes_when_missing(user_id: UUID) -> list[str]:
    has_codes = RecoveryCode.objects.filter(user_id=user_id, used_at=None).exists()
    return [] if has_codes else _fresh_codes(user_id)


def note_removed(tenant: TenantInfo, member: MemberInfo, kind: str, at: datetime) -> None:
    """Tell history of a second factor that is gone; with the last one go its codes and remembered browsers."""
    _publish(tenant, member, SecondFactorRemoved(member_id=member.id, kind=kind), at)
    left = Authenticator.objects.filter(user_id=member.user_id).exclude(confirmed_at=None).exists()
    if not left and not Passkey.objects.filter(user_id=member.user_id).exists():
        RecoveryCode.objects.filter(user_id=member.user_id).delete()
        TrustedBrowser.objects.filter(user_id=member.user_id).delete()
    forget_on_commit()


@transaction.atomic
def renew_recovery_codes(*, user_id: UUID) -> list[str]:
    """Return ten new recovery codes, shown this once; the ones before open nothing any more."""
    return _fresh_codes(user_id)


def _fresh_codes(user_id: UUID) -> list[str]:
    RecoveryCode.objects.filter(user_id=user_id).delete()
    codes = ["".join(secrets.choice(CODE_LETTERS) for _letter in range(CODE_LENGTH)) for _code in range(CODES)]
    RecoveryCode.objects.bulk_create(RecoveryCode(user_id=user_id, digest=_digest(user_id, code)) for code in codes)
    return [f"{code[:5]}-{code[5:]}" for code in codes]


def prove_by_code(*, tenant: TenantInfo, user_id: UUID, code: str, address: str, now: datetime | None = None) -> SignIn:
    """Check the code of an app, or a recovery code, of somebody whose password was right; says how it ended.

    Wrong ones are counted apart from passwords, so that a right password does not forgive them.
    """
    at = now or clocks.now()
    counted = lockout.count_try(tenant.schema_name, f"second factor {user_id}", address, at)
    if counted.locked_until is not None:
        return SignIn(locked_until=counted.locked_until)
    if not is_code_of(user_id=user_id, code=code, now=at):
        locked_until = None if counted.tries_left else at + lockout.LOCKED_FOR
        return SignIn(tries_left=counted.tries_left, locked_until=locked_until)
    lockout.forgive(tenant.schema_name, f"second factor {user_id}", address)
    return finish_sign_in(tenant=tenant, user_id=user_id, now=at)


def prove_operator_by_code(
    *, operator: OperatorInfo, code: str, address: str, now: datetime | None = None
) -> OperatorSignIn:
    """Check the code of an operator whose password was right; counted like a member's."""
    at = now or clocks.now()
    counted = lockout.count_try(PUBLIC, f"second factor {operator.id}", address, at)
    if counted.locked_until is not None:
        return OperatorSignIn(locked_until=counted.locked_until)
    if not is_code_of(user_id=operator.id, code=code, now=at):
        locked_until = None if counted.tries_left else at + lockout.LOCKED_FOR
        return OperatorSignIn(tries_left=counted.tries_left, locked_until=locked_until)
    lockout.forgive(PUBLIC, f"second factor {operator.id}", address)
    record_operator_sign_in(operator.id, at)
    return OperatorSignIn(operator=operator)


class NotProven(Forbidden):
    """Somebody has to prove again who they are, and has not."""

    code = "NOT_PROVEN"

    def __init__(self) -> None:
        super().__init__(_("That did not prove that it is you."))


def prove_again(
    *, tenant: TenantInfo, member: MemberInfo, password: str, code: str, address: str, now: datetime | None = None
) -> SignIn:
    """Check the password, and the code of somebody who has an app; counted like signing in."""
    at = now or clocks.now()
    counted = lockout.count_try(tenant.schema_name, f"second factor {member.user_id}", address, at)
    if counted.locked_until is not None:
        return SignIn(locked_until=counted.locked_until)
    proven = is_password_of(user_id=member.user_id, password=password)
    if proven and has_authenticator(member.user_id):
        proven = is_code_of(user_id=member.user_id, code=code, now=at)
    if not proven:
        return SignIn(tries_left=counted.tries_left)
    lockout.forgive(tenant.schema_name, f"second factor {member.user_id}", address)
    return SignIn(member=session_member(tenant.id, member.user_id))


def finish_sign_in(*, tenant: TenantInfo, user_id: UUID, now: datetime) -> SignIn:
    """Sign in somebody who has proven everything; nobody who was removed meanwhile."""
    row = active_memberships(tenant.id).filter(user_id=user_id).first()
    if row is None:
        return SignIn()
    record_sign_in(tenant, row, now)
    return SignIn(member=session_member_of(row))


@transaction.atomic
def is_code_of(*, user_id: UUID, code: str, now: datetime | None = None) -> bool:
    """Tell whether a code proves a person, and use it up: no code of an app or of recovery works twice."""
    at = now or clocks.now()
    row = Authenticator.objects.select_for_update().filter(user_id=user_id).exclude(confirmed_at=None).first()
    step = totp.matching_step(row.secret, _digits(code), at, after=row.last_step) if row else None
    if row is not None and step is not None:
        row.last_step = step
        row.save(update_fields=["last_step", "updated_at"])
        return True
    spent = RecoveryCode.objects.filter(user_id=user_id, digest=_digest(user_id, code), used_at=None)
    return spent.update(used_at=at) == 1


@transaction.atomic
def trust_browser(*, user_id: UUID, now: datetime | None = None) -> str:
    """Return a token by which a browser is known for 30 days, in place of a second factor."""
    token = secrets.token_urlsafe(32)
    expires_at = (now or clocks.now()) + TRUSTED_FOR
    TrustedBrowser.objects.create(user_id=user_id, digest=_token_digest(token), expires_at=expires_at)
    return token


def is_trusted(*, user_id: UUID, token: str, now: datetime | None = None) -> bool:
    """Tell whether a browser is one of a person's remembered ones."""
    rows = TrustedBrowser.objects.filter(user_id=user_id, digest=_token_digest(token))
    return bool(token) and rows.filter(expires_at__gt=now or clocks.now()).exists()


def forget_trusted_browsers(*, user_id: UUID) -> None:
    """Ask for the second factor everywhere again."""
    TrustedBrowser.objects.filter(user_id=user_id).delete()


def purge_trusted_browsers(*, now: datetime | None = None) -> int:
    """Forget the browsers whose thirty days are over; returns how many."""
    forgotten, _each = TrustedBrowser.objects.filter(expires_at__lt=now or clocks.now()).delete()
    return forgotten


@transaction.atomic
def set_two_factor_policy(*, tenant_id: UUID, policy: str, actor: Actor, now: datetime | None = None) -> None:
    """Decide who in a tenant needs a second factor; who lacks one is led to set it up. Raises Invalid."""
    if policy not in TwoFactorPolicy.values:
        raise Invalid(_("Unknown rule."), details={"policy": [", ".join(TwoFactorPolicy.values)]})
    row = tenant_for(tenant_id, lock=True)
    if row.require_two_factor == policy:
        return
    Tenant.objects.filter(id=tenant_id).update(require_two_factor=policy)
    forget_on_commit()
    with tenant_context(row.schema_name):
        publish(SecondFactorPolicyChanged(tenant_id=tenant_id, policy=policy), actor=actor, now=now)


def _publish(
    tenant: TenantInfo, member: MemberInfo, event: SecondFactorAdded | SecondFactorRemoved, at: datetime
) -> None:
    with tenant_context(tenant.schema_name):
        publish(event, actor=Actor(ActorKind.MEMBER, str(member.id)), now=at)


def _operator(user_id: UUID) -> Actor:
    return Actor(ActorKind.OPERATOR, str(user_id))


def _digits(code: str) -> str:
    return "".join(code.split())


def _digest(user_id: UUID, code: str) -> bytes:
    plain = code.replace("-", "").replace(" ", "").lower()
    return salted_hmac(f"redress.recovery.{user_id}", plain, algorithm="sha256").digest()


def _token_digest(token: str) -> bytes:
    return salted_hmac("redress.trusted-browser", token, algorithm="sha256").digest()
