"""From a request to its tenant and its member, before anything else looks at it."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any, TypeVar, cast

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.urls import Resolver404, resolve, set_urlconf
from django.utils import translation
from django.utils.translation import gettext as _

from kernel.addresses import client_address, within
from kernel.api.errors import answer, is_api
from kernel.api.refusals import TenantClosing, TenantRequired, TenantSuspended
from kernel.errors import Forbidden, Invalid, NotFound
from kernel.tenancy import tenant_context
from tenants import sessions
from tenants.enums import TenantStatus
from tenants.pages import refused
from tenants.queries import tenant_by_host, tenant_by_slug
from tenants.scopes import MANAGING
from tenants.types import PUBLIC_SITE, MemberInfo, OperatorInfo, TenantInfo

GetResponse = Callable[[HttpRequest], HttpResponseBase]
R = TypeVar("R")

TENANT_HEADER = "X-Tenant-ID"
READING = frozenset({"GET", "HEAD", "OPTIONS"})
ALWAYS_OPEN = frozenset(
    {"/login/", "/login/second/", "/passkeys/options/", "/passkeys/enter/", "/logout/", "/language/"}
)
"""Pages that write and still answer for a closing tenant: its people may come in and read."""


LOOKER_MAY_POST = frozenset({"/impersonation/stop/"})
OWN_AFFAIRS = ("/settings/security", "/terms/accept", "/api/v1/ws-tickets")
"""What a person keeps to themselves when an operator looks with their eyes."""


class TenantMiddleware:
    """Finds the tenant of a request by its host, on the API also by `X-Tenant-ID`, and works in its schema.

    Sets `request.tenant`. A host nobody has, and a tenant that is closed, are 404. The schema before is restored at
    the end; a streaming answer gets its tenant's schema for each of its pieces.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer in the tenant's schema, or say why there is no answer."""
        tenant = tenant_of(request)
        if tenant is None or tenant.status == TenantStatus.CLOSED:
            return _in_their_language(request, _nothing_here)
        request.tenant = tenant  # type: ignore[attr-defined]  # what this middleware is for
        request.urlconf = settings.PUBLIC_SCHEMA_URLCONF if tenant.is_public else settings.ROOT_URLCONF
        set_urlconf(request.urlconf)
        refusal = _in_their_language(request, _refusal)
        if refusal is not None:
            return refusal
        with tenant_context(tenant.schema_name):
            response = self.get_response(request)
        if isinstance(response, StreamingHttpResponse) and not response.is_async:
            response.streaming_content = _pieces(tenant.schema_name, cast("Iterable[Any]", response.streaming_content))
        return response


def _in_their_language(request: HttpRequest, say: Callable[[HttpRequest], R]) -> R:
    """Answer before the language is known to anybody else: without this it would be the last request's."""
    with translation.override(translation.get_language_from_request(request)):
        return say(request)


def _pieces(schema: str, content: Iterable[Any]) -> Iterator[Any]:
    pieces = iter(content)
    while True:
        with tenant_context(schema):
            try:
                piece = next(pieces)
            except StopIteration:
                return
        yield piece


def tenant_of(request: HttpRequest) -> TenantInfo | None:
    """Return whose request this is, by its host and on the API by `X-Tenant-ID`; None for nobody's."""
    try:
        host = request.get_host()
    except DisallowedHost:
        return None
    name = host.lower().rpartition(":")[0] if _has_port(host) else host.lower()
    name = name.removesuffix(".")
    known = PUBLIC_SITE if name == settings.BASE_HOST else tenant_by_host(name)
    named = request.headers.get(TENANT_HEADER)
    if known is not None and named is not None and is_api(request):
        return tenant_by_slug(named) if named.isascii() and named.isprintable() else None
    return known


def _has_port(host: str) -> bool:
    return ":" in host and not host.endswith("]")


def _refusal(request: HttpRequest) -> HttpResponse | None:
    tenant: TenantInfo = request.tenant  # type: ignore[attr-defined]  # set just now
    if tenant.is_public:
        return answer(TenantRequired()) if is_api(request) and _needs_tenant(request) else None
    if tenant.status == TenantStatus.SUSPENDED:
        return answer(TenantSuspended()) if is_api(request) else _notice(request, _("This account is suspended."))
    if tenant.status == TenantStatus.CLOSING and request.method not in READING and request.path not in ALWAYS_OPEN:
        sentence = _("This account is being closed. Nothing can be changed any more.")
        return answer(TenantClosing()) if is_api(request) else _notice(request, sentence)
    return None


