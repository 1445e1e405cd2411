"""The session of a signed-in member: bound to one person, one tenant, one password and one browser."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest
from django.middleware.csrf import rotate_token
from django.utils.crypto import constant_time_compare

from kernel import clocks
from kernel.addresses import client_address
from tenants.actions import end_login, open_login, touch_login
from tenants.actions.logins import TOUCH_EVERY
from tenants.memory import Memory
from tenants.queries import borrowed_member, login_lasts, session_member, session_operator
from tenants.types import NOBODY, OperatorInfo, SessionMember, TenantInfo

USER, TENANT, STAMP, LOGIN, BORROWED = "user", "tenant", "stamp", "login", "impersonation"
SECOND, PROVEN = "second", "proven"
"""Whether more than a password was proven, and when somebody last proved who they are (unix seconds)."""
HALF = "half"
"""What a browser has whose password was right while the second factor is still missing: nobody is signed in."""
HALF_LASTS_S = 600
FRESH_S = 600
"""How long ago somebody may have proven themselves to change what proves them."""

_touched: Memory[UUID, bool] = Memory(most=8192, keep_s=TOUCH_EVERY.total_seconds())


@dataclass(frozen=True, slots=True)
class Half:
    """Somebody whose password was right: where they want to go, and for how long they stay."""

    user_id: UUID
    target: str
    keep: bool


def begin_half(request: HttpRequest, tenant: TenantInfo, who: SessionMember, *, target: str, keep: bool) -> None:
    """Remember for ten minutes that a password was right; the session speaks for nobody yet."""
    request.session.flush()
    request.session[HALF] = {
        USER: str(who.member.user_id), TENANT: str(tenant.id), STAMP: who.stamp, "target": target, "keep": keep,
        "until": clocks.now().timestamp() + HALF_LASTS_S,
    }  # fmt: skip
    request.session.set_expiry(0)
    rotate_token(request)


def half_of(request: HttpRequest, tenant: TenantInfo) -> Half | None:
    """Return whose second factor is still missing here; None for nobody, another tenant's, an old or late one."""
    kept: Any = request.session.get(HALF)
    if not kept or kept[TENANT] != str(tenant.id) or kept["until"] < clocks.now().timestamp():
        return None
    who = session_member(tenant.id, UUID(kept[USER]))
    if who is None or not constant_time_compare(who.stamp, kept[STAMP]):
        return None
    return Half(who.member.user_id, kept["target"], kept["keep"])


def begin(
    request: HttpRequest, tenant: TenantInfo, who: SessionMember, *, keep: bool = True, second: bool = False
) -> None:
    """Start a session for who has just signed in; whatever the browser had before is thrown away.

    `keep` lets it last 12 hours, else it ends with the browser; `second` says that more than a password was proven,
    without which the session of somebody who has, or needs, a second factor speaks for nobody. The member is on the
    request from here on.
    """
    login_id = open_login(
        user_id=who.member.user_id,
        tenant_id=tenant.id,
        address=client_address(request),
        agent=request.headers.get("User-Agent", ""),
    )
    request.session.flush()
    request.session.update(
        {USER: str(who.member.user_id), TENANT: str(tenant.id), STAMP: who.stamp, LOGIN: str(login_id)}
    )
    request.session.update({SECOND: second, PROVEN: clocks.now().timestamp()})
    if not keep:
        request.session.set_expiry(0)
    rotate_token(request)
    request.member = who.member  # type: ignore[attr-defined]  # set by MemberMiddleware


def begin_operator(request: HttpRequest, operator: OperatorInfo, *, second: bool = False) -> None:
    """Start a session on the public site for the operator who has just signed in; it ends with the browser."""
    request.session.flush()
    request.session.update({USER: str(operator.id), TENANT: str(NOBODY), STAMP: operator.stamp})
    request.session.update({SECOND: second, PROVEN: clocks.now().timestamp()})
    request.session.set_expiry(0)
    rotate_token(request)
    request.operator = operator  # type: ignore[attr-defined]  # set by MemberMiddleware


def begin_operator_half(request: HttpRequest, operator: OperatorInfo, *, target: str) -> None:
    """Remember for ten minutes that an operator's password was right; the session speaks for nobody yet."""
    request.session.flush()
    request.session[HALF] = {
        USER: str(operator.id), TENANT: str(NOBODY), STAMP: operator.stamp, "target": target,
        "until": clocks.now().timestamp() + HALF_LASTS_S,
    }  # fmt: skip
    request.session.set_expiry(0)
    rotate_token(request)


