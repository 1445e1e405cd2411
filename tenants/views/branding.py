"""Settings > Branding, and the logo itself."""

from http import HTTPStatus

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kernel.errors import Invalid
from tenants import actions, colors, queries
from tenants.images import MOST_BYTES
from tenants.pages import actor_of, page, tenant_of

HERE = "/settings/branding/"
MANAGES = "settings:write"
YEAR = "public, max-age=31536000, immutable"


@require_http_methods(["GET", "POST"])
@page(scope=MANAGES)
def branding(request: HttpRequest) -> HttpResponse:
    """Show and change color and sender's name."""
    if request.method == "GET":
        return _page(request)
    given = {"color": request.POST.get("color", ""), "sender_name": request.POST.get("sender_name", "")}
    try:
        actions.set_branding(
            tenant_id=tenant_of(request).id,
            color=given["color"],
            sender_name=given["sender_name"],
            actor=actor_of(request),
        )
    except Invalid as problem:
        nearest = problem.nearest if isinstance(problem, actions.ColorTooFaint) else ""
        values = {"given": given, "problems": problem.details, "nearest": nearest}
        return _page(request, status=HTTPStatus.BAD_REQUEST, **values)
    return HttpResponseRedirect(f"{HERE}?saved=1")


def _page(request: HttpRequest, *, status: int = HTTPStatus.OK, **values: object) -> HttpResponse:
    tenant = tenant_of(request)
    shown = {
        "page": "settings",
        "settings_page": "branding",
        "given": {"color": tenant.brand_color, "sender_name": tenant.sender_name},
        "default_color": colors.DEFAULT,
    }
    return render(request, "settings/branding.html", shown | values, status=status)


@require_POST
@page(scope=MANAGES)
def set_logo(request: HttpRequest) -> HttpResponse:
    """Take a logo in."""
    file = request.FILES.get("logo")
    raw = file.read(MOST_BYTES + 1) if file else b""
    try:
        actions.set_logo(tenant_id=tenant_of(request).id, raw=raw, actor=actor_of(request))
    except Invalid as problem:
        return _page(request, problems=problem.details, status=HTTPStatus.BAD_REQUEST)
    return HttpResponseRedirect(f"{HERE}?saved=1")


@require_POST
@page(scope=MANAGES)
def remove_logo(request: HttpRequest) -> HttpResponse:
    """Go back to our own sign."""
    actions.remove_logo(tenant_id=tenant_of(request).id, actor=actor_of(request))
    return HttpResponseRedirect(f"{HERE}?saved=1")


@require_GET
def logo(request: HttpRequest) -> HttpResponse:
    """Return the logo of the host's tenant, for its sign-in page and its mails: anybody may see it."""
    data = queries.logo_of(tenant_of(request).id)
    if data is None:
        raise Http404
    response = HttpResponse(data, content_type="image/png")
    response.headers["Cache-Control"] = YEAR
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"  # mails are read elsewhere
    return response
