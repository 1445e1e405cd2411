"""Addresses on a tenant's own host."""

from django.urls import include, path
from django.utils.module_loading import autodiscover_modules

from config.urls_api import description_urlpatterns
from tenants.backoffice.sites import tenant_site

autodiscover_modules("admin")  # every app puts its desks into the sites

urlpatterns = [
    *description_urlpatterns,
    path("admin/", tenant_site.urls),
    path("api/v1/", include("config.urls_api")),
    path("", include("conversations.urls")),
    path("", include("crm.urls")),
    path("", include("team.urls")),
    path("", include("tenants.urls")),
]

handler403 = "tenants.views.permission_denied"
handler404 = "tenants.views.not_found"
handler500 = "tenants.views.server_error"
