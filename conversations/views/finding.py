"""The search field of the inbox."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from conversations.pages.finding import found_values, palette_values
from conversations.pages.saved import choice_for
from tenants.pages import member_of, page


@require_GET
@page(scope="conversations:read")
def search(request: HttpRequest) -> HttpResponse:
    """Draw the people and messages somebody looks for, or one more page of messages."""
    asked, cursor = request.GET.get("q", ""), request.GET.get("cursor", "")
    values = found_values(asked, member_of(request), choice_for(request), cursor)
    return render(request, "inbox/_hits.html" if cursor else "inbox/_found.html", values)


@require_GET
@page(scope="conversations:read")
def palette(request: HttpRequest) -> HttpResponse:
    """Draw what the command palette finds beyond pages and commands."""
    return render(request, "inbox/_palette_found.html", palette_values(request.GET.get("q", ""), member_of(request)))
