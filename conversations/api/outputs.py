"""The documented shapes of conversations, messages, outlets and templates."""

from typing import Any, ClassVar

from rest_framework import serializers

from conversations.channels import FILES
from conversations.enums import (
    AssignmentMode,
    AttachmentState,
    Channel,
    Delivery,
    Direction,
    MessageType,
    NotificationKind,
    OutletStatus,
    Owner,
    Sender,
    Status,
)
from kernel.api.shapes import Links, Shape

CONVERSATION_ID = "01936f5e-8c1a-7b3e-9d2f-4a5b6c7d8e9f"
MESSAGE_ID = "01936f5e-9a40-7c11-8a55-0b1c2d3e4f50"
MEMBER_ID = "01936f5d-1111-7222-8333-444455556666"
CONTACT_ID = "01936f5e-0c0a-7d0a-9e0a-1a2b3c4d5e6f"
OUTLET_ID = "01936f5c-2020-7303-8404-505060607070"
ATTACHMENT_ID = "01936f5e-9a41-7d22-8b66-1c2d3e4f5061"
TEMPLATE_ID = "01936f5c-3131-7414-8515-616171718181"
CANNED_REPLY_ID = "01936f5c-4242-7525-8626-727282829292"
NOTIFICATION_ID = "01936f5e-9b50-7e33-8c77-2d3e4f506172"
AT = "2026-11-20T15:04:05.000Z"

CONVERSATION_LINKS = {
    "self": f"/api/v1/conversations/{CONVERSATION_ID}/",
    "messages": f"/api/v1/conversations/{CONVERSATION_ID}/messages/",
    "handoff": f"/api/v1/conversations/{CONVERSATION_ID}/handoff/",
    "contact": f"/api/v1/contacts/{CONTACT_ID}/",
    "outlet": f"/api/v1/outlets/{OUTLET_ID}/",
}
MESSAGE_LINKS = {
    "self": f"/api/v1/messages/{MESSAGE_ID}/",
    "status": f"/api/v1/messages/{MESSAGE_ID}/status/",
    "conversation": f"/api/v1/conversations/{CONVERSATION_ID}/",
}


class ConversationOwnerShape(Shape):
    """Who answers next. `user` is the member when that is a human, and then equals the assignee."""

    type = serializers.ChoiceField(choices=Owner.choices)
    user = serializers.UUIDField(allow_null=True)


class AssigneeShape(Shape):
    """The member who is responsible, in short; in full with `?expand=assignee`."""

    id = serializers.UUIDField()
    name = serializers.CharField()


class ConversationContactShape(Shape):
    """The customer in short; in full with `?expand=contact`."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    phone = serializers.CharField(allow_null=True, help_text="E.164; null when the customer hides it.")


class ConversationOutletShape(Shape):
    """The outlet in short; in full with `?expand=outlet`."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    channel = serializers.ChoiceField(choices=Channel.choices)


class PreviewShape(Shape):
    """The newest message in one line; `text` is empty for types that have none."""

    text = serializers.CharField()
    type = serializers.ChoiceField(choices=MessageType.choices, allow_null=True)
    direction = serializers.ChoiceField(choices=Direction.choices, allow_null=True)
    sender = serializers.ChoiceField(choices=Sender.choices, allow_null=True)


class HandoffShape(Shape):
    """The customer asked for a human, who has not come yet."""

    requested_at = serializers.DateTimeField()
    reason = serializers.CharField()


class ReplyClockShape(Shape):
    """What is due next by the tenant's promises: an answer or a solution; `none` while nobody owes one."""

    due_at = serializers.DateTimeField(allow_null=True)
    state = serializers.ChoiceField(choices=["none", "ok", "soon", "late"])


