"""Outlets, conversations, messages and what waits to be sent. All in the tenant's schema."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, GeneratedField, Q
from django.db.models.functions import Greatest

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
    Severity,
    Status,
)
from kernel.crypto import SealedTextField
from kernel.rows import Row
from kernel.search import WithoutSearch, search_column


class Outlet(Row):
    """A line of the tenant that customers write to; for WhatsApp one phone number of one business account."""

    name = models.CharField(max_length=80)
    channel = models.CharField(max_length=20, choices=Channel.choices, default=Channel.WHATSAPP)
    phone_number_id = models.CharField(max_length=40, unique=True, null=True)  # noqa: DJ001 - null keeps "no number" out of the unique index
    display_phone_number = models.CharField(max_length=20, blank=True)
    waba_id = models.CharField(max_length=40, blank=True, db_index=True)
    portfolio_id = models.CharField(max_length=40, blank=True)
    """Name space of WhatsApp user ids; empty while the tenant has one business portfolio."""
    access_token = SealedTextField(blank=True)
    graph_version = models.CharField(max_length=8, blank=True)
    status = models.CharField(max_length=20, choices=OutletStatus.choices, default=OutletStatus.ACTIVE)
    status_code = models.CharField(max_length=40, blank=True)
    """Why it stopped: the vendor's error code."""
    sends_read_receipts = models.BooleanField(default=True)
    """Whether customers see that an agent has read, or is typing."""
    quality = models.CharField(max_length=20, blank=True)
    """The vendor's words about the number, lower case; empty until they were asked for."""
    messaging_limit = models.CharField(max_length=40, blank=True)
    throughput = models.CharField(max_length=40, blank=True)
    vendor_status = models.CharField(max_length=40, blank=True)
    name_status = models.CharField(max_length=60, blank=True)
    verified_name = models.CharField(max_length=200, blank=True)
    health_at = models.DateTimeField(null=True, blank=True)
    """When the vendor was last asked about the number with success."""
    templates_synced_at = models.DateTimeField(null=True, blank=True)


class WebChat(Row):
    """What a chat on the tenant's websites has beyond its outlet, whose id it shares."""

    outlet = models.OneToOneField(Outlet, on_delete=models.CASCADE, related_name="web_chat")
    origins = ArrayField(models.CharField(max_length=200), default=list, blank=True)
    """Sites that may show it: `https://www.example.com`. Empty: only our own pages."""
    greeting_en = models.CharField(max_length=300, blank=True)
    greeting_es = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=F("outlet_id")), name="web_chat_is_its_outlet")]

    def greeting_in(self, language: str) -> str:
        """Return the tenant's own greeting in a language, or in the other one, or nothing."""
        greetings = {"en": self.greeting_en, "es": self.greeting_es}
        return greetings.get(language, "") or self.greeting_en or self.greeting_es


class OutletUpdate(Row):
    """What the vendor told us about an outlet or its account, kept as it came."""

    outlet = models.ForeignKey(Outlet, on_delete=models.CASCADE, related_name="updates")
    field = models.CharField(max_length=80)
    event = models.CharField(max_length=80, blank=True)
    payload = models.JSONField()
    digest = models.BinaryField(max_length=32, unique=True)
    """SHA-256 of field and payload: a repeated delivery is one row."""


class OutletAlert(Row):
    """Something about an outlet that an admin has to know, from when it began until it is over or was looked at."""

    outlet = models.ForeignKey(Outlet, on_delete=models.CASCADE, related_name="alerts")
    code = models.CharField(max_length=80)
    """The vendor's word for it, lower case, or the error code that stopped the outlet."""
    severity = models.CharField(max_length=10, choices=Severity.choices)
    detail = models.CharField(max_length=500, blank=True)
    """The vendor's own words."""
    times = models.PositiveIntegerField(default=1)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.UUIDField(null=True, blank=True)
    """The member who looked at it; null when it ended by itself."""

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["outlet", "code"], condition=Q(closed_at=None), name="outlet_alert_once")
        ]


class Template(Row):
    """A message template that WhatsApp approves; one row per language."""

    waba_id = models.CharField(max_length=40)
    vendor_id = models.CharField(max_length=40, blank=True)
    name = models.CharField(max_length=512)
    language = models.CharField(max_length=12)
    category = models.CharField(max_length=40, blank=True)
    status = models.CharField(max_length=40)
    """The vendor's word, lower case: approved, pending, rejected, paused, disabled, ..."""
    quality = models.CharField(max_length=20, blank=True)
    reason = models.CharField(max_length=400, blank=True)
    components = models.JSONField(default=list)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["waba_id", "name", "language"], name="template_once")]


