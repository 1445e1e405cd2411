"""The addresses of the API, version 1, and of its description."""

from django.urls import URLPattern, URLResolver, path, re_path

import conversations.api
import crm.api
import kernel.api.bulk_api
import kernel.events.api
import monitoring.api
import team.api
import tenants.api
from kernel.api import pages
from kernel.api.views import Nowhere
from tenants.security import content_security

urlpatterns: list[URLPattern | URLResolver] = [
    *conversations.api.urlpatterns,
    *crm.api.urlpatterns,
    *team.api.urlpatterns,
    *tenants.api.urlpatterns,
    *kernel.events.api.urlpatterns,
    *kernel.api.bulk_api.urlpatterns,
    *monitoring.api.urlpatterns,
    re_path("", Nowhere.as_view()),
]

description_urlpatterns: list[URLPattern | URLResolver] = [
    path("api/v1/schema/", pages.schema),
    path("api/v1/schema", pages.schema),
    path("developers/", pages.swagger),
    path("developers/redoc.js", pages.redoc_program),
    path("developers/redoc/", content_security(style_src=("'unsafe-inline'",))(pages.redoc)),
]
"""Public, on every host. Redoc writes its styles itself."""
