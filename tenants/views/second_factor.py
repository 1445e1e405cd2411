"""Pages of the second factor: asked for at sign-in, set up, proven again, taken away."""

import json
from http import HTTPStatus
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from webauthn import generate_authentication_options, generate_registration_options, options_to_json
from webauthn.helpers import base64url_to_bytes
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from kernel import clocks
from kernel.addresses import client_address
from kernel.errors import Invalid
from tenants import actions, queries, sessions, totp
from tenants.doors import door
from tenants.pacing import ask
from tenants.pages import actor_of, member_of, page, tenant_of, with_retry_after, within_site
from tenants.types import Asker, MemberInfo, SessionMember, SignIn
from tenants.wording import why_not_signed_in

HOME = "/inbox/"
HERE = "/settings/security/"
TRUSTED_COOKIE = "redress_trusted"
CHALLENGE, FRESH_CODES, AFTERWARDS = "challenge", "fresh_codes", "afterwards"
MANAGES = "team:write"
"""The scope of those who decide who needs a second factor."""


def come_in(request: HttpRequest, who: SessionMember, *, target: str, keep: bool) -> HttpResponse:
    """Begin the session of somebody whose password, or ticket, was right; who has a second factor is asked for it."""
    token = request.COOKIES.get(TRUSTED_COOKIE, "")
    if not who.has_second_factor:
        sessions.begin(request, tenant_of(request), who, keep=keep)
        if who.must_have_second_factor:
            request.session[AFTERWARDS] = target
        return HttpResponseRedirect(target)
    if actions.is_trusted(user_id=who.member.user_id, token=token):
        return _signed_in(request, who.member.user_id, target=target, keep=keep)
    sessions.begin_half(request, tenant_of(request), who, target=target, keep=keep)
    return HttpResponseRedirect("/login/second/")


def _signed_in(request: HttpRequest, user_id: UUID, *, target: str, keep: bool) -> HttpResponse:
    outcome = actions.finish_sign_in(tenant=tenant_of(request), user_id=user_id, now=clocks.now())
    if outcome.member is None:
        return HttpResponseRedirect("/login/")
    sessions.begin(request, tenant_of(request), outcome.member, keep=keep, second=True)
    return HttpResponseRedirect(target)


@require_http_methods(["GET", "POST"])
@door
def second(request: HttpRequest) -> HttpResponse:
    """Ask for the code of an app, or a recovery code, after a right password."""
    half = sessions.half_of(request, tenant_of(request))
    if half is None:
        return HttpResponseRedirect("/login/")
    if request.method == "GET":
        return _second_page(request, half.user_id)
    outcome = actions.prove_by_code(
        tenant=tenant_of(request),
        user_id=half.user_id,
        code=request.POST.get("code", ""),
        address=client_address(request),
    )
    if outcome.member is None:
        return _second_page(request, half.user_id, outcome)
    sessions.begin(request, tenant_of(request), outcome.member, keep=half.keep, second=True)
    response = HttpResponseRedirect(half.target)
    if "trust" in request.POST:
        _remember(response, actions.trust_browser(user_id=half.user_id))
    return response


def _second_page(request: HttpRequest, user_id: UUID, outcome: SignIn | None = None) -> HttpResponse:
    values: dict[str, object] = {"action": "/login/second/", "back": "/login/", "next": "/login/second/"}
    values["has_passkeys"] = queries.passkeys_of(user_id).exists()
    if outcome is None:
        return render(request, "entry/second.html", values)
    values["problem"] = why_not_proven(outcome)
    status = HTTPStatus.TOO_MANY_REQUESTS if outcome.locked_until else HTTPStatus.FORBIDDEN
    return with_retry_after(render(request, "entry/second.html", values, status=status), outcome.locked_until)


def why_not_proven(outcome: SignIn) -> str:
    """Return the sentence for a wrong code."""
    if outcome.locked_until is not None:
        return why_not_signed_in(outcome.locked_until, outcome.tries_left)
    return str(actions.WrongCode().message)


def _remember(response: HttpResponse, token: str) -> None:
    response.set_cookie(
        TRUSTED_COOKIE, token, max_age=30 * 24 * 3600, secure=settings.HTTPS, httponly=True, samesite="Lax"
    )  # fmt: skip


# --- setting up ---------------------------------------------------------------------------------