class AssignmentRule(models.Model):
    """How conversations of an outlet find somebody; an outlet without one leaves it to people."""

    outlet = models.OneToOneField(Outlet, on_delete=models.CASCADE, primary_key=True, related_name="assignment")
    mode = models.CharField(max_length=20, choices=AssignmentMode.choices, default=AssignmentMode.MANUAL)
    silence = models.PositiveIntegerField(null=True, blank=True)
    """Minutes of their working hours after which an assignee who does not answer loses it; null never."""


class SlaPolicy(Row):
    """What is promised for the conversations of an outlet, with a tag, both, or all; the narrowest one counts."""

    name = models.CharField(max_length=80)
    outlet = models.ForeignKey(Outlet, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    tag = models.CharField(max_length=40, blank=True)
    calendar = models.ForeignKey("team.Calendar", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    """The hours it runs in; null is round the clock."""
    first_response = models.PositiveIntegerField(null=True, blank=True)
    """Minutes, as the next two; null promises nothing."""
    next_response = models.PositiveIntegerField(null=True, blank=True)
    resolution = models.PositiveIntegerField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["outlet", "tag"], name="sla_policy_once", nulls_distinct=False)]
        indexes = [models.Index(fields=["created_at", "id"], name="sla_policy_order")]


class Conversation(Row):
    """The one thread between an outlet and a contact. `owner` answers next, `assignee` is responsible."""

    outlet = models.ForeignKey(Outlet, on_delete=models.PROTECT, related_name="conversations")
    contact = models.ForeignKey("crm.Contact", on_delete=models.PROTECT, related_name="conversations")
    status = models.CharField(max_length=20, choices=Status.choices, default=Status.OPEN)
    owner = models.CharField(max_length=20, choices=Owner.choices, default=Owner.QUEUE)
    assignee = models.ForeignKey(
        "team.Member", on_delete=models.SET_NULL, null=True, blank=True, related_name="+", db_index=False
    )
    handoff_requested_at = models.DateTimeField(null=True, blank=True)
    handoff_reason = models.CharField(max_length=400, blank=True)
    subject_line = models.CharField(max_length=200, blank=True)
    tags = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    """Names of `crm.Tag`s, sorted. Renaming a tag renames it here in the same transaction."""
    unread_count = models.PositiveIntegerField(default=0)
    preview = models.CharField(max_length=200, blank=True)
    preview_type = models.CharField(max_length=20, choices=MessageType.choices, blank=True)
    preview_direction = models.CharField(max_length=10, choices=Direction.choices, blank=True)
    preview_sender = models.CharField(max_length=10, choices=Sender.choices, blank=True)
    last_message_at = models.DateTimeField()
    waiting_since = models.DateTimeField(null=True, blank=True)
    """Time of the oldest customer message nobody answered; null when the ball is with the customer."""
    window_expires_at = models.DateTimeField(null=True, blank=True)
    snoozed_until = models.DateTimeField(null=True, blank=True)
    """When a snoozed conversation comes back; null while it waits for the customer, or is not snoozed."""
    assigned_at = models.DateTimeField(null=True, blank=True)
    """Since when the assignee is responsible."""
    passed_over = models.ForeignKey(
        "team.Member", on_delete=models.SET_NULL, null=True, blank=True, related_name="+", db_index=False
    )
    """Who did not answer and is not given it again by itself."""
    sla = models.JSONField(default=dict)
    """Its clocks, as `conversations.sla` packs them."""
    sla_due_at = models.DateTimeField(null=True, blank=True)
    """When the first of them is due; null while nothing is."""
    sla_alarm_at = models.DateTimeField(null=True, blank=True)
    """When one of them has something to say next."""
    woken_at = models.DateTimeField(null=True, blank=True)
    """When it last came back by itself."""
    active_at = GeneratedField(
        expression=Greatest("last_message_at", "woken_at"), output_field=models.DateTimeField(), db_persist=True
    )
    """What the inbox sorts by: the newest message, or coming back from a snooze."""
    receipt_vendor_id = models.CharField(max_length=256, blank=True)
    """The customer message the vendor was last told to be read."""
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["outlet", "contact"], name="conversation_once"),
            models.CheckConstraint(
                condition=~Q(owner=Owner.HUMAN) | Q(assignee__isnull=False), name="human_owner_is_assignee"
            ),
        ]
        indexes = [
            models.Index(fields=["status", "-last_message_at", "-id"], name="conv_status_recent"),
            models.Index(fields=["assignee", "status", "-active_at", "-id"], name="conv_assignee_active"),
            models.Index(fields=["status", "-active_at", "-id"], name="conv_status_active"),
            models.Index(fields=["-last_message_at", "-id"], name="conv_recent"),
            models.Index(fields=["snoozed_until"], name="conv_snoozed", condition=Q(status=Status.SNOOZED)),
            GinIndex(fields=["tags"], name="conv_tags"),
            models.Index(fields=["sla_due_at", "id"], name="conv_due", condition=Q(sla_due_at__isnull=False)),
            models.Index(fields=["sla_alarm_at"], name="conv_alarm", condition=Q(sla_alarm_at__isnull=False)),
        ]


