"""Addresses on the public site."""

from django.urls import include, path

from config.urls_api import description_urlpatterns
from tenants.urls import public_urlpatterns

urlpatterns = [
    *description_urlpatterns,
    path("", include(public_urlpatterns)),
]

handler403 = "tenants.views.permission_denied"
handler404 = "tenants.views.not_found"
handler500 = "tenants.views.server_error"
