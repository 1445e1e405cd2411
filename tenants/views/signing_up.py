"""Pages of the public site: starting a business, proving the e-mail, the terms."""

from http import HTTPStatus
from zoneinfo import available_timezones

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kernel.addresses import client_address
from kernel.errors import Invalid
from tenants import actions, terms
from tenants.addresses import any_tenant, tenant_url
from tenants.doors import door
from tenants.pacing import ask
from tenants.security import content_security
from tenants.types import SignUp

TRAP = "website"
"""A field people do not see; programs that fill in everything fill it in."""
FIELDS = ("business", "slug", "name", "email", "time_zone")
SENT = "/signup/sent/"
DEFAULT_ZONE = "America/New_York"


@require_http_methods(["GET", "POST"])
@door
def sign_up(request: HttpRequest) -> HttpResponse:
    """Show the form that starts a business, or take it; the answer is the same for known and unknown e-mails."""
    if request.method == "GET":
        return _form(request, {"time_zone": DEFAULT_ZONE})
    if request.POST.get(TRAP):
        return HttpResponseRedirect(SENT)
    address = client_address(request)
    ask("sign_up", address)
    given = {name: request.POST.get(name, "").strip() for name in FIELDS}
    form = SignUp(
        **given,
        password=request.POST.get("password", ""),
        language=get_language() or "en",
        accepts_terms="terms" in request.POST,
    )
    try:
        actions.request_sign_up(form, address=address)
    except Invalid as problem:
        return _form(request, given, problems=problem.details, status=HTTPStatus.BAD_REQUEST)
    return HttpResponseRedirect(SENT)


def _form(
    request: HttpRequest, given: dict[str, str], *, status: int = HTTPStatus.OK, **values: object
) -> HttpResponse:
    shown = {
        "given": given,
        "trap": TRAP,
        "zones": sorted(available_timezones()),
        "base_host": settings.BASE_HOST,
        "next": "/signup/",
    }
    return render(request, "entry/sign_up.html", shown | values, status=status)


@require_GET
@door
def address_hint(request: HttpRequest) -> HttpResponse:
    """Suggest an address for a business's name, or say whether the one typed is free; a part of the form."""
    ask("sign_up_check", client_address(request))
    slug = request.GET.get("slug", "").strip().lower()
    if "business" in request.GET:
        slug = actions.suggest_slug(request.GET["business"])
    problem = actions.slug_problem(slug) if slug else None
    values = {
        "given": {"slug": slug},
        "problems": {"slug": [problem]} if problem else {},
        "is_free": slug and not problem,
    }
    return render(request, "entry/_address.html", values | {"base_host": settings.BASE_HOST})


@require_GET
@door
def sent(request: HttpRequest) -> HttpResponse:
    """Say that a mail is on its way, to everybody who asks."""
    return render(request, "entry/sent.html", {"next": SENT, "again": "again" in request.GET})


@require_POST
@door
def resend(request: HttpRequest) -> HttpResponse:
    """Mail the link again, if there is one; the answer does not say."""
    email = request.POST.get("email", "")
    ask("mail_from", client_address(request))
    ask("mail_to", email)
    actions.resend_sign_up(email=email)
    return HttpResponseRedirect(f"{SENT}?again=1")


@content_security(form_action=(any_tenant(),))  # the form's answer leads there
@require_http_methods(["GET", "POST"])
@door
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """Make the business of a proven e-mail. Only the button does: programs that look at links in mails open nothing."""
    ask("token", client_address(request))
    if request.method == "GET":
        return render(request, "entry/confirm.html", {"slug": "", "base_host": settings.BASE_HOST})
    slug = request.POST.get("slug", "").strip().lower()
    try:
        made, ticket = actions.confirm_sign_up(token=token, slug=slug)
    except (actions.SlugTaken, Invalid) as problem:
        values = {"slug": slug, "problem": problem.message, "ask_slug": True, "base_host": settings.BASE_HOST}
        return render(request, "entry/confirm.html", values, status=problem.status)
    return HttpResponseRedirect(tenant_url(made.slug, "/enter/") + f"?ticket={ticket}")


@require_GET
@door
def show_terms(request: HttpRequest, version: str = terms.CURRENT) -> HttpResponse:
    """Show a version of the terms."""
    if version not in terms.VERSIONS:
        raise Http404
    return render(request, f"terms/{version}.html", {"version": version, "next": request.path})
