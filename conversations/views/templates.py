"""Settings > Templates: what WhatsApp approved, what it judges, and how each reads."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from conversations import queries
from conversations.models import Template
from conversations.pages.picker import Card, cards_of
from tenants.pages import page

MOST = 500


@require_GET
@page(scope="templates:read")
def templates(request: HttpRequest) -> HttpResponse:
    """List every template by name, with state, quality, the vendor's reason, and a preview."""
    rows = list(queries.templates_matching().order_by("name", "language", "id")[:MOST])
    lines = [_line(row, card) for row, card in zip(rows, cards_of(rows), strict=True)]
    return render(
        request, "settings/templates.html", {"page": "settings", "settings_page": "templates", "lines": lines}
    )


def _line(row: Template, card: Card) -> dict[str, Any]:
    return {"card": card, "quality": row.quality, "reason": row.reason}