class ConversationShape(Shape):
    """The one thread between an outlet and a contact."""

    expandable = ("assignee", "contact", "outlet")
    unversioned = ("contact", "outlet", "window_expires_at", "sla")

    id = serializers.UUIDField()
    status = serializers.ChoiceField(choices=Status.choices)
    owner = ConversationOwnerShape()
    assignee = AssigneeShape(allow_null=True)
    contact = ConversationContactShape()
    outlet = ConversationOutletShape()
    subject_line = serializers.CharField()
    preview = PreviewShape()
    unread_count = serializers.IntegerField(min_value=0)
    last_message_at = serializers.DateTimeField()
    active_at = serializers.DateTimeField(help_text="The newest message, or coming back from a snooze.")
    window_expires_at = serializers.DateTimeField(
        allow_null=True,
        help_text="Until then anything may be sent, afterwards only templates; null when closed. A web chat has none.",
    )
    handoff = HandoffShape(allow_null=True)
    tags = serializers.ListField(child=serializers.CharField())
    snoozed_until = serializers.DateTimeField(allow_null=True)
    sla = ReplyClockShape()
    version = serializers.IntegerField(help_text="Grows with every change.")
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    _links = Links()

    example: ClassVar[dict[str, Any]] = {
        "id": CONVERSATION_ID,
        "status": "open",
        "owner": {"type": "human", "user": MEMBER_ID},
        "assignee": {"id": MEMBER_ID, "name": "Alice Moreno"},
        "contact": {"id": CONTACT_ID, "name": "Rosa Delgado", "phone": "+13055550142"},
        "outlet": {"id": OUTLET_ID, "name": "Main line", "channel": "whatsapp"},
        "subject_line": "",
        "preview": {
            "text": "Did the letter arrive?", "type": "text", "direction": "in", "sender": "customer",
        },
        "unread_count": 1,
        "last_message_at": AT,
        "active_at": AT,
        "window_expires_at": "2026-11-21T15:04:05.000Z",
        "handoff": None,
        "tags": ["dispute"],
        "snoozed_until": None,
        "sla": {"due_at": "2026-11-20T16:04:05.000Z", "state": "ok"},
        "version": 7,
        "created_at": "2026-11-02T09:00:00.000Z",
        "updated_at": AT,
        "_links": CONVERSATION_LINKS,
    }  # fmt: skip


class MessageSenderShape(Shape):
    """Who wrote it: `id` is a contact's or a member's, null for systems."""

    type = serializers.ChoiceField(choices=Sender.choices)
    id = serializers.UUIDField(allow_null=True)
    name = serializers.CharField()


class QuotedMessageShape(Shape):
    """The message this one answers, its text cut at 200 characters."""

    id = serializers.UUIDField()
    text = serializers.CharField()
    type = serializers.ChoiceField(choices=MessageType.choices)
    sender_name = serializers.CharField()


class FailureShape(Shape):
    """Why a message did not go out. `MAYBE_SENT`: nobody can say whether it did; only a person sends it again."""

    code = serializers.CharField()
    reason = serializers.CharField(help_text="In plain words, in the caller's language.")
    retryable = serializers.BooleanField(
        help_text="Whether the same message can succeed when it is sent again (`POST .../retry/`)."
    )


class FileFailureShape(Shape):
    """Why a customer's file could not be loaded."""

    code = serializers.CharField()
    reason = serializers.CharField(help_text="In plain words, in the caller's language.")


