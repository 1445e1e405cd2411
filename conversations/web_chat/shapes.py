"""What a visitor may see of a conversation: what was said to them and by them, and no more.

A whitelist, because everything else of a message (notes, members' ids, failures, models) is the team's business.
"""

from collections.abc import Mapping
from typing import Any

from conversations.enums import Delivery, Direction

SENT = frozenset({Delivery.SENT, Delivery.DELIVERED, Delivery.READ, Delivery.PLAYED})


def visible(message: Mapping[str, Any]) -> bool:
    """Tell whether a message, in the form of the API, is for the visitor's eyes."""
    if message["direction"] == Direction.IN:
        return True
    return message["direction"] == Direction.OUT and message["status"] in SENT


def for_visitor(message: Mapping[str, Any]) -> dict[str, Any]:
    """Return a visible message as the visitor's page shows it."""
    is_own = message["direction"] == Direction.IN
    return {
        "id": message["id"],
        "client_id": message["vendor_id"].rpartition(":")[2] if is_own else None,
        "from": "you" if is_own else "team",
        "name": "" if is_own else message["sender"]["name"].partition(" ")[0],
        "text": message["text"],
        "sent_at": message["sent_at"],
    }
