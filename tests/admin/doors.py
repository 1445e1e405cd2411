"""Every address of an admin site, filled with rows that exist, and who knocks at it."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

from django.contrib.admin import ModelAdmin
from django.test import Client
from django.urls import URLPattern, URLResolver

import config.urls_public
import config.urls_tenant  # noqa: F401 - both: every desk is known from here on
from kernel.tenancy import tenant_context
from tenants.backoffice.sites import BackOffice
from tests.cast import PASSWORD

PUBLIC_HOST = "localhost:8000"
POST_ONLY = 405


def operator_client() -> Client:
    client = Client(HTTP_HOST=PUBLIC_HOST)
    answer = client.post("/admin/login/", {"email": "olga@redress.example", "password": PASSWORD})
    assert answer.status_code == 302, answer.content[:500]
    return client


def addresses(site: BackOffice, schema: str, fill: dict[str, Any]) -> Iterator[str]:
    """Yield every address of a site; `object_id` is a row of the table it belongs to, where there is one."""
    patterns, _app, _name = site.urls
    for pattern in patterns:
        if isinstance(pattern, URLPattern):
            yield from _filled(f"/admin/{pattern.pattern}", fill)
        else:
            yield from _of_desk(pattern, schema, fill)


def _of_desk(resolver: URLResolver, schema: str, fill: dict[str, Any]) -> Iterator[str]:
    known = fill | {"object_id": _some_row(resolver, schema)}
    for pattern in resolver.url_patterns:
        yield from _filled(f"/admin/{resolver.pattern}{pattern.pattern}", known)


def _some_row(resolver: URLResolver, schema: str) -> Any:
    found = (getattr(pattern.callback, "model_admin", None) for pattern in resolver.url_patterns)
    desk = next(one for one in found if isinstance(one, ModelAdmin))
    with tenant_context(schema):
        return desk.model._default_manager.values_list("pk", flat=True).first() or uuid4()


def _filled(route: str, fill: dict[str, Any]) -> Iterator[str]:
    for kind in ("<path:object_id>", "<slug:slug>", "<str:mark>", "<str:name>", "<uuid:key_id>", "<str:slug>"):
        name = kind.strip("<>").split(":")[1]
        route = route.replace(kind, str(fill.get(name, "nothing")))
    if "<" not in route and "(?P" not in route:
        yield route
