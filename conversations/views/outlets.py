"""The settings page of the tenant's numbers."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from conversations import queries
from conversations.wording import failure_reason
from tenants.pages import page


@require_http_methods(["GET"])
@page(scope="outlets:read")
def outlets(request: HttpRequest) -> HttpResponse:
    """List the numbers customers write to, and why one cannot send; never a token."""
    ids = list(queries.outlets().values_list("id", flat=True))
    shapes = queries.outlet_shapes(ids)
    for shape in shapes:
        shape["reason"] = failure_reason(shape["status_code"]) if shape["status_code"] else ""
    values = {"page": "settings", "settings_page": "outlets", "outlets": shapes}
    return render(request, "settings/outlets.html", values)