class Message(Row):
    """One message or note. `sent_at` is when it happened for the customer (vendor's clock) or was written by us.

    While it is scheduled, `sent_at` is its time: that is its place in the thread.
    """

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="messages", db_index=False)
    direction = models.CharField(max_length=10, choices=Direction.choices)
    sender_type = models.CharField(max_length=10, choices=Sender.choices)
    sender_id = models.UUIDField(null=True, blank=True)
    """Member id or contact id."""
    sender_name = models.CharField(max_length=200, blank=True)
    type = models.CharField(max_length=20, choices=MessageType.choices)
    text = models.TextField(blank=True)
    content = models.JSONField(default=dict)
    """What the type needs beyond text: location, reaction, template parameters, the raw unknown."""
    reply_to_vendor_id = models.CharField(max_length=256, blank=True)
    status = models.CharField(max_length=10, choices=Delivery.choices)
    status_at = models.DateTimeField()
    failure_code = models.CharField(max_length=40, blank=True)
    failure_detail = models.CharField(max_length=500, blank=True)
    failure_retryable = models.BooleanField(default=False)
    vendor_id = models.CharField(max_length=256, null=True, unique=True)  # noqa: DJ001 - null keeps "none yet" out of the unique index
    sent_at = models.DateTimeField()
    delivered_at = models.DateTimeField(null=True, blank=True)
    read_at = models.DateTimeField(null=True, blank=True)
    client_id = models.UUIDField(null=True, unique=True)
    """The id a browser gave a reply before it had ours: the same reply sent twice is one message."""
    metadata = models.JSONField(default=dict)
    search = search_column(F("text"))

    objects = WithoutSearch["Message"]()

    class Meta:
        indexes = [
            models.Index(fields=["conversation", "-sent_at", "-id"], name="msg_thread"),
            models.Index(fields=["-sent_at", "-id"], name="msg_recent"),
            GinIndex(fields=["search"], name="msg_search"),
            models.Index(fields=["updated_at", "id"], name="msg_ticks", condition=Q(direction=Direction.OUT)),
        ]


class StoredFile(Row):
    """A file of this tenant, kept once however often it comes; its bytes are in the storage under `sha256`."""

    sha256 = models.CharField(max_length=64, unique=True)
    """In hex."""
    size = models.BigIntegerField()
    media_type = models.CharField(max_length=100)
    """What the bytes are, whatever anybody said about them."""
    is_shown = models.BooleanField()
    """Whether a page may show or play it; what is not shown is only offered to be saved."""
    width = models.PositiveIntegerField(null=True, blank=True)
    height = models.PositiveIntegerField(null=True, blank=True)
    is_animated = models.BooleanField(default=False)
    has_thumbnail = models.BooleanField(default=False)


class Attachment(Row):
    """The file of a message. One that was uploaded here has no message until it is sent.

    While it is pending `due_at` says when it is tried (again); a worker that fetches it pushes that time ahead, so
    that a dead worker's attachment comes up by itself.
    """

    message = models.ForeignKey(Message, on_delete=models.CASCADE, null=True, blank=True, related_name="files")
    kind = models.CharField(max_length=20, choices=MessageType.choices)
    """As what it is sent or was received: image, audio, video, document or sticker."""
    state = models.CharField(max_length=10, choices=AttachmentState.choices, default=AttachmentState.PENDING)
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    filename = models.CharField(max_length=255, blank=True)
    """Only a name, and only to be shown: nothing is ever kept under it."""
    claimed_type = models.CharField(max_length=100, blank=True)
    """What the sender says it is."""
    is_voice = models.BooleanField(default=False)
    vendor_id = models.CharField(max_length=256, blank=True)
    """Where the vendor keeps it, for 7 days."""
    vendor_sha256 = models.CharField(max_length=100, blank=True)
    failure_code = models.CharField(max_length=40, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(null=True, blank=True)
    uploaded_by = models.UUIDField(null=True, blank=True)
    """Member or API key."""

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state=AttachmentState.READY, file__isnull=False)
                | (~Q(state=AttachmentState.READY) & Q(file=None)),
                name="attachment_file_when_ready",
            )
        ]
        indexes = [models.Index(fields=["due_at"], name="attachment_due", condition=Q(state=AttachmentState.PENDING))]


