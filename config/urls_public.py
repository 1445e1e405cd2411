"""Addresses on the public site."""

from django.urls import include, path
from django.utils.module_loading import autodiscover_modules

from config.urls_api import description_urlpatterns
from tenants.backoffice import second_factor, sessions
from tenants.backoffice.sites import operator_site
from tenants.urls import public_urlpatterns

autodiscover_modules("admin")  # every app puts its desks into the sites

urlpatterns = [
    *description_urlpatterns,
    path("admin/login/", sessions.sign_in),
    path("admin/second/", second_factor.second),
    path("admin/protect/", second_factor.protect),
    path("admin/protect/codes/", second_factor.codes),
    path("admin/logout/", sessions.sign_out, name="operator_logout"),
    path("admin/", operator_site.urls),
    path("", include(public_urlpatterns)),
]

handler403 = "tenants.views.permission_denied"
handler404 = "tenants.views.not_found"
handler500 = "tenants.views.server_error"
