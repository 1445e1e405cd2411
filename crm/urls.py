"""Addresses of the pages of contacts."""

from django.urls import path

from crm import views

urlpatterns = [
    path("settings/tags/", views.tags),
    path("settings/tags/new/", views.create_tag),
    path("settings/tags/<uuid:tag_id>/", views.update_tag),
    path("settings/tags/<uuid:tag_id>/archive/", views.archive_tag),
]
