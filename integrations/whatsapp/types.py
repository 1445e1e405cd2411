"""Typed values of the WhatsApp door: what goes out, what comes in."""

import re
from dataclasses import dataclass
from dataclasses import field as default
from datetime import datetime
from enum import StrEnum
from typing import Any

MAX_TEXT = 4096
"""Characters of a text body the vendor takes."""

_E164 = re.compile(r"\+[1-9]\d{6,14}")


@dataclass(frozen=True, slots=True)
class Recipient:
    """Whom a message goes to: a phone (E.164 with +), or a business-scoped user id when no phone is known."""

    phone: str | None = None
    user_id: str | None = None

    def __post_init__(self) -> None:
        """Raise ValueError unless there is an address, and a phone no vendor could take for a local one."""
        if self.phone and not _E164.fullmatch(self.phone):
            message = "a phone is E.164 with a leading +"
            raise ValueError(message)
        if not (self.phone or self.user_id):
            message = "a recipient has a phone or a user id"
            raise ValueError(message)

    @property
    def address(self) -> dict[str, str]:
        """Return the field that names the recipient on the wire; the phone is preferred."""
        return {"to": self.phone} if self.phone else {"recipient": str(self.user_id)}


@dataclass(frozen=True, slots=True)
class Accepted:
    """The vendor took a message; that is not yet delivery. `message_status` is set for templates under pacing."""

    vendor_id: str
    wa_id: str | None
    message_status: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberInfo:
    """A phone number of a business account, as the vendor describes it."""

    id: str
    display_phone_number: str
    verified_name: str = ""
    quality: str = ""
    """The vendor's word, lower case: green, yellow, red, unknown."""
    status: str = ""


class PieceKind(StrEnum):
    """What one update of a webhook is about; `bad` ones could not be understood."""

    MESSAGE = "message"
    STATUS = "status"
    TEMPLATE = "template"
    ACCOUNT = "account"
    PREFERENCE = "preference"
    ERROR = "error"
    UNKNOWN = "unknown"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Sender:
    """A customer as the vendor names them. With a username the phone may be hidden, so only `user_id` is there.

    `user_id` is scoped to the business portfolio. `phone` is E.164 with +, when `wa_id` is a phone number at all.
    """

    user_id: str | None = None
    parent_user_id: str | None = None
    wa_id: str | None = None
    phone: str | None = None
    name: str = ""
    username: str = ""


@dataclass(frozen=True, slots=True)
class MediaRef:
    """A file the vendor keeps for 7 days. `sha256` is base64; `filename` is only a name, never a path."""

    media_id: str
    mime_type: str = ""
    sha256: str = ""
    filename: str = ""
    caption: str = ""
    voice: bool = False
    animated: bool = False
    url: str = ""


@dataclass(frozen=True, slots=True)
class ErrorNotice:
    """An error the vendor tells by webhook."""

    code: str
    title: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class IncomingMessage:
    """One message of a customer.

    `type` is one of the product's message types. `text` is the best plain text there is: body, caption, the title of
    the pressed button, the name of the place, or empty. `content` holds what the type needs beyond that, under the
    names location, contacts, interactive, reaction, order, referral, product, group_id, edit, revoke, system,
    unsupported.
    """

    vendor_id: str
    sender: Sender
    sent_at: datetime
    type: str
    text: str = ""
    reply_to: str | None = None
    forwarded: bool = False
    attachments: tuple[MediaRef, ...] = ()
    content: dict[str, Any] = default(default_factory=dict)
    errors: tuple[ErrorNotice, ...] = ()


@dataclass(frozen=True, slots=True)
class StatusUpdate:
    """How far one of our messages came: sent, delivered, read, played, failed, or a word the vendor invents later.

    `tag` is what we sent along with the message. `pricing` is the vendor's own object, when there is one.
    """

    vendor_id: str
    tag: str | None
    status: str
    at: datetime
    recipient_wa_id: str | None = None
    recipient_user_id: str | None = None
    error_code: str = ""
    error_detail: str = ""
    pricing: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class TemplateUpdate:
    """News about a message template; empty fields are not mentioned.

    `event` is the vendor's status word (APPROVED, PAUSED, ...), `quality` GREEN, YELLOW, RED or UNKNOWN, `components`
    the new content in the form in which templates are listed.
    """

    field: str
    template_id: str
    name: str
    language: str
    event: str = ""
    category: str = ""
    quality: str = ""
    reason: str = ""
    components: list[dict[str, Any]] | None = None
    at: datetime | None = None
    payload: dict[str, Any] = default(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AccountUpdate:
    """News about a business account or one of its numbers; `payload` is the vendor's own object."""

    field: str
    event: str
    display_phone_number: str = ""
    at: datetime | None = None
    payload: dict[str, Any] = default(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PreferenceUpdate:
    """A customer's word on a kind of messages: stop, resume or signup. `stop` is a legal opt-out."""

    sender: Sender
    category: str
    value: str
    at: datetime
    detail: str = ""


Value = IncomingMessage | StatusUpdate | TemplateUpdate | AccountUpdate | PreferenceUpdate | ErrorNotice


@dataclass(frozen=True, slots=True)
class Piece:
    """One update out of a webhook.

    `raw` is the vendor's object as it came, cleaned of what no database takes; `body` the same as a webhook of its
    own, so that it can be kept and replayed alone. `problem` says in plain words what is wrong with a bad one.
    """

    kind: PieceKind
    field: str
    waba_id: str
    phone_number_id: str
    raw: dict[str, Any]
    body: Any
    problem: str = ""
    value: Value | None = None
