"""Addresses of the inbox's pages."""

from django.urls import path

from conversations.views import canned, finding, inbox, outlets, writes

urlpatterns = [
    path("inbox/", inbox.inbox),
    path("inbox/list/", inbox.list_page),
    path("inbox/rows/", inbox.rows),
    path("inbox/counts/", inbox.counts),
    path("inbox/search/", finding.search),
    path("inbox/new/", writes.new),
    path("inbox/<uuid:conversation_id>/", inbox.conversation),
    path("inbox/<uuid:conversation_id>/thread/", inbox.thread),
    path("inbox/<uuid:conversation_id>/older/", inbox.older),
    path("inbox/<uuid:conversation_id>/messages/", inbox.messages),
    path("inbox/<uuid:conversation_id>/head/", inbox.head),
    path("inbox/<uuid:conversation_id>/contact/", inbox.contact),
    path("inbox/<uuid:conversation_id>/templates/", writes.templates),
    path("inbox/<uuid:conversation_id>/send/", writes.send),
    path("inbox/<uuid:conversation_id>/note/", writes.note),
    path("inbox/<uuid:conversation_id>/retry/<uuid:message_id>/", writes.retry),
    path("inbox/<uuid:conversation_id>/assign/", writes.assign),
    path("inbox/<uuid:conversation_id>/takeover/", writes.take_over),
    path("inbox/<uuid:conversation_id>/handoff/", writes.hand_off),
    path("inbox/<uuid:conversation_id>/resolve/", writes.resolve),
    path("inbox/<uuid:conversation_id>/reopen/", writes.reopen),
    path("inbox/<uuid:conversation_id>/snooze/", writes.snooze),
    path("inbox/<uuid:conversation_id>/pending/", writes.pending),
    path("inbox/<uuid:conversation_id>/tags/", writes.tags),
    path("inbox/<uuid:conversation_id>/seen/", writes.seen),
    path("inbox/<uuid:conversation_id>/draft/", writes.draft),
    path("inbox/<uuid:conversation_id>/canned/", canned.picker),
    path("settings/outlets/", outlets.outlets),
    path("settings/canned-replies/", canned.canned_replies),
    path("settings/canned-replies/new/", canned.new),
    path("settings/canned-replies/<uuid:canned_reply_id>/", canned.one),
    path("settings/canned-replies/<uuid:canned_reply_id>/delete/", canned.delete),
    path("settings/canned-replies/<uuid:canned_reply_id>/used/", canned.used),
]