class AttachmentShape(Shape):
    """The file of a message. A customer's file is `pending` until it has been loaded from the channel."""

    id = serializers.UUIDField()
    message_id = serializers.UUIDField(allow_null=True, help_text="Null until an uploaded file is sent.")
    kind = serializers.ChoiceField(choices=[(kind.value, kind.label) for kind in FILES])
    state = serializers.ChoiceField(choices=AttachmentState.choices)
    filename = serializers.CharField(help_text="As the sender named it: to be shown, never to be trusted.")
    media_type = serializers.CharField(allow_null=True, help_text="By its bytes; null while pending.")
    claimed_type = serializers.CharField(allow_null=True, help_text="By its sender.")
    size = serializers.IntegerField(allow_null=True, help_text="In bytes.")
    sha256 = serializers.CharField(allow_null=True, help_text="Of its bytes, in hex.")
    is_voice = serializers.BooleanField(help_text="Whether it is a voice note.")
    is_animated = serializers.BooleanField()
    is_shown = serializers.BooleanField(
        help_text="Whether it is safe to be shown or played; if not, it is only given out to be saved."
    )
    width = serializers.IntegerField(allow_null=True)
    height = serializers.IntegerField(allow_null=True)
    url = serializers.CharField(allow_null=True, help_text="Where a signed-in browser finds it; never changes.")
    thumbnail_url = serializers.CharField(allow_null=True)
    failure = FileFailureShape(allow_null=True)
    created_at = serializers.DateTimeField()
    _links = Links()

    example: ClassVar[dict[str, Any]] = {
        "id": ATTACHMENT_ID,
        "message_id": MESSAGE_ID,
        "kind": "image",
        "state": "ready",
        "filename": "",
        "media_type": "image/jpeg",
        "claimed_type": "image/jpeg",
        "size": 183_204,
        "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "is_voice": False,
        "is_animated": False,
        "is_shown": True,
        "width": 1200,
        "height": 1600,
        "url": f"/files/{ATTACHMENT_ID}/9f86d081884c7d65/",
        "thumbnail_url": f"/files/{ATTACHMENT_ID}/9f86d081884c7d65/thumbnail/",
        "failure": None,
        "created_at": AT,
        "_links": {
            "self": f"/api/v1/attachments/{ATTACHMENT_ID}/",
            "content": f"/api/v1/attachments/{ATTACHMENT_ID}/content/",
            "message": f"/api/v1/messages/{MESSAGE_ID}/",
        },
    }


class MessageShape(Shape):
    """One message or private note."""

    unversioned = ("failure",)

    id = serializers.UUIDField()
    conversation_id = serializers.UUIDField()
    direction = serializers.ChoiceField(choices=Direction.choices)
    sender = MessageSenderShape()
    type = serializers.ChoiceField(choices=MessageType.choices)
    text = serializers.CharField()
    attachments = AttachmentShape(many=True)
    content = serializers.DictField(help_text="What the type needs beyond text: location, reaction, template, ...")
    reply_to = QuotedMessageShape(allow_null=True)
    status = serializers.ChoiceField(choices=Delivery.choices)
    status_at = serializers.DateTimeField()
    scheduled_for = serializers.DateTimeField(allow_null=True, help_text="When it goes out, while it is `scheduled`.")
    cancel_on_reply = serializers.BooleanField(
        allow_null=True, help_text="Whether it is not sent when the customer writes first; null unless `scheduled`."
    )
    failure = FailureShape(allow_null=True)
    vendor_id = serializers.CharField(allow_null=True)
    client_id = serializers.UUIDField(allow_null=True)
    sent_at = serializers.DateTimeField(
        help_text="When it happened for the customer, or was written by us; of a scheduled one `scheduled_for`."
    )
    delivered_at = serializers.DateTimeField(allow_null=True)
    read_at = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()
    metadata = serializers.DictField(allow_null=True)
    _links = Links()

    example: ClassVar[dict[str, Any]] = {
        "id": MESSAGE_ID,
        "conversation_id": CONVERSATION_ID,
        "direction": "out",
        "sender": {"type": "agent", "id": MEMBER_ID, "name": "Alice Moreno"},
        "type": "text",
        "text": "It arrived on Tuesday. The bureau now has 30 days to answer.",
        "attachments": [],
        "content": {},
        "reply_to": None,
        "status": "queued",
        "status_at": AT,
        "scheduled_for": None,
        "cancel_on_reply": None,
        "failure": None,
        "vendor_id": None,
        "client_id": None,
        "sent_at": AT,
        "delivered_at": None,
        "read_at": None,
        "created_at": AT,
        "metadata": None,
        "_links": MESSAGE_LINKS,
    }


class SnippetPieceShape(Shape):
    """A stretch of plain text; `match` says that it is what was looked for."""

    text = serializers.CharField()
    match = serializers.BooleanField()


class FoundMessageShape(MessageShape):
    """A message with the part of its text that shows why it was found."""

    snippet = SnippetPieceShape(many=True)

    example: ClassVar[dict[str, Any]] = {
        **MessageShape.example,
        "snippet": [{"text": "It arrived on ", "match": False}, {"text": "Tues", "match": True},
                    {"text": "day. The bureau now has 30 days to answer.", "match": False}],
    }  # fmt: skip


