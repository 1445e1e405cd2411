"""Words of conversations and messages, as the API speaks them."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Channel(models.TextChoices):
    """What kind of line an outlet is."""

    WHATSAPP = "whatsapp", "WhatsApp"
    WEB_CHAT = "web_chat", _("Web chat")


class OutletStatus(models.TextChoices):
    """Whether an outlet may send. Stopped: the vendor refused the channel itself (token, policy, payment)."""

    ACTIVE = "active", _("Active")
    STOPPED = "stopped", _("Stopped")


class Status(models.TextChoices):
    """Where a conversation stands."""

    OPEN = "open", _("Open")
    PENDING = "pending", _("Pending")
    SNOOZED = "snoozed", _("Snoozed")
    RESOLVED = "resolved", _("Resolved")


class Owner(models.TextChoices):
    """Who answers next."""

    QUEUE = "queue", _("Queue")
    HUMAN = "human", _("Human")
    AI = "ai", _("AI")


class Direction(models.TextChoices):
    """Which way a message went; internal ones never leave."""

    IN = "in", _("In")
    OUT = "out", _("Out")
    INTERNAL = "internal", _("Internal")


class Sender(models.TextChoices):
    """Who wrote a message."""

    CUSTOMER = "customer", _("Customer")
    AI = "ai", _("AI")
    AGENT = "agent", _("Agent")
    SYSTEM = "system", _("System")


class MessageType(models.TextChoices):
    """What a message is; anything a vendor invents later is `unsupported`."""

    TEXT = "text", _("Text")
    IMAGE = "image", _("Image")
    AUDIO = "audio", _("Audio")
    VIDEO = "video", _("Video")
    DOCUMENT = "document", _("Document")
    STICKER = "sticker", _("Sticker")
    LOCATION = "location", _("Location")
    CONTACTS = "contacts", _("Contact card")
    INTERACTIVE = "interactive", _("Interactive")
    REACTION = "reaction", _("Reaction")
    ORDER = "order", _("Order")
    TEMPLATE = "template", _("Template")
    NOTE = "note", _("Private note")
    SYSTEM = "system", _("System")
    UNSUPPORTED = "unsupported", _("Unsupported")


class AttachmentState(models.TextChoices):
    """Whether the bytes of a file are here: on their way from the vendor, kept, or not to be had."""

    PENDING = "pending", _("Pending")
    READY = "ready", _("Ready")
    FAILED = "failed", _("Failed")


class Delivery(models.TextChoices):
    """How far a message came. Outgoing: queued < sent < delivered < read < played, or failed; incoming: received.

    One that is to go out later is scheduled before it is queued, or canceled.
    """

    SCHEDULED = "scheduled", _("Scheduled")
    CANCELED = "canceled", _("Canceled")
    QUEUED = "queued", _("Queued")
    SENT = "sent", _("Sent")
    DELIVERED = "delivered", _("Delivered")
    READ = "read", _("Read")
    PLAYED = "played", _("Played")
    FAILED = "failed", _("Failed")
    RECEIVED = "received", _("Received")


class Severity(models.TextChoices):
    """How bad news about an outlet is: nothing goes out any more, or something needs a look."""

    CRITICAL = "critical", _("Critical")
    WARNING = "warning", _("Warning")


class View(models.TextChoices):
    """The inbox views every member has."""

    MINE = "mine", _("Mine")
    UNASSIGNED = "unassigned", _("Unassigned")
    HUMAN = "human", _("Asked for a human")
    DUE = "due", _("Due within 15 min")
    AI = "ai", _("Handled by AI")
    CLOSING = "closing", _("Window closing")
    SNOOZED = "snoozed", _("Snoozed")
    ALL = "all", _("All open")
    DONE = "done", _("Done")


class NotificationKind(models.TextChoices):
    """What a member is told of."""

    MENTION = "mention", _("Somebody mentions you in a note")
    ASSIGNED = "assigned", _("A conversation is assigned to you")
    MESSAGE_FAILED = "message_failed", _("Your message was not sent")


class AssignmentMode(models.TextChoices):
    """How conversations of an outlet find somebody."""

    MANUAL = "manual", _("People take them")
    ROUND_ROBIN = "round_robin", _("In turn, to members online with room")
