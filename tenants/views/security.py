"""Settings > Security: what proves that somebody is who they say, and where they are signed in."""

from http import HTTPStatus
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST

from kernel.addresses import client_address
from kernel.errors import Invalid
from tenants import actions, queries, sessions
from tenants.devices import described
from tenants.enums import TwoFactorPolicy
from tenants.pacing import ask
from tenants.pages import actor_of, member_of, page, tenant_of

HERE = "/settings/security/"


@require_GET
@page()
def security(request: HttpRequest) -> HttpResponse:
    """Show e-mail, password and the browsers somebody is signed in with."""
    return _page(request)


def _page(request: HttpRequest, *, status: int = HTTPStatus.OK, **values: object) -> HttpResponse:
    devices = queries.devices_of(member_of(request).user_id, sessions.login_of(request.session))
    shown = {
        "page": "settings",
        "settings_page": "security",
        "has_app": queries.has_authenticator(member_of(request).user_id),
        "passkeys": queries.passkeys_of(member_of(request).user_id),
        "codes_left": queries.recovery_codes_left(member_of(request).user_id),
        "policies": TwoFactorPolicy.choices,
        "policy": queries.two_factor_policy(),
        "networks": "\n".join(tenant_of(request).admin_networks),
        "address": client_address(request),
        "may_rule": "team:write" in member_of(request).scopes,
        "devices": [(device, described(device.agent)) for device in devices],
    }
    return render(request, "settings/security.html", shown | values, status=status)


@require_POST
@page()
def change_email(request: HttpRequest) -> HttpResponse:
    """Mail a link to the e-mail somebody wants to sign in with; nothing changes before it is opened."""
    email = request.POST.get("email", "")
    ask("mail_to", str(member_of(request).user_id))
    if not actions.is_password_of(user_id=member_of(request).user_id, password=request.POST.get("current", "")):
        return _page(request, email=email, email_problem="current", status=HTTPStatus.BAD_REQUEST)
    try:
        actions.request_email_change(tenant=tenant_of(request), member=member_of(request), email=email)
    except Invalid:
        return _page(request, email=email, email_problem="email", status=HTTPStatus.BAD_REQUEST)
    return HttpResponseRedirect(f"{HERE}?sent=1")


@require_POST
@page()
def change_password(request: HttpRequest) -> HttpResponse:
    """Choose a new password; every other browser is signed out, this one goes on."""
    member = member_of(request)
    try:
        actions.choose_password(
            tenant=tenant_of(request),
            user_id=member.user_id,
            current=request.POST.get("current", ""),
            password=request.POST.get("password", ""),
        )
    except Invalid as problem:
        return _page(request, problems=problem.details, status=HTTPStatus.BAD_REQUEST)
    who = queries.session_member(tenant_of(request).id, member.user_id)
    if who is None:
        return HttpResponseRedirect("/login/")
    sessions.begin(request, tenant_of(request), who, second=who.has_second_factor)
    return HttpResponseRedirect(f"{HERE}?password=1")


@require_POST
@page(scope="team:write", fresh=True)
def set_networks(request: HttpRequest) -> HttpResponse:
    """Choose the networks this business is managed from."""
    given = request.POST.get("networks", "")
    try:
        actions.set_admin_networks(
            tenant_id=tenant_of(request).id, networks=given.splitlines(), address=client_address(request),
            actor=actor_of(request),
        )  # fmt: skip
    except Invalid as problem:
        said = problem.details.get("networks", [problem.message])[0]
        return _page(request, networks=given, networks_problem=said, status=HTTPStatus.BAD_REQUEST)
    return HttpResponseRedirect(f"{HERE}#networks")


@require_POST
@page()
def end_device(request: HttpRequest, login_id: UUID) -> HttpResponse:
    """Sign one browser out."""
    actions.end_login(user_id=member_of(request).user_id, login_id=login_id)
    return HttpResponseRedirect(f"{HERE}#devices")


@require_POST
@page()
def end_other_devices(request: HttpRequest) -> HttpResponse:
    """Sign every other browser out."""
    actions.end_other_logins(user_id=member_of(request).user_id, keep=sessions.login_of(request.session))
    return HttpResponseRedirect(f"{HERE}#devices")
