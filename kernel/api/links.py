"""Addresses in answers: always relative to the origin, so that they hold on every host a tenant is reached by."""

from urllib.parse import parse_qsl, urlencode

from django.http import HttpRequest


def with_parameters(request: HttpRequest, **changes: str) -> str:
    """Return this request's own address with some query parameters set."""
    parameters = dict(parse_qsl(request.META.get("QUERY_STRING", ""), keep_blank_values=True)) | changes
    return f"{request.path}?{urlencode(parameters)}"


def link_header(**targets: str) -> str:
    """Return the value of `Link` (RFC 8288) for addresses by relation."""
    return ", ".join(f'<{target}>; rel="{relation}"' for relation, target in targets.items())