def _needs_tenant(request: HttpRequest) -> bool:
    """Tell whether an address of the API exists only for tenants."""
    return not _resolves(request.path_info, settings.PUBLIC_SCHEMA_URLCONF) and _resolves(
        request.path_info, settings.ROOT_URLCONF
    )


def _resolves(path: str, urlconf: str) -> bool:
    try:
        resolve(path, urlconf)
    except Resolver404:
        return False
    return True


def _notice(request: HttpRequest, sentence: str) -> HttpResponse:
    return render(request, "errors/tenant.html", {"sentence": sentence}, status=TenantSuspended.status)


def _nothing_here(request: HttpRequest) -> HttpResponse:
    if is_api(request):
        return answer(NotFound(_("There is no such tenant.")))
    return HttpResponse(_("There is nothing at this address."), status=404, content_type="text/plain; charset=utf-8")


def _within_reach(request: HttpRequest, member: MemberInfo) -> MemberInfo:
    """Return the member without the scopes of managing when they come from outside the tenant's own networks."""
    networks = request.tenant.admin_networks  # type: ignore[attr-defined]  # TenantMiddleware
    if not networks or within(client_address(request), networks):
        return member
    return replace(member, scopes=member.scopes - MANAGING)


class MemberMiddleware:
    """Finds the member a session speaks for in this tenant: `request.member`, None for nobody.

    Somebody who has to set up a second factor first is `request.unprotected` instead.

    On the public site it finds the operator instead: `request.operator`.

    A request without the session cookie opens no session. Who has never chosen a language reads the one of their
    account.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Put the member on the request."""
        request.member = request.operator = None  # type: ignore[attr-defined]  # what this middleware is for
        request.unprotected = None  # type: ignore[attr-defined]  # see above
        if settings.SESSION_COOKIE_NAME in request.COOKIES:
            request.member = self._member(request)  # type: ignore[attr-defined]  # see above
            request.operator = self._operator(request)  # type: ignore[attr-defined]  # see above
        if _is_looking(request) and not _may_look_at(request):
            return _only_looking(request)
        return self.get_response(request)

    def _member(self, request: HttpRequest) -> MemberInfo | None:
        who = sessions.member_of(request.session, request.tenant)  # type: ignore[attr-defined]  # TenantMiddleware
        if who is None:
            request.unprotected = sessions.unprotected_of(request.session, request.tenant)  # type: ignore[attr-defined]
            return None
        request.terms_version = who.terms_version  # type: ignore[attr-defined]  # see above
        request.COOKIES.setdefault(settings.LANGUAGE_COOKIE_NAME, who.member.language)
        return _within_reach(request, who.member)

    def _operator(self, request: HttpRequest) -> OperatorInfo | None:
        if not request.tenant.is_public:  # type: ignore[attr-defined]  # TenantMiddleware
            return None
        operator = sessions.operator_of(request.session)
        if operator is not None:
            request.COOKIES.setdefault(settings.LANGUAGE_COOKIE_NAME, operator.language)
        return operator


def _is_looking(request: HttpRequest) -> bool:
    """Tell whether an operator is here with a member's eyes."""
    member: MemberInfo | None = request.member  # type: ignore[attr-defined]  # set just now
    return member is not None and member.operator_id is not None


def _may_look_at(request: HttpRequest) -> bool:
    """Tell whether this reads, and is nobody's own affair: whatever else the scopes may say."""
    reads = request.method in READING or request.path in LOOKER_MAY_POST
    return reads and not request.path.startswith(OWN_AFFAIRS)


def _only_looking(request: HttpRequest) -> HttpResponse:
    sentence = _("You are only looking: nothing can be changed, and personal pages stay closed.")
    if is_api(request):
        return answer(Forbidden(sentence))
    if "HX-Request" in request.headers:
        return HttpResponse(sentence, status=Forbidden.status, content_type="text/plain; charset=utf-8")
    return render(request, "errors/page.html", {"sentence": sentence}, status=Forbidden.status)


class PlainTextMiddleware:
    """Refuses pages' forms and addresses that hold the character NUL: no person types it, and PostgreSQL keeps none.

    The API says the same of its bodies and parameters by itself.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer, or refuse."""
        if not is_api(request) and any("\0" in text for text in _texts(request)):
            return refused(request, Invalid(_("Text must not contain the character U+0000.")))
        return self.get_response(request)


def _texts(request: HttpRequest) -> Iterator[str]:
    for given in (request.GET, request.POST):
        for name, values in given.lists():
            yield name
            yield from values
