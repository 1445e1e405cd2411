"""Everything that changes conversations. One write, one named function."""

from conversations.actions.attachments import (
    add_upload,
    claim_attachment,
    due_attachments,
    forget_upload,
    record_fetch_failure,
    record_fetched,
    record_upload,
    retry_attachment,
)
from conversations.actions.canned import (
    count_canned_reply,
    create_canned_reply,
    delete_canned_reply,
    update_canned_reply,
)
from conversations.actions.giving_out import give_waiting, return_silent, set_assignment_rule
from conversations.actions.handling import (
    assign,
    hand_off,
    mark_seen,
    mark_unread,
    reopen,
    resolve,
    save_draft,
    take_over,
)
from conversations.actions.notifying import (
    read_notification,
    read_notifications,
    set_notification_preference,
)
from conversations.actions.outbox import (
    begin_call,
    claim_due,
    give_up_lost_claims,
    next_due,
    record_accepted,
    record_failure,
    revive_dead_letters,
)
from conversations.actions.outlets import create_outlet, restart_outlet, stop_outlet, update_outlet
from conversations.actions.promises import (
    create_sla_policy,
    delete_sla_policy,
    reckon_again,
    ring_clocks,
    update_sla_policy,
)
from conversations.actions.receipts import claim_receipt, typing_receipt
from conversations.actions.receiving import receive_messages
from conversations.actions.resting import set_aside, snooze, wake_due
from conversations.actions.scheduling import (
    cancel_scheduled,
    change_scheduled,
    release_scheduled,
    schedule_message,
    send_scheduled_now,
)
from conversations.actions.sending import add_note, open_conversation, retry_message, send_message
from conversations.actions.state import hold_conversations
from conversations.actions.tagging import change_tags, rename_tag, set_tags
from conversations.actions.vendor_news import (
    apply_delivery_updates,
    record_marketing_preferences,
    record_outlet_news,
    record_template_list,
    record_template_news,
)

__all__ = [
    "add_note",
    "add_upload",
    "apply_delivery_updates",
    "assign",
    "begin_call",
    "cancel_scheduled",
    "change_scheduled",
    "change_tags",
    "claim_attachment",
    "claim_due",
    "claim_receipt",
    "count_canned_reply",
    "create_canned_reply",
    "create_outlet",
    "create_sla_policy",
    "delete_canned_reply",
    "delete_sla_policy",
    "due_attachments",
    "forget_upload",
    "give_up_lost_claims",
    "give_waiting",
    "hand_off",
    "hold_conversations",
    "mark_seen",
    "mark_unread",
    "next_due",
    "open_conversation",
    "read_notification",
    "read_notifications",
    "receive_messages",
    "reckon_again",
    "record_accepted",
    "record_failure",
    "record_fetch_failure",
    "record_fetched",
    "record_marketing_preferences",
    "record_outlet_news",
    "record_template_list",
    "record_template_news",
    "record_upload",
    "release_scheduled",
    "rename_tag",
    "reopen",
    "resolve",
    "restart_outlet",
    "retry_attachment",
    "retry_message",
    "return_silent",
    "revive_dead_letters",
    "ring_clocks",
    "save_draft",
    "schedule_message",
    "send_message",
    "send_scheduled_now",
    "set_aside",
    "set_assignment_rule",
    "set_notification_preference",
    "set_tags",
    "snooze",
    "stop_outlet",
    "take_over",
    "typing_receipt",
    "update_canned_reply",
    "update_outlet",
    "update_sla_policy",
    "wake_due",
]
