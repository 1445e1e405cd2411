"""Pages of people and tenants: signing in and out, language, profile, API keys, and the pages for when things fail."""

from datetime import datetime, time, timedelta
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID
from zoneinfo import available_timezones

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST
from django.views.decorators.vary import vary_on_cookie

from kernel import clocks
from kernel.addresses import client_address
from kernel.api import errors as api_errors
from kernel.errors import Invalid, NotFound
from tenants import actions, queries, sessions
from tenants.pages import actor_of, member_of, page, tenant_of, with_retry_after, within_site
from tenants.scopes import SCOPES
from tenants.security import content_security
from tenants.views.second_factor import come_in
from tenants.wording import why_not_signed_in

HOME = "/inbox/"
YEAR_S = 365 * 24 * 3600


@never_cache
def home(_request: HttpRequest) -> HttpResponse:
    """Lead from the bare address of a tenant to its inbox."""
    return HttpResponseRedirect(HOME)


@never_cache
@require_http_methods(["GET", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """Show the sign-in page of a tenant, or try to sign in; a wrong password says how many tries are left."""
    target = within_site(request, HOME)
    if request.method == "GET":
        if request.member is not None:  # type: ignore[attr-defined]  # MemberMiddleware
            return HttpResponseRedirect(target)
        return _sign_in_page(request, target)
    email = request.POST.get("email", "")
    outcome = actions.sign_in(
        tenant=tenant_of(request),
        email=email,
        password=request.POST.get("password", ""),
        address=client_address(request),
    )
    if outcome.member is None:
        status = HTTPStatus.TOO_MANY_REQUESTS if outcome.locked_until else HTTPStatus.FORBIDDEN
        problem = why_not_signed_in(outcome.locked_until, outcome.tries_left)
        response = _sign_in_page(request, target, email=email, problem=problem, status=status)
        return with_retry_after(response, outcome.locked_until)
    return come_in(request, outcome.member, target=target, keep="keep" in request.POST)


def _sign_in_page(
    request: HttpRequest, target: str, *, email: str = "", problem: str = "", status: int = HTTPStatus.OK
) -> HttpResponse:
    values = {"next": target, "email": email, "problem": problem, "host": request.get_host().partition(":")[0]}
    return render(request, "login.html", values, status=status)


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session."""
    if request.member is not None:  # type: ignore[attr-defined]  # MemberMiddleware
        actions.sign_out(tenant=tenant_of(request), member=member_of(request))
        sessions.end(request)
    return HttpResponseRedirect("/login/")


@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Choose the language of this browser, and of the person when somebody is signed in."""
    chosen = request.POST.get("language", "")
    response = HttpResponseRedirect(within_site(request, HOME))
    if chosen in dict(settings.LANGUAGES):
        _remember_language(response, chosen)
        if request.member is not None:  # type: ignore[attr-defined]  # MemberMiddleware
            actions.update_person(user_id=member_of(request).user_id, changes={"language": chosen})
    return response


def _remember_language(response: HttpResponse, chosen: str) -> None:
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        chosen,
        max_age=YEAR_S,
        secure=settings.HTTPS,
        samesite="Lax",
    )


def _any_tenant() -> str:
    """Return the origins of all tenants as a content security policy names them."""
    base = urlsplit(settings.BASE_URL)
    return f"{base.scheme}://*.{base.netloc}"


@content_security(form_action=(_any_tenant(),))  # the form's answer leads there
@never_cache
@vary_on_cookie
@require_http_methods(["GET", "POST"])
def find_tenant(request: HttpRequest) -> HttpResponse:
    """Lead from the public site to the sign-in page of somebody's business."""
    slug = request.POST.get("slug", "").strip().lower()
    if request.method == "POST":
        tenant = queries.tenant_by_slug(slug) if slug.isascii() and slug.isprintable() else None
        if tenant is not None:
            base = urlsplit(settings.BASE_URL)
            return HttpResponseRedirect(base._replace(netloc=f"{tenant.slug}.{base.netloc}", path="/login/").geturl())
    problem = _("There is no business at this address.") if request.method == "POST" else ""
    values = {"slug": slug, "problem": problem, "base_host": settings.BASE_HOST, "next": "/"}
    return render(request, "welcome.html", values, status=HTTPStatus.NOT_FOUND if problem else HTTPStatus.OK)


@require_http_methods(["GET", "POST"])
@page()
def profile(request: HttpRequest) -> HttpResponse:
    """Show and change what a person decides for themselves: name, language, time zone, look, keys."""
    values: dict[str, Any] = {"page": "settings", "settings_page": "profile", "zones": sorted(available_timezones())}
    values["languages"] = settings.LANGUAGES
    if request.method == "GET":
        return render(request, "settings/profile.html", values)
    changes = {name: request.POST.get(name, "") for name in ("name", "language", "time_zone")}
    try:
        actions.update_person(user_id=member_of(request).user_id, changes=changes)
    except Invalid as problem:
        values |= {"problems": problem.details, "given": changes}
        return render(request, "settings/profile.html", values, status=HTTPStatus.BAD_REQUEST)
    response = HttpResponseRedirect("/settings/?saved=1")
    _remember_language(response, changes["language"])
    return response


@require_http_methods(["GET"])
@page(scope="api-keys:read")
def keys(request: HttpRequest) -> HttpResponse:
    """List the API keys, newest first; a key itself is never shown again."""
    return _keys_page(request)


@require_POST
@page(scope="api-keys:write", fresh=True)
def create_key(request: HttpRequest) -> HttpResponse:
    """Make an API key and show it, this once."""
    scopes = request.POST.getlist("scopes")
    given = {name: request.POST.get(name, "") for name in ("name", "expires_on", "allowed_ips")}
    try:
        made = actions.create_api_key(
            name=given["name"],
            scopes=scopes,
            expires_at=_end_of(given["expires_on"]),
            allowed_ips=given["allowed_ips"].split(),
            actor=actor_of(request),
            grantable=member_of(request).scopes,
            created_by=member_of(request).id,
        )
    except Invalid as problem:
        return _keys_page(request, problem=problem, given=given, chosen=scopes, status=HTTPStatus.BAD_REQUEST)
    return _keys_page(request, made=made.key)


def _end_of(raw: str) -> datetime | None:
    """Return the end of a day in the reader's time zone, None for no day. Raises Invalid."""
    try:
        day = parse_date(raw) if raw else None
    except ValueError:
        day = None
    if raw and day is None:
        raise Invalid(_("This is no day."), details={"expires_on": [_("Write it as 2027-01-31.")]})
    return timezone.make_aware(datetime.combine(day + timedelta(days=1), time.min)) if day else None


@require_POST
@page(scope="api-keys:write")
def revoke_key(request: HttpRequest, key_id: UUID) -> HttpResponse:
    """Make an API key useless for ever."""
    actions.revoke_api_key(key_id=key_id, actor=actor_of(request))
    return HttpResponseRedirect("/settings/keys/")


def _keys_page(request: HttpRequest, *, status: int = HTTPStatus.OK, **values: object) -> HttpResponse:
    member = member_of(request)
    rows = queries.api_keys().order_by("-created_at", "-id")
    shown = {
        "page": "settings",
        "settings_page": "keys",
        "keys": rows,
        "now": clocks.now(),
        "scopes": sorted(SCOPES & member.scopes),
        "can_write": "api-keys:write" in member.scopes,
    }
    return render(request, "settings/keys.html", shown | values, status=status)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponseBase:
    """Answer an address that does not exist (`handler404`)."""
    if api_errors.is_api(request):
        return api_errors.not_found(request, exception)
    return _error_page(request, _("There is nothing at this address."), NotFound.status)


def permission_denied(request: HttpRequest, exception: Exception | None = None) -> HttpResponseBase:  # noqa: ARG001 - Django's signature
    """Answer what somebody may not do (`handler403`)."""
    return _error_page(request, _("You may not do this."), HTTPStatus.FORBIDDEN)


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponseBase:  # noqa: ARG001 - Django's signature
    """Answer a form without a valid token (`CSRF_FAILURE_VIEW`): mostly an old page after signing in again."""
    return _error_page(request, _("This page is too old. Load it again and repeat."), HTTPStatus.FORBIDDEN)


def server_error(request: HttpRequest) -> HttpResponseBase:
    """Answer a failure (`handler500`), without a word about why and without the database."""
    if api_errors.is_api(request):
        return api_errors.server_error(request)
    return _error_page(request, _("Something failed on our side. It has been recorded."), 500)


def _error_page(request: HttpRequest, sentence: str, status: int) -> HttpResponse:
    if "HX-Request" in request.headers:
        return HttpResponse(sentence, status=status, content_type="text/plain; charset=utf-8")
    return render(request, "errors/page.html", {"sentence": sentence}, status=status)
