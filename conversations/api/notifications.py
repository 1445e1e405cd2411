"""What a member was told: only their own, so a key, which is nobody, has none."""

from uuid import UUID

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from conversations import actions, queries
from conversations.api.outputs import NotificationShape, ReadShape
from kernel.api.calls import Answer, Call, one_answer, page_answer
from kernel.api.inputs import ListQuery
from kernel.api.operations import Operation
from kernel.api.views import ApiView
from kernel.errors import Forbidden

SCOPE = "conversations:read"


class NotificationQuery(ListQuery):
    """How a list of notifications is narrowed."""

    is_read = serializers.BooleanField(required=False)


def _member(call: Call) -> UUID:
    """Return whose notifications these are. Raises Forbidden for a key."""
    if call.principal.member_id is None:
        raise Forbidden(_("Notifications belong to people. A key has none."))
    return call.principal.member_id


class Notifications(ApiView):
    """What a member was told."""

    tag = "Notifications"

    @Operation(
        name="listNotifications",
        summary="List your notifications",
        scope=SCOPE,
        returns=NotificationShape,
        many=True,
        query=NotificationQuery,
    )
    def get(self, call: Call) -> Answer:
        """Newest first; only for a member who is signed in."""
        rows = queries.notifications_of(_member(call))
        if "is_read" in call.query:
            rows = rows.filter(read_at__isnull=not call.query["is_read"])
        return page_answer(call, rows, queries.notification_shapes, order="-created_at")


class Notification(ApiView):
    """One notification. Somebody else's does not exist."""

    tag = "Notifications"

    @Operation(name="getNotification", summary="Read a notification", scope=SCOPE, returns=NotificationShape)
    def get(self, call: Call, notification_id: UUID) -> Answer:
        """Read one; it stays as unread as it is."""
        return _one(call, notification_id)


class NotificationRead(ApiView):
    """That one was seen."""

    tag = "Notifications"

    @Operation(name="readNotification", summary="Mark a notification as read", scope=SCOPE, returns=NotificationShape)
    def post(self, call: Call, notification_id: UUID) -> Answer:
        """Say that it was seen; the first time counts."""
        actions.read_notification(notification_id=notification_id, member_id=_member(call))
        return _one(call, notification_id)


class NotificationsRead(ApiView):
    """That all were seen."""

    tag = "Notifications"

    @Operation(name="readNotifications", summary="Mark all notifications as read", scope=SCOPE, returns=ReadShape)
    def post(self, call: Call) -> Answer:
        """Say that all of them were seen."""
        member_id = _member(call)
        actions.read_notifications(member_id=member_id)
        return Answer(data={"unread": queries.notifications_of(member_id).filter(read_at=None).count()})


def _one(call: Call, notification_id: UUID) -> Answer:
    row = queries.notification_for(notification_id, _member(call))
    return one_answer(call, row.id, queries.notification_shapes)
