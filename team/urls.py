"""Addresses of the pages of the people of one tenant."""

from django.urls import path

from team import views

urlpatterns = [
    path("settings/members/", views.members),
    path("settings/members/invite/", views.invite),
    path("settings/members/invitations/<uuid:invitation_id>/withdraw/", views.withdraw),
    path("settings/members/<uuid:member_id>/role/", views.change_role),
    path("settings/members/<uuid:member_id>/remove/", views.remove),
    path("settings/members/<uuid:member_id>/restore/", views.restore),
    path("settings/members/<uuid:member_id>/reset/", views.send_reset),
]
