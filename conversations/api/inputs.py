"""What callers may send to conversations: bodies and query parameters."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from conversations.api.outputs import MEMBER_ID, OUTLET_ID
from conversations.canned import BLANKS
from conversations.channels import FILES
from conversations.enums import AssignmentMode, Channel, Owner, Status, View
from conversations.types import NewMessage, TemplateChoice
from kernel.api.inputs import Body, Flag, Id, IdOrWord, ListQuery, Moment, Pattern, SearchWords, Text, Whole, Word

TEXT_LIMIT = 65_536
BLANK_LIMIT = 1024
TOKEN_LIMIT = 4096

ME, NOBODY = "me", "none"


SEARCH = "Beginnings of words, without regard to accents and capitals; all of them have to be there,"


class ConversationQuery(ListQuery):
    """How a list of conversations is narrowed and ordered."""

    status = Word(choices=Status.choices, required=False)
    owner = Word(choices=Owner.choices, required=False, help_text="Who answers next.")
    assignee = IdOrWord(
        ME, NOBODY, required=False, help_text="A member's id, `me` (with a session), or `none`: nobody is responsible."
    )
    outlet = Id(required=False)
    contact = Id(required=False)
    channel = Word(choices=Channel.choices, required=False)
    view = Word(choices=View.choices, required=False, help_text="An inbox view; `mine` needs a session.")
    unread = serializers.BooleanField(required=False)
    tag = serializers.CharField(required=False, max_length=40, help_text="The name of a tag it has.")
    sla = Word(choices=["none", "ok", "soon", "late"], required=False, help_text="How what is due next stands.")
    search = SearchWords(required=False, help_text=f"{SEARCH} in the contact or in one of the messages.")
    last_message_from = Moment(required=False, help_text="Its last message is of this time or later.")
    last_message_before = Moment(required=False, help_text="Its last message is from before this time.")
    order = Word(
        choices=["-last_message_at", "last_message_at", "-active_at", "active_at", "sla_due_at", "-sla_due_at"],
        default="-last_message_at",
        help_text="By `sla_due_at` only those for which something is due.",
    )


class FoundQuery(ListQuery):
    """Which messages are looked for."""

    search = SearchWords(required=False, help_text=f"{SEARCH} in the text of the message or note.")
    conversation = Id(required=False, help_text="Only in this conversation.")


class ThreadQuery(ListQuery):
    """How the messages of a conversation are ordered."""

    order = Word(choices=["-sent_at", "sent_at"], default="-sent_at")


class TemplateQuery(ListQuery):
    """How a list of templates is narrowed."""

    outlet = Id(required=False, help_text="Only templates this outlet can send.")
    name = serializers.CharField(required=False, max_length=512)
    language = serializers.CharField(required=False, max_length=12)
    status = serializers.CharField(required=False, max_length=40)


class CannedReplyQuery(ListQuery):
    """How a list of canned replies is narrowed."""

    folder = serializers.CharField(required=False, max_length=60)
    is_shared = serializers.BooleanField(required=False)
    order = Word(choices=["shortcut", "-shortcut"], default="shortcut")


class CannedReplyChangesBody(Body):
    """What may be changed about a canned reply; what is left out stays."""

    shortcut = Text(required=False, max_length=41, help_text="Letters a to z, digits and single hyphens.")
    title = Text(required=False, allow_blank=True, max_length=120)
    folder = Text(required=False, allow_blank=True, max_length=60)
    text_en = Text(required=False, allow_blank=True, max_length=4096, help_text=f"Blanks: {', '.join(BLANKS)}.")
    text_es = Text(required=False, allow_blank=True, max_length=4096)
    is_shared = Flag(required=False, help_text="False: only for yourself; needs a session.")

    example: ClassVar[dict[str, Any]] = {"title": "How long the bureau has", "folder": "Disputes"}


class CannedReplyBody(CannedReplyChangesBody):
    """A new canned reply; it says something in at least one language."""

    shortcut = Text(max_length=41, help_text="Letters a to z, digits and single hyphens.")

    example: ClassVar[dict[str, Any]] = {
        "shortcut": "bureau-answer",
        "title": "When the bureau answers",
        "folder": "Disputes",
        "text_en": "Hi {{contact.first_name}}, a bureau generally has 30 days to answer.",
    }


class ConversationChangesBody(Body):
    """What may be changed about a conversation; what is left out stays."""

    status = Word(
        choices=Status.choices,
        required=False,
        help_text="`resolved` is done, `open` takes it up again, `pending` waits for others, `snoozed` rests.",
    )
    snoozed_until = Moment(
        required=False,
        allow_null=True,
        help_text="With `status: snoozed`; null or left out: until the customer writes.",
    )
    assignee = Id(required=False, allow_null=True, help_text="The member responsible, null for nobody.")
    tags = serializers.ListField(
        child=Text(max_length=40), required=False, max_length=20, help_text="Names from the tenant's list, all of them."
    )

    example: ClassVar[dict[str, Any]] = {"assignee": MEMBER_ID}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Hold the time and the status together."""
        if "snoozed_until" in attrs and attrs.get("status") != Status.SNOOZED:
            raise serializers.ValidationError({"snoozed_until": [_("Give it with the status snoozed, and only then.")]})
        return attrs


