"""The API of conversations: its addresses."""

from conversations.api.attachments import Attachment, AttachmentRetry, Attachments, Content
from conversations.api.canned import CannedReplies, CannedReply
from conversations.api.conversations import (
    ActiveOfOutlet,
    BulkConversations,
    Conversation,
    Conversations,
    Handoff,
    Seen,
)
from conversations.api.messages import Delivery, Found, Message, Retry, Send, SendNow, Thread
from conversations.api.notifications import Notification, NotificationRead, Notifications, NotificationsRead
from conversations.api.outlets import Outlet, Outlets
from conversations.api.promises import Assignment, SlaPolicies, SlaPolicy
from conversations.api.templates import Template, Templates
from conversations.web_chat import api as web_chat
from kernel.api.routes import route

urlpatterns = [
    *web_chat.urlpatterns,
    route("canned-replies/", CannedReplies),
    route("canned-replies/<uuid:canned_reply_id>/", CannedReply),
    route("conversations/", Conversations),
    route("conversations/bulk/", BulkConversations),
    route("conversations/outlet/<uuid:outlet_id>/active/", ActiveOfOutlet),
    route("conversations/<uuid:conversation_id>/", Conversation),
    route("conversations/<uuid:conversation_id>/messages/", Thread),
    route("conversations/<uuid:conversation_id>/handoff/", Handoff),
    route("conversations/<uuid:conversation_id>/seen/", Seen),
    route("messages/", Found),
    route("messages/send/", Send),
    route("messages/<uuid:message_id>/", Message),
    route("messages/<uuid:message_id>/status/", Delivery),
    route("messages/<uuid:message_id>/retry/", Retry),
    route("messages/<uuid:message_id>/send-now/", SendNow),
    route("attachments/", Attachments),
    route("attachments/<uuid:attachment_id>/", Attachment),
    route("attachments/<uuid:attachment_id>/content/", Content),
    route("attachments/<uuid:attachment_id>/retry/", AttachmentRetry),
    route("notifications/", Notifications),
    route("notifications/read/", NotificationsRead),
    route("notifications/<uuid:notification_id>/", Notification),
    route("notifications/<uuid:notification_id>/read/", NotificationRead),
    route("outlets/", Outlets),
    route("outlets/<uuid:outlet_id>/", Outlet),
    route("tenants/<slug:tenant>/outlets/", Outlets),
    route("tenants/<slug:tenant>/outlets/<uuid:outlet_id>/", Outlet),
    route("outlets/<uuid:outlet_id>/assignment/", Assignment),
    route("sla-policies/", SlaPolicies),
    route("sla-policies/<uuid:policy_id>/", SlaPolicy),
    route("templates/", Templates),
    route("templates/<uuid:template_id>/", Template),
]
