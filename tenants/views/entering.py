"""Pages on a tenant's host for people who come in by a link: tickets, invitations, new passwords, new e-mails."""

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.http import require_GET, require_http_methods

from kernel.addresses import client_address
from kernel.errors import Invalid
from tenants import actions, queries, sessions
from tenants.actions.people import clean_email
from tenants.doors import door
from tenants.pacing import ask
from tenants.pages import member_of, page, tenant_of
from tenants.views.second_factor import come_in

HOME = "/inbox/"


@require_GET
@door
def enter(request: HttpRequest) -> HttpResponse:
    """Sign in who brings a ticket of the public site, and show the first steps."""
    ask("token", client_address(request))
    who = actions.redeem_ticket(tenant=tenant_of(request), ticket=request.GET.get("ticket", ""))
    return come_in(request, who, target="/welcome/", keep=True)


@require_GET
@page()
def welcome(request: HttpRequest) -> HttpResponse:
    """Show the first steps of a new business."""
    return render(request, "entry/welcome.html", {"page": "welcome"})


@require_http_methods(["GET", "POST"])
@door
def forgot(request: HttpRequest) -> HttpResponse:
    """Mail a link to choose a new password; the answer is the same for everybody."""
    if request.method == "GET":
        return render(request, "entry/forgot.html", {"next": "/password/", "sent": "sent" in request.GET})
    given = request.POST.get("email", "")
    try:
        email = clean_email(given)
    except Invalid as problem:
        values = {"email": given, "problem": problem.message, "next": "/password/"}
        return render(request, "entry/forgot.html", values, status=HTTPStatus.BAD_REQUEST)
    ask("mail_from", client_address(request))
    ask("mail_to", f"{tenant_of(request).slug} {email}")
    actions.request_password_reset(tenant=tenant_of(request), email=email, language=get_language() or "en")
    return HttpResponseRedirect("/password/?sent=1")


@require_http_methods(["GET", "POST"])
@door
def new_password(request: HttpRequest, token: str) -> HttpResponse:
    """Choose a new password with the mailed link; afterwards everybody signs in anew."""
    ask("token", client_address(request))
    if request.method == "GET":
        return render(request, "entry/new_password.html", {})
    try:
        actions.reset_password(tenant=tenant_of(request), token=token, password=request.POST.get("password", ""))
    except Invalid as problem:
        return render(
            request, "entry/new_password.html", {"problems": problem.details}, status=HTTPStatus.BAD_REQUEST
        )  # fmt: skip
    return HttpResponseRedirect("/login/?changed=1")


@require_http_methods(["GET", "POST"])
@door
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Show an invitation and accept it; a newcomer is signed in, somebody with a login signs in as ever."""
    ask("token", client_address(request))
    tenant = tenant_of(request)
    offer = actions.read_invitation(tenant=tenant, token=token)
    values: dict[str, object] = {"offer": offer, "next": request.path}
    if request.method == "GET":
        return render(request, "entry/invitation.html", values)
    name = request.POST.get("name", "")
    try:
        user_id = actions.accept_invitation(
            tenant=tenant,
            token=token,
            address=client_address(request),
            name=name,
            password=request.POST.get("password", ""),
            language=get_language() or "",
            accepts_terms="terms" in request.POST,
        )
    except Invalid as problem:
        values |= {"problems": problem.details, "given": {"name": name}}
        return render(request, "entry/invitation.html", values, status=HTTPStatus.BAD_REQUEST)
    who = queries.session_member(tenant.id, user_id)
    if offer.is_known or who is None:
        return HttpResponseRedirect("/login/?joined=1")
    sessions.begin(request, tenant, who)
    return HttpResponseRedirect(HOME)


@require_http_methods(["GET", "POST"])
@door
def new_email(request: HttpRequest, token: str) -> HttpResponse:
    """Take a proven e-mail over."""
    ask("token", client_address(request))
    if request.method == "GET":
        return render(request, "entry/new_email.html", {})
    actions.confirm_email_change(tenant=tenant_of(request), token=token)
    return HttpResponseRedirect("/settings/security/?email=1")


@require_http_methods(["GET", "POST"])
@page(asks_terms=False)
def accept_terms(request: HttpRequest) -> HttpResponse:
    """Ask somebody who accepted older terms for the newest; until then they see nothing else."""
    if request.method == "GET":
        return render(request, "entry/accept_terms.html", {})
    actions.accept_terms(user_id=member_of(request).user_id, address=client_address(request))
    return HttpResponseRedirect(HOME)
