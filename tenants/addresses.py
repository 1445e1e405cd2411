"""Addresses of our own pages for mails: always built from the settings, never from what a request claims to be for."""

from urllib.parse import urlsplit

from django.conf import settings


def public_url(path: str) -> str:
    """Return an address on the public site."""
    return f"{settings.BASE_URL}{path}"


def tenant_url(slug: str, path: str) -> str:
    """Return an address on a tenant's own host."""
    base = urlsplit(settings.BASE_URL)
    return base._replace(netloc=f"{slug}.{base.netloc}", path=path).geturl()


def any_tenant() -> str:
    """Return the origins of all tenants as a content security policy names them."""
    base = urlsplit(settings.BASE_URL)
    return f"{base.scheme}://*.{base.netloc}"
