"""Addresses of the pages of the people of one tenant."""

from django.urls import path

from team import views

urlpatterns = [
    path("settings/members/", views.members),
    path("settings/hours/", views.hours),
    path("settings/hours/<uuid:calendar_id>/", views.change_hours),
    path("settings/hours/<uuid:calendar_id>/delete/", views.delete_hours),
]
