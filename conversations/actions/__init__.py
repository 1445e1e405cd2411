"""Everything that changes conversations. One write, one named function."""

from conversations.actions.attachments import (
    claim_attachment,
    due_attachments,
    record_fetch_failure,
    record_fetched,
    retry_attachment,
)
from conversations.actions.handling import (
    assign,
    hand_off,
    mark_seen,
    reopen,
    resolve,
    save_draft,
    take_over,
)
from conversations.actions.outbox import (
    claim_next,
    give_up_lost_claims,
    record_accepted,
    record_failure,
    revive_dead_letters,
    waiting_conversations,
)
from conversations.actions.outlets import create_outlet, restart_outlet, update_outlet
from conversations.actions.receiving import receive_messages
from conversations.actions.sending import add_note, open_conversation, retry_message, send_message
from conversations.actions.vendor_news import (
    apply_delivery_updates,
    record_marketing_preferences,
    record_outlet_news,
    record_template_news,
)

__all__ = [
    "add_note",
    "apply_delivery_updates",
    "assign",
    "claim_attachment",
    "claim_next",
    "create_outlet",
    "due_attachments",
    "give_up_lost_claims",
    "hand_off",
    "mark_seen",
    "open_conversation",
    "receive_messages",
    "record_accepted",
    "record_failure",
    "record_fetch_failure",
    "record_fetched",
    "record_marketing_preferences",
    "record_outlet_news",
    "record_template_news",
    "reopen",
    "resolve",
    "restart_outlet",
    "retry_attachment",
    "retry_message",
    "revive_dead_letters",
    "save_draft",
    "send_message",
    "take_over",
    "update_outlet",
    "waiting_conversations",
]
