"""Values that cross the border of conversations: what ingest hands down and what doors ask for."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from conversations.enums import Channel, Delivery, MessageType


@dataclass(frozen=True, slots=True)
class InboundSender:
    """How the channel names the customer. `phone` is E.164 or empty, `user_id` the channel's own id or empty.

    `email` and `language` are what the person said about themselves.
    """

    user_id: str = ""
    phone: str = ""
    name: str = ""
    username: str = ""
    email: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class InboundFile:
    """A file a customer sent, as the vendor describes it; the bytes are fetched later under `vendor_id`."""

    vendor_id: str
    claimed_type: str = ""
    sha256: str = ""
    """As the vendor writes it; empty when it does not say."""
    filename: str = ""
    is_voice: bool = False


@dataclass(frozen=True, slots=True)
class InboundMessage:
    """One customer message, vendor-neutral. `sent_at` is the vendor's time."""

    outlet_id: UUID
    vendor_id: str
    sender: InboundSender
    sent_at: datetime
    type: MessageType
    text: str = ""
    files: tuple[InboundFile, ...] = ()
    content: dict[str, Any] = field(default_factory=dict)
    reply_to_vendor_id: str = ""


@dataclass(frozen=True, slots=True)
class DeliveryUpdate:
    """One delivery status. `message_id` is our id when the vendor echoed it, `vendor_id` always the vendor's."""

    vendor_id: str
    message_id: UUID | None
    status: Delivery
    at: datetime
    failure_code: str = ""
    failure_detail: str = ""
    failure_retryable: bool = False
    opts_out: bool = False
    """The vendor says this customer wants no more marketing."""
    pricing: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class TemplateChoice:
    """A template with the values for its blanks; a value is text, the keys are the blanks' names or positions."""

    name: str
    language: str
    header: dict[str, str] = field(default_factory=dict)
    body: dict[str, str] = field(default_factory=dict)
    buttons: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NewMessage:
    """What somebody wants to send. `content` is what the type needs beyond text (`conversations.composing`).

    A reaction is on the message `reply_to`; for everything else that is the message it answers.
    """

    type: MessageType
    text: str = ""
    template: TemplateChoice | None = None
    reply_to: UUID | None = None
    attachment: UUID | None = None
    content: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TemplateNews:
    """What the vendor says about a template; empty fields are unchanged."""

    waba_id: str
    vendor_id: str
    name: str
    language: str
    status: str = ""
    quality: str = ""
    category: str = ""
    reason: str = ""
    components: list[dict[str, Any]] | None = None


@dataclass(frozen=True, slots=True)
class OutletNews:
    """Any other update about an outlet or its account, kept as it came."""

    outlet_id: UUID
    field: str
    event: str
    payload: dict[str, Any]


@dataclass(frozen=True, slots=True)
class MarketingPreference:
    """The customer's word on marketing messages; `allowed` False is a legal opt-out."""

    outlet_id: UUID
    sender: InboundSender
    allowed: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class Line:
    """How the vendor is reached for one outlet."""

    outlet_id: UUID
    phone_number_id: str
    access_token: str = field(repr=False)
    graph_version: str = ""


@dataclass(frozen=True, slots=True)
class Receipt:
    """A customer message that is to be shown as read."""

    line: Line
    vendor_id: str


@dataclass(frozen=True, slots=True)
class ToFetch:
    """A claimed attachment with all that its download needs."""

    attachment_id: UUID
    line: Line
    vendor_id: str
    sha256: str
    claimed_type: str
    max_bytes: int


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What is known of a file whose bytes are kept."""

    sha256: str
    size: int
    media_type: str
    is_shown: bool
    width: int | None = None
    height: int | None = None
    is_animated: bool = False
    has_thumbnail: bool = False


@dataclass(frozen=True, slots=True)
class FetchFailure:
    """Why a file could not be fetched. `retry_after` in seconds, when the vendor says so."""

    code: str
    retryable: bool
    counts: bool = True
    retry_after: float | None = None


@dataclass(frozen=True, slots=True)
class FileToSend:
    """The file of a message on its way out. `vendor_id` is empty until the vendor has it."""

    file_id: UUID
    sha256: str
    size: int
    media_type: str
    name: str
    vendor_id: str = ""


@dataclass(frozen=True, slots=True)
class ToSend:
    """A claimed message with all its vendor call needs; taken by one worker, never twice."""

    message_id: UUID
    conversation_id: UUID
    outlet_id: UUID
    phone_number_id: str
    access_token: str = field(repr=False)
    channel: Channel = Channel.WHATSAPP
    graph_version: str = ""
    phone: str = ""
    user_id: str = ""
    type: MessageType = MessageType.TEXT
    text: str = ""
    template: TemplateChoice | None = None
    content: Mapping[str, Any] = field(default_factory=dict)
    file: FileToSend | None = None
    reply_to_vendor_id: str = ""


@dataclass(frozen=True, slots=True)
class SendFailure:
    """Why a vendor call did not end well, in words the outbox decides by.

    `retryable` True: a machine may try again. `by_hand` True: it may not, and a person still can, with sense.
    `unknown` True: the vendor may have acted. `counts` False: nothing was tried (limit, breaker), only time passed.
    """

    code: str
    detail: str
    retryable: bool
    unknown: bool
    counts: bool = True
    retry_after: float | None = None
    stops_outlet: bool = False
    stops_template: bool = False
    opts_out: bool = False
    """The vendor says this customer wants no more marketing."""
    by_hand: bool = False
