"""Showing customers that they were read and that somebody types: once each, best effort, never in anybody's way."""

from collections.abc import Callable
from uuid import UUID

import structlog

from conversations import actions
from conversations.fetching import client_of
from conversations.types import Receipt
from integrations.errors import VendorError
from integrations.whatsapp.client import WhatsAppClient
from kernel import redis
from kernel.tenancy import current_schema

TYPING_S = 20
"""The vendor shows "typing" for up to 25 seconds; telling it more often says nothing new."""

log = structlog.get_logger(__name__)


def show_read(conversation_id: UUID) -> None:
    """Show the customer that the newest message was read, unless that was shown before."""
    _tell(actions.claim_receipt(conversation_id), lambda client, message_id: client.mark_read(message_id=message_id))


def show_typing(conversation_id: UUID) -> None:
    """Show the customer that an answer is being written."""
    _tell(
        actions.typing_receipt(conversation_id),
        lambda client, message_id: client.mark_read(message_id=message_id, typing=True),
    )


def may_show_typing(conversation_id: str) -> bool:
    """Take the one turn of saying "typing" that a conversation of the current tenant has in 20 seconds."""
    name = redis.key(current_schema(), "typing", conversation_id)
    return bool(redis.client().set(name, 1, nx=True, ex=TYPING_S))


def _tell(receipt: Receipt | None, call: Callable[[WhatsAppClient, str], None]) -> None:
    if receipt is None:
        return
    try:
        call(client_of(receipt.line), receipt.vendor_id)
    except VendorError as problem:
        log.info("receipt_not_shown", code=problem.code)  # what is late is worthless: it is not tried again