class HandoffBody(Body):
    """Who answers next."""

    to = IdOrWord("queue", "ai", help_text="`queue` asks for a human, `ai` gives it to the AI, an id to that member.")
    reason = Text(default="", allow_blank=True, max_length=400)

    example: ClassVar[dict[str, Any]] = {"to": "queue", "reason": "Asked for a person"}


class TemplateChoiceBody(Body):
    """A template with the values of its blanks, keyed by the blank's name or number; of buttons by position."""

    name = Text(max_length=512)
    language = Text(max_length=12)
    header = serializers.DictField(child=Text(max_length=BLANK_LIMIT), default=dict)
    body = serializers.DictField(child=Text(max_length=BLANK_LIMIT), default=dict)
    buttons = serializers.DictField(child=Text(max_length=BLANK_LIMIT), default=dict)

    example: ClassVar[dict[str, Any]] = {
        "name": "letter_mailed", "language": "en_US", "body": {"1": "Rosa", "2": "Equifax"},
    }  # fmt: skip


class LocationBody(Body):
    """A place in degrees."""

    latitude = serializers.FloatField(min_value=-90, max_value=90)
    longitude = serializers.FloatField(min_value=-180, max_value=180)
    name = Text(default="", allow_blank=True, max_length=1000)
    address = Text(default="", allow_blank=True, max_length=1000)

    example: ClassVar[dict[str, Any]] = {"latitude": 25.7617, "longitude": -80.1918, "name": "Our office"}


class CardBody(Body):
    """Somebody's contact details; a phone or an email at least."""

    name = Text(max_length=200)
    organization = Text(default="", allow_blank=True, max_length=200)
    phones = serializers.ListField(child=Text(max_length=40), default=list, max_length=5)
    emails = serializers.ListField(child=Text(max_length=254), default=list, max_length=5)


class ChoiceBody(Body):
    """Something the customer may choose. `id` comes back with the choice; without one it is the title."""

    id = Text(default="", allow_blank=True, max_length=256)
    title = Text(max_length=24)
    description = Text(default="", allow_blank=True, max_length=72, help_text="Of rows only.")


class InteractiveBody(Body):
    """What the customer is asked to do; the text of the message stands above it."""

    type = Word(choices=["buttons", "list", "link", "location_request"])
    header = Text(default="", allow_blank=True, max_length=60)
    footer = Text(default="", allow_blank=True, max_length=60)
    buttons = serializers.ListField(child=ChoiceBody(), default=list, max_length=3, help_text="1 to 3, titles to 20.")
    rows = serializers.ListField(child=ChoiceBody(), default=list, max_length=10, help_text="1 to 10.")
    button = Text(default="", allow_blank=True, max_length=20, help_text="What opens the list or the link.")
    url = Text(default="", allow_blank=True, max_length=2000, help_text="Of a link.")

    example: ClassVar[dict[str, Any]] = {"type": "buttons", "buttons": [{"id": "yes", "title": "Yes, go ahead"}]}


class ReactionBody(Body):
    """An emoji on the message `reply_to`; none takes it back."""

    emoji = Text(allow_blank=True, max_length=32)


