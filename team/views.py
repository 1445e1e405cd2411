"""Pages of the people of one tenant."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from team import queries
from tenants.avatars import Person
from tenants.pages import page


@require_http_methods(["GET"])
@page(scope="team:read")
def members(request: HttpRequest) -> HttpResponse:
    """List who works here."""
    people = [{"person": Person(str(member.id), member.name), "member": member} for member in queries.members()]
    values = {"page": "settings", "settings_page": "members", "people": people}
    return render(request, "settings/members.html", values)
