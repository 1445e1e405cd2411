"""Addresses on a tenant's own host."""

from django.urls import include, path

from config.urls_api import description_urlpatterns

urlpatterns = [
    *description_urlpatterns,
    path("api/v1/", include("config.urls_api")),
    path("", include("conversations.urls")),
    path("", include("crm.urls")),
    path("", include("team.urls")),
    path("", include("tenants.urls")),
]

handler403 = "tenants.views.permission_denied"
handler404 = "tenants.views.not_found"
handler500 = "tenants.views.server_error"