def _whoever(request: HttpRequest) -> MemberInfo | None:
    """Return who may set up a second factor: a member who has just proven themselves, or one who must set one up."""
    unprotected: SessionMember | None = request.unprotected  # type: ignore[attr-defined]  # MemberMiddleware
    if unprotected is not None:
        return unprotected.member
    member: MemberInfo | None = request.member  # type: ignore[attr-defined]  # MemberMiddleware
    return member if member is not None and sessions.is_fresh(request.session) else None


@require_http_methods(["GET", "POST"])
@door
def protect(request: HttpRequest) -> HttpResponse:
    """Set up an authenticator app, or offer a passkey; those who must have one see nothing else before."""
    member = _whoever(request)
    if member is None:
        return HttpResponseRedirect("/prove/?next=/protect/")
    if request.method == "GET":
        return _protect_page(request, member)
    try:
        codes = actions.confirm_authenticator(
            tenant=tenant_of(request), member=member, code=request.POST.get("code", "")
        )  # fmt: skip
    except Invalid as problem:
        return _protect_page(request, member, problem=problem.message, status=HTTPStatus.BAD_REQUEST)
    return HttpResponseRedirect(_protected(request, codes))


def _protect_page(request: HttpRequest, member: MemberInfo, *, status: int = 200, **values: object) -> HttpResponse:
    secret = actions.prepare_authenticator(user_id=member.user_id)
    shown = {
        "action": "/protect/",
        "back": HERE,
        "leave": "/logout/",
        "passkeys": True,
        "picture": totp.picture(secret, member.email, tenant_of(request).name),
        "secret": totp.spaced(secret),
        "must": request.member is None,  # type: ignore[attr-defined]  # MemberMiddleware
        "next": "/protect/",
    }
    return render(request, "entry/protect.html", shown | values, status=status)


def _protected(request: HttpRequest, codes: list[str]) -> str:
    """Let the session at hand go on with its new second factor, and return where to go."""
    sessions.prove(request, second=True)
    if not codes:
        return HERE
    request.session[FRESH_CODES] = codes
    return "/protect/codes/"


@require_GET
@page()
def codes(request: HttpRequest) -> HttpResponse:
    """Show new recovery codes, this once."""
    fresh = request.session.pop(FRESH_CODES, None)
    if not fresh:
        return HttpResponseRedirect(HERE)
    afterwards = request.session.pop(AFTERWARDS, HOME)
    return render(request, "entry/codes.html", {"codes": fresh, "text": "\n".join(fresh), "afterwards": afterwards})


# --- proving again ------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
@door
def prove(request: HttpRequest) -> HttpResponse:
    """Ask who is signed in to prove it again, with the password and the second factor they have."""
    member: MemberInfo | None = request.member  # type: ignore[attr-defined]  # MemberMiddleware
    if member is None:
        return HttpResponseRedirect("/login/")
    target = within_site(request, HERE)
    values = {"target": target, "needs_code": queries.has_authenticator(member.user_id), "next": request.path}
    values["has_passkeys"] = queries.passkeys_of(member.user_id).exists()
    if request.method == "GET":
        return render(request, "entry/prove.html", values)
    outcome = actions.prove_again(
        tenant=tenant_of(request), member=member, address=client_address(request),
        password=request.POST.get("password", ""), code=request.POST.get("code", ""),
    )  # fmt: skip
    if outcome.member is None:
        values["problem"] = why_not_proven(outcome) if outcome.locked_until else actions.NotProven().message
        status = HTTPStatus.TOO_MANY_REQUESTS if outcome.locked_until else HTTPStatus.FORBIDDEN
        return with_retry_after(render(request, "entry/prove.html", values, status=status), outcome.locked_until)
    sessions.prove(request)
    return HttpResponseRedirect(target)


# --- on the security page -----------------------------------------------------------------------


@require_POST
@page(fresh=True)
def remove_app(request: HttpRequest) -> HttpResponse:
    """Let the authenticator app prove nothing any more."""
    actions.remove_authenticator(tenant=tenant_of(request), member=member_of(request))
    return HttpResponseRedirect(HERE)


@require_POST
@page(fresh=True)
def remove_passkey(request: HttpRequest, passkey_id: UUID) -> HttpResponse:
    """Let a passkey open nothing any more."""
    actions.remove_passkey(tenant=tenant_of(request), member=member_of(request), passkey_id=passkey_id)
    return HttpResponseRedirect(HERE)


