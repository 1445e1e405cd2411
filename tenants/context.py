"""What every page draws with: the look this browser has chosen."""

from typing import Any

from django.http import HttpRequest

from tenants import navigation
from tenants.queries import branding_of
from tenants.types import Brand, TenantInfo

THEMES = ("light", "dark")
THEME_COOKIE = "redress_theme"
KEYS_COOKIE = "redress_keys"


def _brand(request: HttpRequest) -> Brand | None:
    """Return how the host's tenant looks; None on the public site and where no tenant was found."""
    tenant: TenantInfo | None = getattr(request, "tenant", None)
    return None if tenant is None or tenant.is_public else branding_of(tenant)


def shell(request: HttpRequest) -> dict[str, Any]:
    """Return `shell` for templates; tenant and member are on the request itself."""
    chosen = request.COOKIES.get(THEME_COOKIE, "")
    return {
        "shell": {
            "theme": chosen if chosen in THEMES else THEMES[0],
            "theme_is_default": chosen not in THEMES,
            "keys": request.COOKIES.get(KEYS_COOKIE) != "off",
            "brand": _brand(request),
            **navigation.frame(request),
        }
    }
