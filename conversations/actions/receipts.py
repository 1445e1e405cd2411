"""Which customer message is to be shown as read. Nothing here talks to a vendor."""

from uuid import UUID

from conversations.channels import capabilities_of
from conversations.enums import Direction, OutletStatus
from conversations.models import Conversation, Message
from conversations.queries import line_of
from conversations.types import Receipt


def claim_receipt(conversation_id: UUID) -> Receipt | None:
    """Take the newest customer message to be shown as read; None when it was taken before, or is not to be shown."""
    receipt = typing_receipt(conversation_id)
    if receipt is None:
        return None
    fresh = Conversation.objects.filter(id=conversation_id).exclude(receipt_vendor_id=receipt.vendor_id)
    return receipt if fresh.update(receipt_vendor_id=receipt.vendor_id) else None


def typing_receipt(conversation_id: UUID) -> Receipt | None:
    """Return the newest customer message, when the outlet shows customers what we do and can reach them."""
    conversation = Conversation.objects.select_related("outlet").filter(id=conversation_id).first()
    if conversation is None or not conversation.outlet.sends_read_receipts:
        return None
    outlet = conversation.outlet
    if outlet.status != OutletStatus.ACTIVE or not capabilities_of(outlet.channel).receipts:
        return None
    received = Message.objects.filter(conversation=conversation, direction=Direction.IN, vendor_id__isnull=False)
    newest = received.order_by("-sent_at", "-id").values_list("vendor_id", flat=True).first()
    return Receipt(line_of(outlet), newest) if newest else None