@require_POST
@page(fresh=True)
def renew_codes(request: HttpRequest) -> HttpResponse:
    """Make new recovery codes and show them once."""
    request.session[FRESH_CODES] = actions.renew_recovery_codes(user_id=member_of(request).user_id)
    return HttpResponseRedirect("/protect/codes/")


@require_POST
@page(scope=MANAGES, fresh=True)
def set_policy(request: HttpRequest) -> HttpResponse:
    """Decide who needs a second factor here."""
    actions.set_two_factor_policy(
        tenant_id=tenant_of(request).id, policy=request.POST.get("policy", ""), actor=actor_of(request)
    )
    return HttpResponseRedirect(f"{HERE}#rule")


# --- passkeys -----------------------------------------------------------------------------------


def rp_id_for(request: HttpRequest) -> str:
    """Return the host passkeys are made for: the installation's, so that one serves every tenant below it.

    A single word (`localhost`) has nothing below it as browsers see it, and a tenant's own domain stands alone: there
    the host itself.
    """
    host = urlsplit(f"//{request.get_host()}").hostname or ""
    base: str = settings.BASE_HOST
    return base if "." in base and (host == base or host.endswith(f".{base}")) else host


def _asker(request: HttpRequest) -> Asker:
    """Return what the device's answer must name; the challenge is used up."""
    challenge = request.session.pop(CHALLENGE, "")
    if not challenge:
        raise actions.BadPasskey
    origin = f"{request.scheme}://{request.get_host()}"
    return Asker(rp_id=rp_id_for(request), origin=origin, challenge=base64url_to_bytes(challenge))


def _options(request: HttpRequest, made: str) -> HttpResponse:
    options = json.loads(made)
    request.session[CHALLENGE] = options["challenge"]
    return JsonResponse(options)


@require_POST
@door
def passkey_options(request: HttpRequest) -> HttpResponse:
    """Return what a device needs to prove somebody; nobody has to say who they are first."""
    ask("passkey", client_address(request))
    made = generate_authentication_options(
        rp_id=rp_id_for(request), user_verification=UserVerificationRequirement.REQUIRED
    )
    return _options(request, options_to_json(made))


@require_POST
@door
def enter_by_passkey(request: HttpRequest) -> HttpResponse:
    """Sign in by a passkey, without a password or in place of a code; or prove again who is signed in."""
    ask("passkey", client_address(request))
    asker, answer = _asker(request), request.POST.get("answer", "")
    member: MemberInfo | None = request.member  # type: ignore[attr-defined]  # MemberMiddleware
    if member is not None:
        if actions.prove_by_passkey(answer=answer, asker=asker, now=clocks.now()) != member.user_id:
            raise actions.BadPasskey
        sessions.prove(request, second=True)
        return JsonResponse({"next": within_site(request, HERE)})
    half = sessions.half_of(request, tenant_of(request))
    outcome = actions.sign_in_by_passkey(tenant=tenant_of(request), answer=answer, asker=asker)
    if outcome.member is None or (half and half.user_id != outcome.member.member.user_id):
        raise actions.BadPasskey
    sessions.begin(request, tenant_of(request), outcome.member, second=True)
    return JsonResponse({"next": half.target if half else within_site(request, HOME)})


@require_POST
@door
def new_passkey_options(request: HttpRequest) -> HttpResponse:
    """Return what a device needs to make a passkey."""
    member = _whoever(request)
    if member is None:
        raise actions.NotProven
    made = generate_registration_options(
        rp_id=rp_id_for(request),
        rp_name=tenant_of(request).name,
        user_id=member.user_id.bytes,
        user_name=member.email,
        user_display_name=member.name,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
        exclude_credentials=[
            PublicKeyCredentialDescriptor(id=bytes(row.credential_id)) for row in queries.passkeys_of(member.user_id)
        ],
    )
    return _options(request, options_to_json(made))


@require_POST
@door
def add_passkey(request: HttpRequest) -> HttpResponse:
    """Keep the passkey a device has just made."""
    member = _whoever(request)
    if member is None:
        raise actions.NotProven
    codes = actions.add_passkey(
        tenant=tenant_of(request),
        member=member,
        answer=request.POST.get("answer", ""),
        asker=_asker(request),
        name=request.POST.get("name", ""),
    )
    return JsonResponse({"next": _protected(request, codes)})
