"""What every page has in common: who may see it, in which time zone it is drawn, and how a refusal reads."""

import math
from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Concatenate, ParamSpec, cast
from urllib.parse import urlencode, urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from kernel import clocks
from kernel.actors import Actor, ActorKind
from kernel.errors import Conflict, Forbidden, Refusal
from kernel.rows import Row
from tenants import sessions, terms
from tenants.scopes import MANAGING, ROLE_SCOPES
from tenants.types import MemberInfo, TenantInfo

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]

PLAIN = "text/plain; charset=utf-8"
NOT_SIGNED_IN, FORBIDDEN = 401, 403


def page(*, scope: str = "", asks_terms: bool = True, fresh: bool = False) -> Callable[[View[P]], View[P]]:
    """Let only signed-in members in who have `scope`, draw in their time zone, and answer refusals with a sentence.

    A partial (a request of htmx or of our scripts) gets plain text with the refusal's status, so that the page can
    say it beside the control; a whole page gets an error page. Strangers are sent to sign in. `fresh` asks those to
    prove themselves again who did so more than ten minutes ago.
    """

    def decorate(view: View[P]) -> View[P]:
        @wraps(view)
        def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            member: MemberInfo | None = request.member  # type: ignore[attr-defined]  # MemberMiddleware
            if member is None:
                return _ask_to_sign_in(request)
            if fresh and not sessions.is_fresh(request.session):
                return _ask_to_prove(request)
            if asks_terms and needs_terms(request):
                return _ask_for_terms(request)
            with timezone.override(zone_of(member)):
                try:
                    _require(scope, member)
                    response = view(request, *args, **kwargs)
                except Refusal as refusal:
                    response = refused(request, refusal)
            return _uncached(request, response)

        return cast("View[P]", guarded)

    return decorate


def _require(scope: str, member: MemberInfo) -> None:
    if scope in MANAGING & ROLE_SCOPES[member.role] - member.scopes:
        raise Forbidden(_("This page opens only from the networks your business has chosen."))
    if scope and scope not in member.scopes:
        raise Forbidden(_("You may not do this."))


def needs_terms(request: HttpRequest) -> bool:
    """Tell whether who is signed in accepted terms once, but not the newest."""
    accepted: str = getattr(request, "terms_version", "")
    return accepted not in {"", terms.CURRENT}


def _ask_for_terms(request: HttpRequest) -> HttpResponse:
    if is_partial(request):
        return HttpResponse(_("The terms have changed. Load the page again."), status=FORBIDDEN, content_type=PLAIN)
    return HttpResponseRedirect("/terms/accept/")


def _ask_to_prove(request: HttpRequest) -> HttpResponse:
    if is_partial(request):
        return HttpResponse(_("Please confirm that it is you first."), status=FORBIDDEN, content_type=PLAIN)
    came_from = urlsplit(request.headers.get("Referer", "")).path
    where = request.get_full_path() if request.method == "GET" else came_from or "/settings/security/"
    return HttpResponseRedirect(f"/prove/?{urlencode({'next': where})}")


def _ask_to_sign_in(request: HttpRequest) -> HttpResponse:
    if getattr(request, "unprotected", None) is not None and not is_partial(request):
        return HttpResponseRedirect("/protect/")
    if is_partial(request):
        return HttpResponse(_("Please sign in again."), status=NOT_SIGNED_IN, content_type=PLAIN)
    where = request.get_full_path() if request.method == "GET" else "/inbox/"
    return HttpResponseRedirect(f"/login/?{urlencode({'next': where})}")


def refused(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """Return a refusal as the asker can show it."""
    if is_partial(request):
        return HttpResponse(str(refusal.message), status=refusal.status, content_type=PLAIN)
    return render(request, "errors/page.html", {"sentence": str(refusal.message)}, status=refusal.status)


def _uncached(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """One address answers with a page or a part of it, so no cache may mix them up."""
    response.headers.setdefault("Cache-Control", "no-store" if is_partial(request) else "private, no-cache")
    response.headers["Vary"] = "HX-Request, Cookie, Accept-Language"
    return response


def with_retry_after(response: HttpResponse, moment: datetime | None) -> HttpResponse:
    """Return an answer that says when to try again, when that is known."""
    if moment is not None:
        response.headers["Retry-After"] = str(max(1, math.ceil((moment - clocks.now()).total_seconds())))
    return response


def member_of(request: HttpRequest) -> MemberInfo:
    """Return who is signed in; only inside a `page`."""
    member: MemberInfo = request.member  # type: ignore[attr-defined]  # MemberMiddleware
    return member


def tenant_of(request: HttpRequest) -> TenantInfo:
    """Return the tenant of the request, the public site included."""
    tenant: TenantInfo = request.tenant  # type: ignore[attr-defined]  # TenantMiddleware
    return tenant


def actor_of(request: HttpRequest) -> Actor:
    """Return who acts, as events keep it; only inside a `page`."""
    member = member_of(request)
    if member.operator_id is not None:
        return Actor(ActorKind.OPERATOR, str(member.operator_id))
    return Actor(ActorKind.MEMBER, str(member.id))


def zone_of(member: MemberInfo) -> ZoneInfo:
    """Return a member's time zone, UTC when this machine does not know it."""
    try:
        return ZoneInfo(member.time_zone)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


def is_partial(request: HttpRequest) -> bool:
    """Tell whether a script asks for a part of a page; going back in history asks for the whole."""
    return "HX-Request" in request.headers and "HX-History-Restore-Request" not in request.headers


def within_site(request: HttpRequest, home: str) -> str:
    """Return where `next` leads, only to addresses of this very host; else `home`."""
    target = request.POST.get("next") or request.GET.get("next") or home
    safe = url_has_allowed_host_and_scheme(target, allowed_hosts=None, require_https=request.is_secure())
    return target if safe and target.startswith("/") else home


def done(request: HttpRequest, target: str, sentence: str, act: Callable[[], object]) -> HttpResponse:
    """Do what a button of a settings page asks, and go back there: with `sentence`, or with the refusal's own."""
    try:
        act()
    except Refusal as refusal:
        details = [str(one) for sentences in refusal.details.values() for one in sentences]
        messages.error(request, " ".join([str(refusal.message), *details]))
    else:
        messages.success(request, sentence)
    return HttpResponseRedirect(target)


def version_of(row: Row) -> str:
    """Return what a form carries to say which state of a row it was drawn from."""
    return row.updated_at.isoformat()


def same_version(request: HttpRequest, row: Row) -> None:
    """Refuse a form that was drawn from an older state of a row, which the caller holds locked. Raises Conflict."""
    if request.POST.get("version") != version_of(row):
        raise Conflict(_("Somebody else has changed this meanwhile. Look at what is there now, then try again."))
