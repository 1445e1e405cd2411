"""The operator's second factor: asked for at sign-in, and set up where the installation wants one."""

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_http_methods

from kernel.addresses import client_address
from kernel.errors import Invalid
from tenants import actions, sessions, totp
from tenants.backoffice.visitors import operator_at
from tenants.doors import door
from tenants.pages import with_retry_after
from tenants.types import OperatorInfo
from tenants.views.second_factor import FRESH_CODES
from tenants.wording import why_not_signed_in

HOME = "/admin/"
LOGIN = "/admin/login/"
HERE = "/admin/second/"
SET_UP = "/admin/protect/"


@require_http_methods(["GET", "POST"])
@door
def second(request: HttpRequest) -> HttpResponse:
    """Ask for the code of an app, or a recovery code, after a right password."""
    half = sessions.half_operator_of(request)
    if half is None:
        return HttpResponseRedirect(LOGIN)
    values: dict[str, object] = {"action": HERE, "back": LOGIN, "next": HERE, "no_trust": True}
    if request.method == "GET":
        return render(request, "entry/second.html", values)
    operator, target = half
    outcome = actions.prove_operator_by_code(
        operator=operator, code=request.POST.get("code", ""), address=client_address(request)
    )
    if outcome.operator is None:
        locked = outcome.locked_until
        values["problem"] = why_not_signed_in(locked, 0) if locked else actions.WrongCode().message
        status = HTTPStatus.TOO_MANY_REQUESTS if locked else HTTPStatus.FORBIDDEN
        return with_retry_after(render(request, "entry/second.html", values, status=status), locked)
    sessions.begin_operator(request, outcome.operator, second=True)
    return HttpResponseRedirect(target)


@require_http_methods(["GET", "POST"])
@door
def protect(request: HttpRequest) -> HttpResponse:
    """Set up an authenticator app; an operator who must have one sees nothing else before."""
    operator = _whoever(request)
    if operator is None:
        return HttpResponseRedirect(f"{LOGIN}?next={SET_UP}")
    if request.method == "GET":
        return _page(request, operator)
    try:
        fresh = actions.confirm_operator_authenticator(operator=operator, code=request.POST.get("code", ""))
    except Invalid as problem:
        return _page(request, operator, problem=problem.message, status=HTTPStatus.BAD_REQUEST)
    sessions.prove(request, second=True)
    if not fresh:
        return HttpResponseRedirect(HOME)
    request.session[FRESH_CODES] = fresh
    return HttpResponseRedirect(f"{SET_UP}codes/")


def _whoever(request: HttpRequest) -> OperatorInfo | None:
    """Return who may set it up: an operator who must, or one who has just proven themselves."""
    unprotected = sessions.unprotected_operator_of(request.session)
    if unprotected is not None:
        return unprotected
    return operator_at(request) if sessions.is_fresh(request.session) else None


def _page(request: HttpRequest, operator: OperatorInfo, *, status: int = 200, **values: object) -> HttpResponse:
    secret = actions.prepare_authenticator(user_id=operator.id)
    shown = {
        "action": SET_UP,
        "back": HOME,
        "leave": "/admin/logout/",
        "must": operator_at(request) is None,
        "picture": totp.picture(secret, operator.email, "Redress"),
        "secret": totp.spaced(secret),
        "next": SET_UP,
    }
    return render(request, "entry/protect.html", shown | values, status=status)


@require_GET
@door
def codes(request: HttpRequest) -> HttpResponse:
    """Show new recovery codes, this once."""
    fresh = request.session.pop(FRESH_CODES, None) if operator_at(request) else None
    if not fresh:
        return HttpResponseRedirect(HOME)
    return render(request, "entry/codes.html", {"codes": fresh, "text": "\n".join(fresh), "afterwards": HOME})
