"""Addresses of the pages of the people of one tenant."""

from django.urls import path

from team.views import hours, members

urlpatterns = [
    path("settings/members/", members.members),
    path("settings/members/invite/", members.invite),
    path("settings/members/invitations/<uuid:invitation_id>/withdraw/", members.withdraw),
    path("settings/members/<uuid:member_id>/role/", members.change_role),
    path("settings/members/<uuid:member_id>/remove/", members.remove),
    path("settings/members/<uuid:member_id>/restore/", members.restore),
    path("settings/members/<uuid:member_id>/reset/", members.send_reset),
    path("availability/", hours.availability),
    path("settings/hours/", hours.hours),
    path("settings/hours/members/<uuid:member_id>/", hours.set_work),
    path("settings/hours/<uuid:calendar_id>/", hours.change_hours),
    path("settings/hours/<uuid:calendar_id>/delete/", hours.delete_hours),
]
