"""What every page draws with: the look this browser has chosen."""

from typing import Any

from django.http import HttpRequest

from tenants import navigation

THEMES = ("light", "dark")
THEME_COOKIE = "redress_theme"
KEYS_COOKIE = "redress_keys"


def shell(request: HttpRequest) -> dict[str, Any]:
    """Return `shell` for templates; tenant and member are on the request itself."""
    chosen = request.COOKIES.get(THEME_COOKIE, "")
    return {
        "shell": {
            "theme": chosen if chosen in THEMES else THEMES[0],
            "theme_is_default": chosen not in THEMES,
            "keys": request.COOKIES.get(KEYS_COOKIE) != "off",
            **navigation.frame(request),
        }
    }