def half_operator_of(request: HttpRequest) -> tuple[OperatorInfo, str] | None:
    """Return the operator whose code is still missing, and where they want to go."""
    kept: Any = request.session.get(HALF)
    if not kept or kept[TENANT] != str(NOBODY) or kept["until"] < clocks.now().timestamp():
        return None
    operator = session_operator(UUID(kept[USER]))
    if operator is None or not constant_time_compare(operator.stamp, kept[STAMP]):
        return None
    return operator, kept["target"]


def borrow(request: HttpRequest, impersonation_id: UUID) -> None:
    """Start the session of an operator who looks with a member's eyes; it ends with the browser, or in an hour."""
    request.session.flush()
    request.session[BORROWED] = str(impersonation_id)
    request.session.set_expiry(0)
    rotate_token(request)


def borrowed_of(session: object) -> UUID | None:
    """Return the impersonation a session stands for."""
    get = getattr(session, "get", None)
    raw = get(BORROWED) if get else None
    return UUID(raw) if raw else None


def end(request: HttpRequest) -> None:
    """Throw the session away."""
    login_id, user = login_of(request.session), request.session.get(USER)
    if login_id and user:
        end_login(user_id=UUID(user), login_id=login_id)
    request.session.flush()
    request.member = None  # type: ignore[attr-defined]  # see begin


def member_of(session: object, tenant: TenantInfo) -> SessionMember | None:
    """Return who a session speaks for in `tenant`; None for nobody, another tenant's session, or an old password.

    None too while a second factor is missing (see `unprotected_of`), and for a browser that was signed out from
    elsewhere. `session` is Django's session or any mapping of its data, as sockets have it.
    """
    impersonation_id = borrowed_of(session)
    if impersonation_id is not None:
        borrowed = borrowed_member(impersonation_id)
        return borrowed.who if borrowed and borrowed.tenant_id == tenant.id else None
    who = _anyone(session, tenant)
    if who is None or (_lacks_second(session) and (who.has_second_factor or who.must_have_second_factor)):
        return None
    return who


def unprotected_of(session: object, tenant: TenantInfo) -> SessionMember | None:
    """Return who is signed in but has to set up a second factor before anything else."""
    who = _anyone(session, tenant)
    if who is None or who.has_second_factor or not who.must_have_second_factor:
        return None
    return who if _lacks_second(session) else None


def is_fresh(session: object) -> bool:
    """Tell whether somebody has proven who they are within the last ten minutes."""
    get = getattr(session, "get", None)
    proven = get(PROVEN) if get else None
    return proven is not None and clocks.now().timestamp() - proven < FRESH_S


def prove(request: HttpRequest, *, second: bool = False) -> None:
    """Note that who is signed in has proven themselves again; `second` with more than a password."""
    request.session[PROVEN] = clocks.now().timestamp()
    if second:
        request.session[SECOND] = True


def _lacks_second(session: object) -> bool:
    get = getattr(session, "get", None)
    return not (get and get(SECOND))


def _anyone(session: object, tenant: TenantInfo) -> SessionMember | None:
    found = _read(session)
    login_id = login_of(session)
    if found is None or login_id is None or found[1] != tenant.id or tenant.is_public:
        return None
    who = session_member(tenant.id, found[0])
    if who is None or not constant_time_compare(who.stamp, found[2]) or not login_lasts(login_id):
        return None
    _touched.recall(login_id, _touch)
    return who


def login_of(session: object) -> UUID | None:
    """Return the id of the browser a session belongs to."""
    get = getattr(session, "get", None)
    raw = get(LOGIN) if get else None
    return UUID(raw) if raw else None


def _touch(login_id: UUID) -> bool:
    touch_login(login_id)
    return True


def operator_of(session: object) -> OperatorInfo | None:
    """Return the operator a session of the public site speaks for; None for nobody, a tenant's, or an old password.

    None too while a second factor is missing (see `unprotected_operator_of`).
    """
    operator = _any_operator(session)
    if operator is None or (_lacks_second(session) and _needs_second(operator)):
        return None
    return operator


def unprotected_operator_of(session: object) -> OperatorInfo | None:
    """Return the operator who is signed in but has to set up a second factor before anything else."""
    operator = _any_operator(session)
    return operator if operator and _lacks_second(session) and not operator.has_authenticator else None


def _needs_second(operator: OperatorInfo) -> bool:
    return operator.has_authenticator or settings.OPERATORS_NEED_SECOND_FACTOR


def _any_operator(session: object) -> OperatorInfo | None:
    found = _read(session)
    if found is None or found[1] != NOBODY:
        return None
    operator = session_operator(found[0])
    return operator if operator and constant_time_compare(operator.stamp, found[2]) else None


def _read(session: object) -> tuple[UUID, UUID, str] | None:
    get = getattr(session, "get", None)
    user, tenant, stamp = (get(name) if get else None for name in (USER, TENANT, STAMP))
    if not user or not tenant or not stamp:
        return None
    return UUID(user), UUID(tenant), stamp
