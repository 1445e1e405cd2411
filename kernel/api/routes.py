"""Addresses of the API: every one works with and without its last slash, and never redirects."""

from typing import Any

from django.urls import URLPattern
from django.urls.resolvers import RoutePattern

from kernel.api.views import ApiView


class _OptionalSlash(RoutePattern):
    """A route that ends with a slash and also matches without it: a redirect would lose the body of a write."""

    def match(self, path: str) -> tuple[str, tuple[Any, ...], dict[str, Any]] | None:
        """Match as if the slash had been there."""
        found: tuple[str, tuple[Any, ...], dict[str, Any]] | None = super().match(
            path if path.endswith("/") else path + "/"
        )
        return found


def route(address: str, view: type[ApiView]) -> URLPattern:
    """Return the pattern of one resource: `route("messages/<uuid:message_id>/", Message)`."""
    return URLPattern(_OptionalSlash(address, name=None, is_endpoint=True), view.as_view())
