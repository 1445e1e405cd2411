"""The headers that tell a browser what a page may do: nothing but what this site brings itself."""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, Final, TypeVar, cast

from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponseBase

View = TypeVar("View", bound=Callable[..., HttpResponseBase])

BASE_POLICY: Final[Mapping[str, tuple[str, ...]]] = {
    "default-src": ("'self'",),
    "script-src": ("'self'",),
    "style-src": ("'self'",),
    "style-src-attr": ("'unsafe-inline'",),
    "img-src": ("'self'", "data:"),
    "font-src": ("'self'",),
    "connect-src": ("'self'",),
    "form-action": ("'self'",),
    "frame-ancestors": ("'none'",),
    "base-uri": ("'none'",),
    "object-src": ("'none'",),
}
"""Content Security Policy Level 3. Bars and rings set their size by a style attribute, hence style-src-attr."""

FIXED: Final[Mapping[str, str]] = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
_ATTRIBUTE = "content_security"


def content_security(**directives: tuple[str, ...]) -> Callable[[View], View]:
    """Add sources to the policy of one view: `@content_security(script_src=("'unsafe-eval'",))`.

    For pages of libraries that need more; everything stays on this site. Works on functions and on `as_view()`.
    """
    extra = {name.replace("_", "-"): sources for name, sources in directives.items()}

    def decorate(view: View) -> View:
        @wraps(view)
        def with_policy(*args: Any, **kwargs: Any) -> HttpResponseBase:  # noqa: ANN401 - of any view
            response = view(*args, **kwargs)
            setattr(response, _ATTRIBUTE, extra)
            return response

        return cast("View", with_policy)

    return decorate


def allow(response: HttpResponseBase, **directives: tuple[str, ...]) -> None:
    """Add sources to the policy of one answer, for those that only the request tells."""
    extra = {name.replace("_", "-"): sources for name, sources in directives.items()}
    setattr(response, _ATTRIBUTE, {**getattr(response, _ATTRIBUTE, {}), **extra})


def policy(request: HttpRequest, extra: Mapping[str, tuple[str, ...]]) -> str:
    """Return the policy of an answer; the page may open sockets to the host it came from."""
    sources = {name: _joined(own, extra.get(name, ())) for name, own in BASE_POLICY.items()}
    sources |= {name: own for name, own in extra.items() if name not in BASE_POLICY}
    sources["connect-src"] = (*sources["connect-src"], *_sockets(request))
    return "; ".join(f"{name} {' '.join(own)}" for name, own in sources.items())


def _joined(own: tuple[str, ...], more: tuple[str, ...]) -> tuple[str, ...]:
    return more if more and own == ("'none'",) else (*own, *more)  # 'none' stands alone


def _sockets(request: HttpRequest) -> tuple[str, ...]:
    # Some browsers do not count ws: as 'self'.
    try:
        return (f"{'wss' if request.is_secure() else 'ws'}://{request.get_host()}",)
    except DisallowedHost:
        return ()


class SecurityHeadersMiddleware:
    """Puts the headers on every answer that has not set them itself."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer with the headers."""
        response = self.get_response(request)
        extra: Any = getattr(response, _ATTRIBUTE, {})
        response.headers.setdefault("Content-Security-Policy", policy(request, extra))
        for name, value in FIXED.items():
            if name != "X-Frame-Options" or "frame-ancestors" not in extra:  # its list says more than this can
                response.headers.setdefault(name, value)
        return response