class VendorUpload(Row):
    """A file that lies ready at the vendor for one of our numbers; the vendor forgets it after 30 days."""

    file = models.ForeignKey(StoredFile, on_delete=models.CASCADE, related_name="uploads")
    outlet = models.ForeignKey(Outlet, on_delete=models.CASCADE, related_name="+")
    vendor_id = models.CharField(max_length=256)
    uploaded_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["file", "outlet"], name="upload_once")]


class Outbox(models.Model):
    """A message on its way out. The row goes when its fate is known; few rows, always hot.

    `claimed_until` set means a worker is (or was) inside the vendor call: when it runs out the message is MAYBE_SENT.
    """

    message = models.OneToOneField(Message, on_delete=models.CASCADE, primary_key=True, related_name="outbox")
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="+", db_index=False)
    attempts = models.PositiveSmallIntegerField(default=0)
    """Vendor calls of this round that sent nothing."""
    rounds = models.PositiveSmallIntegerField(default=0)
    """Times it came back from the dead letters."""
    due_at = models.DateTimeField()
    claimed_until = models.DateTimeField(null=True, blank=True)
    is_preparing = models.BooleanField(default=False)
    """Claimed to bring its file to the vendor first: a claim that runs out has sent nothing."""
    dead_at = models.DateTimeField(null=True, blank=True)
    """Set while it is a dead letter, waiting for its next round."""
    parked_at = models.DateTimeField(null=True, blank=True)
    """Set when all rounds are used up: only a person sends it again."""

    class Meta:
        indexes = [
            models.Index(fields=["conversation", "message"], name="outbox_order"),
            models.Index(fields=["due_at"], name="outbox_due"),
        ]


class ScheduledMessage(models.Model):
    """The time of a message that goes out later. The row goes when the message is queued or canceled."""

    message = models.OneToOneField(Message, on_delete=models.CASCADE, primary_key=True, related_name="schedule")
    due_at = models.DateTimeField()
    cancels_on_reply = models.BooleanField(default=False)
    """Whether it is not sent when the customer writes first."""

    class Meta:
        indexes = [models.Index(fields=["due_at"], name="scheduled_due")]


class Draft(Row):
    """What a member has typed and not sent; survives reassignment, reload and another device."""

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="drafts", db_index=False)
    member = models.ForeignKey("team.Member", on_delete=models.CASCADE, related_name="+")
    text = models.TextField()
    is_note = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["conversation", "member"], name="draft_once")]


class CannedReply(Row):
    """A text that is written often, behind a shortcut. Without an owner everybody has it."""

    owner = models.ForeignKey("team.Member", on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    shortcut = models.CharField(max_length=40)
    title = models.CharField(max_length=120, blank=True)
    folder = models.CharField(max_length=60, blank=True)
    text_en = models.TextField(blank=True)
    text_es = models.TextField(blank=True)
    use_count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["shortcut"], condition=Q(owner=None), name="canned_shared_once"),
            models.UniqueConstraint(
                fields=["owner", "shortcut"], condition=Q(owner__isnull=False), name="canned_own_once"
            ),
            models.CheckConstraint(condition=~Q(text_en="") | ~Q(text_es=""), name="canned_says_something"),
        ]
        indexes = [models.Index(fields=["shortcut", "id"], name="canned_by_shortcut")]


class Notification(Row):
    """What a member should know of, until they have seen it and after. Without a message it is the conversation."""

    member = models.ForeignKey("team.Member", on_delete=models.CASCADE, related_name="+", db_index=False)
    kind = models.CharField(max_length=20, choices=NotificationKind.choices)
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="+")
    message = models.ForeignKey(Message, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    by = models.ForeignKey("team.Member", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    """The colleague who caused it; null for the product itself."""
    read_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["message", "member", "kind"], name="notified_once")]
        indexes = [
            models.Index(fields=["member", "-created_at", "-id"], name="notification_order"),
            models.Index(fields=["member"], name="notification_unread", condition=Q(read_at=None)),
        ]


class NotificationPreference(models.Model):
    """What a member chose; without a row they are told of everything, silently."""

    member = models.OneToOneField("team.Member", on_delete=models.CASCADE, primary_key=True, related_name="+")
    muted = ArrayField(models.CharField(max_length=20), default=list, blank=True)
    """Kinds that are not even kept."""
    has_sound = models.BooleanField(default=False)
    has_popup = models.BooleanField(default=False)
    """Whether browsers that were allowed to show it outside the page."""
