"""How the admin theme looks on either site: named in the settings as `UNFOLD`."""

from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import gettext as _

from tenants.backoffice.desk import Desk
from tenants.backoffice.sites import BackOffice, operator_site, tenant_site
from tenants.context import THEME_COOKIE, THEMES
from tenants.pages import tenant_of


def site_of(request: HttpRequest) -> BackOffice:
    """Return the admin of this host."""
    return operator_site if tenant_of(request).is_public else tenant_site


def place(request: HttpRequest) -> str:
    """Return what stands below the name: the tenant, or whose admin it is."""
    tenant = tenant_of(request)
    return _("Operator") if tenant.is_public else tenant.name


def theme(request: HttpRequest) -> str:
    """Return the look this browser has chosen for the product."""
    chosen = request.COOKIES.get(THEME_COOKIE, "")
    return chosen if chosen in THEMES else THEMES[0]


def logo(_request: HttpRequest) -> str:
    """Return the sign in the corner."""
    return static("favicon.svg")


def stylesheet(_request: HttpRequest) -> str:
    """Return our corrections of the theme."""
    return static("admin.css")


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """Return the tables and pages of this admin that the visitor may see, by group."""
    site = site_of(request)
    lines = [*_desks(site, request), *_places(site, request)]
    first = {"title": "", "items": [{"title": _("Overview"), "icon": "dashboard", "link": reverse("admin:index")}]}
    groups: dict[str, list[dict[str, Any]]] = {}
    for group, line in lines:
        groups.setdefault(group, []).append(line)
    return [first, *({"title": title, "separator": True, "items": items} for title, items in groups.items())]


def _desks(site: BackOffice, request: HttpRequest) -> list[tuple[str, dict[str, Any]]]:
    desks = [desk for desk in site._registry.values() if isinstance(desk, Desk) and desk.has_view_permission(request)]  # noqa: SLF001 - Django offers no other way
    return [(str(desk.group), _line(desk)) for desk in sorted(desks, key=lambda desk: desk.position)]


def _line(desk: Desk) -> dict[str, Any]:
    meta = desk.model._meta
    link = reverse(f"admin:{meta.app_label}_{meta.model_name}_changelist")
    return {"title": str(desk.label), "icon": desk.icon, "link": link}


def _places(site: BackOffice, request: HttpRequest) -> list[tuple[str, dict[str, Any]]]:
    seen = [place for place in site.places if place.listed and site.may(request, place.scope)]
    return [
        (str(one.group), {"title": str(one.label), "icon": one.icon, "link": reverse(f"admin:{one.name}")})
        for one in seen
    ]