class MessageStatusShape(Shape):
    """How far a message has come."""

    id = serializers.UUIDField()
    status = serializers.ChoiceField(choices=Delivery.choices)
    status_at = serializers.DateTimeField()
    failure = FailureShape(allow_null=True)
    vendor_id = serializers.CharField(allow_null=True)
    sent_at = serializers.DateTimeField()
    delivered_at = serializers.DateTimeField(allow_null=True)
    read_at = serializers.DateTimeField(allow_null=True)
    _links = Links()

    example: ClassVar[dict[str, Any]] = {
        "id": MESSAGE_ID,
        "status": "delivered",
        "status_at": "2026-11-20T15:04:07.000Z",
        "failure": None,
        "vendor_id": "wamid.HBgLMTMwNTU1NTAxNDIVAgARGBI",
        "sent_at": AT,
        "delivered_at": "2026-11-20T15:04:07.000Z",
        "read_at": None,
        "_links": MESSAGE_LINKS,
    }


class AssignmentShape(Shape):
    """How conversations of an outlet find somebody."""

    selectable = False

    mode = serializers.ChoiceField(choices=AssignmentMode.choices)
    silence = serializers.IntegerField(
        allow_null=True, help_text="Minutes of their hours after which an assignee who does not answer loses it."
    )
    _links = Links()

    example: ClassVar[dict[str, Any]] = {
        "mode": "round_robin",
        "silence": 15,
        "_links": {
            "self": f"/api/v1/outlets/{OUTLET_ID}/assignment/", "outlet": f"/api/v1/outlets/{OUTLET_ID}/",
        },
    }  # fmt: skip


POLICY_ID = "01936f5c-6262-7727-8838-939494040414"


class SlaPolicyShape(Shape):
    """What is promised: of several the one with outlet and tag counts, then tag, then outlet, then for everything."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    outlet = serializers.UUIDField(allow_null=True)
    tag = serializers.CharField(allow_null=True)
    calendar = serializers.UUIDField(allow_null=True, help_text="The working hours it runs in; null: round the clock.")
    first_response = serializers.IntegerField(allow_null=True, help_text="Minutes.")
    next_response = serializers.IntegerField(allow_null=True, help_text="Minutes.")
    resolution = serializers.IntegerField(allow_null=True, help_text="Minutes.")
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    _links = Links()

    example: ClassVar[dict[str, Any]] = {
        "id": POLICY_ID,
        "name": "Main line",
        "outlet": OUTLET_ID,
        "tag": None,
        "calendar": None,
        "first_response": 30,
        "next_response": 60,
        "resolution": 2880,
        "created_at": "2026-10-01T09:00:00.000Z",
        "updated_at": "2026-10-01T09:00:00.000Z",
        "_links": {"self": f"/api/v1/sla-policies/{POLICY_ID}/"},
    }


class OutletShape(Shape):
    """A line that customers write to: for WhatsApp one phone number. Its access token goes in and never comes out."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    channel = serializers.ChoiceField(choices=Channel.choices)
    phone_number_id = serializers.CharField(allow_null=True, help_text="Of WhatsApp numbers, like the next two.")
    display_phone_number = serializers.CharField(allow_null=True)
    waba_id = serializers.CharField(allow_null=True)
    portfolio_id = serializers.CharField(allow_null=True)
    graph_version = serializers.CharField(allow_null=True)
    status = serializers.ChoiceField(choices=OutletStatus.choices)
    status_code = serializers.CharField(allow_null=True, help_text="The vendor's error code that stopped it.")
    sends_read_receipts = serializers.BooleanField(help_text="Whether customers see that an agent has read, or types.")
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    _links = Links()

    example: ClassVar[dict[str, Any]] = {
        "id": OUTLET_ID,
        "name": "Main line",
        "channel": "whatsapp",
        "phone_number_id": "104857600000001",
        "display_phone_number": "+13055550100",
        "waba_id": "104857600000002",
        "portfolio_id": None,
        "graph_version": "v26.0",
        "status": "active",
        "status_code": None,
        "sends_read_receipts": True,
        "created_at": "2026-10-01T09:00:00.000Z",
        "updated_at": "2026-10-01T09:00:00.000Z",
        "_links": {
            "self": f"/api/v1/outlets/{OUTLET_ID}/",
            "conversations": f"/api/v1/conversations/?outlet={OUTLET_ID}",
            "active": f"/api/v1/conversations/outlet/{OUTLET_ID}/active/",
            "templates": f"/api/v1/templates/?outlet={OUTLET_ID}",
        },
    }


