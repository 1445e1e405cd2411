"""Addresses of the pages of the people of one tenant."""

from django.urls import path

from team import views

urlpatterns = [path("settings/members/", views.members)]
