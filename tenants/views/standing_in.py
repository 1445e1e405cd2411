"""An operator on a tenant's host: coming in with a member's eyes, and leaving."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST

from kernel.addresses import client_address
from tenants import actions, sessions
from tenants.addresses import public_url
from tenants.doors import door
from tenants.pacing import ask
from tenants.pages import tenant_of

STOP = "/impersonation/stop/"


@require_GET
@door
def enter(request: HttpRequest) -> HttpResponse:
    """Begin to look, with the token the operator's admin gave."""
    ask("token", client_address(request))
    token = request.GET.get("token", "")
    sessions.borrow(request, actions.enter_impersonation(tenant=tenant_of(request), token=token))
    return HttpResponseRedirect("/inbox/")


@require_POST
def stop(request: HttpRequest) -> HttpResponse:
    """Stop looking; the session is thrown away."""
    impersonation_id: UUID | None = sessions.borrowed_of(request.session)
    if impersonation_id is not None:
        actions.end_impersonation(impersonation_id=impersonation_id)
        request.session.flush()
    return render(request, "entry/impersonation_ended.html", {"back": public_url("/admin/tenants/membership/")})