class TemplateShape(Shape):
    """A message template as WhatsApp keeps it; one per name and language."""

    id = serializers.UUIDField()
    waba_id = serializers.CharField()
    name = serializers.CharField()
    language = serializers.CharField()
    category = serializers.CharField(allow_null=True)
    status = serializers.CharField(help_text="The vendor's word in lower case; only `approved` ones can be sent.")
    quality = serializers.CharField(allow_null=True)
    reason = serializers.CharField(allow_null=True, help_text="Why it was rejected or paused.")
    components = serializers.ListField(child=serializers.DictField(), help_text="As the vendor describes them.")
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    _links = Links()

    example: ClassVar[dict[str, Any]] = {
        "id": TEMPLATE_ID,
        "waba_id": "104857600000002",
        "name": "letter_mailed",
        "language": "en_US",
        "category": "utility",
        "status": "approved",
        "quality": "green",
        "reason": None,
        "components": [{"type": "BODY", "text": "Hello {{1}}, your letter to {{2}} is in the mail."}],
        "created_at": "2026-10-01T09:00:00.000Z",
        "updated_at": "2026-10-01T09:00:00.000Z",
        "_links": {"self": f"/api/v1/templates/{TEMPLATE_ID}/"},
    }


class NotificationShape(Shape):
    """Something a member should know of."""

    id = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=NotificationKind.choices)
    conversation_id = serializers.UUIDField()
    message_id = serializers.UUIDField(allow_null=True, help_text="Null: it is about the conversation.")
    contact = AssigneeShape(help_text="The customer of the conversation.")
    by = AssigneeShape(allow_null=True, help_text="The colleague who caused it; null: the product.")
    text = serializers.CharField(allow_null=True, help_text="The beginning of the message.")
    read_at = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()
    _links = Links()

    example: ClassVar[dict[str, Any]] = {
        "id": NOTIFICATION_ID,
        "kind": "mention",
        "conversation_id": CONVERSATION_ID,
        "message_id": MESSAGE_ID,
        "contact": {"id": CONTACT_ID, "name": "Maribel Ortega"},
        "by": {"id": MEMBER_ID, "name": "Alice Moreno"},
        "text": "@Diego Ramos can you call her today?",
        "read_at": None,
        "created_at": AT,
        "_links": {"self": f"/api/v1/notifications/{NOTIFICATION_ID}/"},
    }


class ReadShape(Shape):
    """How many notifications are unread now."""

    unread = serializers.IntegerField(min_value=0)

    example: ClassVar[dict[str, Any]] = {"unread": 0}


class CannedReplyShape(Shape):
    """A text that is written often, behind a shortcut. A private one is only shown to its owner."""

    id = serializers.UUIDField()
    shortcut = serializers.CharField()
    title = serializers.CharField()
    folder = serializers.CharField()
    text_en = serializers.CharField(allow_null=True, help_text="With blanks like `{{contact.first_name}}`.")
    text_es = serializers.CharField(allow_null=True)
    is_shared = serializers.BooleanField()
    owner = AssigneeShape(allow_null=True, help_text="Whose it is when it is private.")
    use_count = serializers.IntegerField(min_value=0)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    _links = Links()

    example: ClassVar[dict[str, Any]] = {
        "id": CANNED_REPLY_ID,
        "shortcut": "dispute-timeline",
        "title": "How long a dispute takes",
        "folder": "Disputes",
        "text_en": "Hi {{contact.first_name}}, a bureau generally has 30 days to answer.",
        "text_es": "Hola {{contact.first_name}}, una agencia tiene en general 30 días para responder.",
        "is_shared": True,
        "owner": None,
        "use_count": 41,
        "created_at": AT,
        "updated_at": AT,
        "_links": {"self": f"/api/v1/canned-replies/{CANNED_REPLY_ID}/"},
    }
