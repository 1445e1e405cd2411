"""The two admin sites. Who may enter follows from the operator's mark or the member's scopes, never from `is_staff`."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, cast
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import URLPattern, URLResolver, path
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from unfold.sites import UnfoldAdminSite

from kernel.errors import Refusal
from kernel.tenancy import PUBLIC, current_schema
from tenants.addresses import any_tenant
from tenants.backoffice.visitors import operator_at, visitor_at
from tenants.pages import refused
from tenants.security import content_security
from tenants.types import MemberInfo

View = Callable[..., HttpResponseBase]

ENTRANCE = "team:write"
"""The scope that opens a tenant's admin: owners and admins hold it."""


@dataclass(frozen=True, slots=True)
class Place:
    """A page of an admin that is no table: its address below /admin/, its view, and its line in the navigation."""

    address: str
    name: str
    view: View
    label: Promise
    icon: str
    group: Promise
    scope: str = ""
    listed: bool = True


class BackOffice(UnfoldAdminSite):  # type: ignore[misc]  # the library is untyped
    """What both sites share: the door, the time zone, the relaxed policy, pages beside tables."""

    enable_nav_sidebar = True
    empty_value_display = "-"
    index_template = "admin/index.html"

    form_targets: tuple[str, ...] = ()
    """Origins besides our own that the answer to a form may lead to."""

    def __init__(self) -> None:
        super().__init__("admin")
        self.places: list[Place] = []
        self.tiles: list[Callable[[HttpRequest], list[dict[str, Any]]]] = []

    def may(self, request: HttpRequest, scope: str) -> bool:
        """Tell whether who asks holds a scope here; "" is everybody who may enter."""
        raise NotImplementedError

    def has_permission(self, request: HttpRequest) -> bool:
        """Tell whether who asks may enter at all."""
        return self.may(request, "")

    def add_place(self, place: Place) -> None:
        """Put a page beside the tables."""
        self.places.append(place)

    def add_tiles(self, tiles: Callable[[HttpRequest], list[dict[str, Any]]]) -> None:
        """Put numbers on the first page."""
        self.tiles.append(tiles)

    def get_urls(self) -> list[URLPattern | URLResolver]:
        """Return the addresses: no password change here, and no catch-all that would ask Django's permissions."""
        gone = {"autocomplete", "login", "logout", "password_change", "password_change_done", "view_on_site", "search"}
        inherited = [url for url in super().get_urls() if getattr(url, "name", None) not in gone]
        own = [path(place.address, self.admin_view(self._guard(place)), name=place.name) for place in self.places]
        return [*own, *inherited]

    def _guard(self, place: Place) -> View:
        @wraps(place.view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:  # noqa: ANN401 - of any view
            if not self.may(request, place.scope):
                raise Http404
            return place.view(request, *args, **kwargs)

        return guarded

    def admin_view(self, view: View, cacheable: bool = False) -> View:  # noqa: FBT001, FBT002 - Django's signature
        """Let a view answer only who may enter, in their time zone; refusals of actions become pages.

        Below /admin/ the theme may evaluate its attributes and write a style element: nothing else is relaxed.
        """
        inner = super().admin_view(view, cacheable)

        @content_security(script_src=("'unsafe-eval'",), style_src=("'unsafe-inline'",), form_action=self.form_targets)
        @never_cache
        def entered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:  # noqa: ANN401 - of any view
            visitor = visitor_at(request)
            if visitor is None:
                return self._ask_to_sign_in(request)
            if not self.has_permission(request):
                raise Http404
            request.user = visitor  # type: ignore[assignment]  # what templates and Django's admin look at
            with timezone.override(visitor.zone):
                return self._answer(inner, request, args, kwargs)

        return cast("View", entered)

    def _answer(
        self, view: View, request: HttpRequest, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponseBase:
        """Answer and draw at once: later the time zone is another's."""
        try:
            response = view(request, *args, **kwargs)
        except Refusal as refusal:
            return refused(request, refusal)
        if callable(getattr(response, "render", None)):
            response = cast("Any", response).render()
        return response

    def _ask_to_sign_in(self, request: HttpRequest) -> HttpResponse:
        where = request.get_full_path() if request.method == "GET" else "/admin/"
        return HttpResponseRedirect(f"{self.sign_in_address}?{urlencode({'next': where})}")

    sign_in_address = "/login/"

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Show the numbers and where everything is."""
        tiles = [tile for source in self.tiles for tile in source(request)]
        answer: HttpResponse = super().index(request, {"tiles": tiles, **(extra_context or {})})
        return answer

    def app_index(self, request: HttpRequest, app_label: str, extra_context: Any = None) -> HttpResponse:  # noqa: ANN401, ARG002 - Django's signature
        """Lead to the first page: tables are grouped by what they are about, not by app."""
        return HttpResponseRedirect("/admin/")


class OperatorSite(BackOffice):
    """The installation's admin on the public site."""

    index_title = _("Overview")
    sign_in_address = "/admin/login/"
    form_targets = (any_tenant(),)  # impersonation goes on at the tenant's host

    def may(self, request: HttpRequest, scope: str) -> bool:  # noqa: ARG002 - operators may do everything here
        """Tell whether an operator asks, on the public site."""
        return current_schema() == PUBLIC and operator_at(request) is not None


class TenantSite(BackOffice):
    """A tenant's own admin on its host."""

    index_title = _("Overview")

    def may(self, request: HttpRequest, scope: str) -> bool:
        """Tell whether a member of this very tenant asks who may enter and holds the scope."""
        member: MemberInfo | None = getattr(request, "member", None)
        tenant: Any = getattr(request, "tenant", None)
        if member is None or tenant is None or tenant.is_public or current_schema() != tenant.schema_name:
            return False
        return ENTRANCE in member.scopes and (not scope or scope in member.scopes)


operator_site = OperatorSite()
tenant_site = TenantSite()