CONTENT = {"location": "location", "contacts": "contacts", "interactive": "interactive", "reaction": "reaction"}
"""Which field holds the content of which type."""
FIELD_OF: dict[str, str] = {"template": "template", **CONTENT, **{kind.value: "attachment" for kind in FILES}}
KINDS = ["text", "template", *(kind.value for kind in FILES), *CONTENT]


class _MessageBody(Body):
    text = Text(
        default="", allow_blank=True, max_length=TEXT_LIMIT,
        help_text="Up to 4,096 characters; captions and texts above buttons 1,024; notes 65,536.",
    )  # fmt: skip
    template = TemplateChoiceBody(required=False, help_text="For type `template`.")
    attachment = Id(required=False, help_text="An uploaded file, for types that are one.")
    location = LocationBody(required=False)
    contacts = serializers.ListField(child=CardBody(), required=False, min_length=1, max_length=5)
    interactive = InteractiveBody(required=False)
    reaction = ReactionBody(required=False)
    client_id = Id(required=False, help_text="An id of your own: the same one again is the same message.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Hold type and content together: each type has its field, and only that."""
        needed = FIELD_OF.get(attrs["type"])
        for name in ("template", "attachment", *CONTENT):
            if (name in attrs) != (name == needed):
                said = _("Give it with its own type, and only then.")
                raise serializers.ValidationError({name: [said]})
        if attrs["type"] == "template" and attrs["text"]:
            raise serializers.ValidationError({"text": [_("A template has its own text.")]})
        return attrs


LATER = ("text", "template", *(kind.value for kind in FILES))
"""What can be sent later."""
WHY_CANCEL = "Do not send it when the customer writes first."


class NewMessageBody(_MessageBody):
    """A message or private note for a conversation."""

    type = Word(choices=[*KINDS, "note"])
    reply_to = Id(required=False, help_text="The message this one answers, or a reaction is on; not for notes.")
    send_at = Moment(
        required=False,
        help_text="Send it then, within 90 days, not now; for texts, templates and types that are a file.",
    )
    cancel_on_reply = Flag(required=False, help_text=f"With `send_at`. {WHY_CANCEL}")

    example: ClassVar[dict[str, Any]] = {
        "type": "text", "text": "It arrived on Tuesday. The bureau now has 30 days to answer.",
    }  # fmt: skip

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse a note that answers something: the customer never sees it."""
        if attrs["type"] == "note" and "reply_to" in attrs:
            raise serializers.ValidationError({"reply_to": [_("A note answers no message.")]})
        if "send_at" in attrs and attrs["type"] not in LATER:
            raise serializers.ValidationError({"send_at": [_("This kind of message cannot be sent later.")]})
        if "cancel_on_reply" in attrs and "send_at" not in attrs:
            raise serializers.ValidationError({"cancel_on_reply": [_("Give it with a time, and only then.")]})
        return super().validate(attrs)


class ScheduledChangesBody(Body):
    """What may be changed about a scheduled message; what is left out stays."""

    text = Text(required=False, allow_blank=True, max_length=TEXT_LIMIT, help_text="Not of templates.")
    send_at = Moment(required=False, help_text="Within 90 days.")
    cancel_on_reply = Flag(required=False, help_text=WHY_CANCEL)

    example: ClassVar[dict[str, Any]] = {"text": "It arrived on Tuesday.", "cancel_on_reply": True}


class SendBody(_MessageBody):
    """A message to a phone number; its conversation is opened when there is none."""

    outlet = Id()
    to = Text(max_length=40, help_text="Phone number in E.164.")
    name = Text(default="", allow_blank=True, max_length=200, help_text="The contact's name, when it is a new one.")
    type = Word(choices=[kind for kind in KINDS if kind != "reaction"])

    example: ClassVar[dict[str, Any]] = {
        "outlet": OUTLET_ID, "to": "+13055550142", "type": "template", "template": TemplateChoiceBody.example,
    }  # fmt: skip


class AssignmentBody(Body):
    """How conversations of an outlet find somebody."""

    mode = Word(choices=AssignmentMode.choices)
    silence = Whole(default=None, allow_null=True, min_value=1, max_value=10_080, help_text="Minutes; null: never.")

    example: ClassVar[dict[str, Any]] = {"mode": "round_robin", "silence": 15}


class UploadBody(Body):
    """A file to be sent, as a form (`multipart/form-data`)."""

    file = serializers.FileField(allow_empty_file=True, help_text="What it is is decided by its bytes.")
    kind = Word(
        choices=[kind.value for kind in FILES], required=False,
        help_text="As what it goes; without it a photo goes as a photo, and what fits nothing else as a document.",
    )  # fmt: skip

    example: ClassVar[dict[str, Any]] = {"file": "(the bytes of letter.pdf)", "kind": "document"}


class SlaPolicyChangesBody(Body):
    """What may be changed about a policy; what is left out stays."""

    name = Text(required=False, max_length=80)
    outlet = Id(required=False, allow_null=True, source="outlet_id", help_text="Null: all outlets.")
    tag = Text(required=False, allow_blank=True, max_length=40, help_text="The name of a tag; empty for all.")
    calendar = Id(required=False, allow_null=True, source="calendar_id", help_text="Null: round the clock.")
    first_response = Whole(required=False, allow_null=True, min_value=1, max_value=129_600, help_text="Minutes.")
    next_response = Whole(required=False, allow_null=True, min_value=1, max_value=129_600, help_text="Minutes.")
    resolution = Whole(required=False, allow_null=True, min_value=1, max_value=129_600, help_text="Minutes.")

    example: ClassVar[dict[str, Any]] = {"first_response": 15}


class NewSlaPolicyBody(SlaPolicyChangesBody):
    """A promise for the conversations of an outlet, with a tag, both, or all."""

    name = Text(max_length=80)

    example: ClassVar[dict[str, Any]] = {
        "name": "Main line", "outlet": OUTLET_ID, "first_response": 30, "next_response": 60, "resolution": 2880,
    }  # fmt: skip


DIGITS = r"\A[0-9]{1,40}\Z"
E164 = r"\A\+[1-9][0-9]{6,14}\Z"
GRAPH_VERSION = r"\A(v[0-9]{1,3}\.[0-9]{1,2})?\Z"


class OutletChangesBody(Body):
    """What may be changed about an outlet; what is left out stays."""

    name = Text(required=False, max_length=80)
    display_phone_number = Pattern(E164, required=False, help_text="E.164.")
    waba_id = Pattern(DIGITS, required=False, help_text="WhatsApp Business Account.")
    portfolio_id = Pattern(r"\A[0-9]{0,40}\Z", required=False, allow_blank=True)
    graph_version = Pattern(
        GRAPH_VERSION, required=False, allow_blank=True, help_text="Empty follows the installation."
    )
    sends_read_receipts = Flag(required=False, help_text="Whether customers see that an agent has read, or is typing.")
    access_token = Text(
        required=False, max_length=TOKEN_LIMIT, help_text="Kept encrypted; a new one starts a stopped outlet again."
    )

    example: ClassVar[dict[str, Any]] = {"name": "Main line"}


class NewOutletBody(OutletChangesBody):
    """A WhatsApp number to connect."""

    name = Text(max_length=80)
    phone_number_id = Pattern(DIGITS, help_text="The vendor's id of the number.")
    display_phone_number = Pattern(E164, help_text="E.164.")
    waba_id = Pattern(DIGITS, help_text="WhatsApp Business Account.")
    access_token = Text(max_length=TOKEN_LIMIT, help_text="Kept encrypted, never shown.")

    example: ClassVar[dict[str, Any]] = {
        "name": "Main line", "phone_number_id": "104857600000001", "display_phone_number": "+13055550100",
        "waba_id": "104857600000002", "access_token": "the token from your WhatsApp app",
    }  # fmt: skip


def new_message(body: Mapping[str, Any]) -> NewMessage:
    """Return what actions take for a validated body."""
    chosen = body.get("template")
    return NewMessage(
        type=body["type"],
        text=body["text"],
        template=TemplateChoice(**chosen) if chosen else None,
        reply_to=body.get("reply_to"),
        attachment=body.get("attachment"),
        content={name: body[name] for name in CONTENT if name in body},
    )
