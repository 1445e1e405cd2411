"""Addresses of the pages of people and tenants."""

from django.urls import path

from tenants import views

urlpatterns = [
    path("", views.home),
    path("login/", views.sign_in),
    path("logout/", views.sign_out),
    path("language/", views.language),
    path("settings/", views.profile),
    path("settings/keys/", views.keys),
    path("settings/keys/new/", views.create_key),
    path("settings/keys/<uuid:key_id>/revoke/", views.revoke_key),
]
public_urlpatterns = [
    path("", views.find_tenant),
    path("login/", views.find_tenant),
    path("language/", views.language),
]
