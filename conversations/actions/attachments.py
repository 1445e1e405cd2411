"""Files of messages: which are to be fetched, and what became of it. Nothing here talks to a vendor or a disk."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from conversations.actions.state import state_of
from conversations.channels import capabilities_of
from conversations.enums import AttachmentState, MessageType
from conversations.events import AttachmentFailed, AttachmentRequested, AttachmentStored
from conversations.models import Attachment, Message, StoredFile, VendorUpload
from conversations.queries import attachment_for, line_of
from conversations.types import FetchFailure, FileFacts, InboundFile, ToFetch
from kernel import clocks
from kernel.actors import SYSTEM, Actor, ActorKind
from kernel.clocks import backoff
from kernel.errors import Invalid
from kernel.events import publish

FETCH_LEASE = timedelta(minutes=5)
"""How long a worker may take; longer than the slowest download we wait for."""
MAX_ATTEMPTS = 6
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=5), timedelta(minutes=10)
DUE_BATCH = 200


def attachment_row(message_id: UUID, kind: str, file: InboundFile, now: datetime) -> Attachment:
    """Return the row of a customer's file, not stored yet, that is to be fetched at once."""
    return Attachment(
        message_id=message_id,
        kind=kind,
        filename=file.filename,
        claimed_type=file.claimed_type,
        is_voice=file.is_voice,
        vendor_id=file.vendor_id,
        vendor_sha256=file.sha256,
        due_at=now,
    )


@transaction.atomic
def claim_attachment(attachment_id: UUID, *, now: datetime | None = None) -> ToFetch | None:
    """Take a due file for fetching; None when it is here, given up, or in another worker's hands."""
    at = now or clocks.now()
    rows = Attachment.objects.select_for_update(of=("self",), skip_locked=True).filter(id=attachment_id)
    row = rows.select_related("message__conversation__outlet").first()
    if row is None or row.message is None or row.state != AttachmentState.PENDING or not _is_due(row, at):
        return None
    row.due_at = at + FETCH_LEASE
    row.save(update_fields=["due_at", "updated_at"])
    outlet = row.message.conversation.outlet
    limits = capabilities_of(outlet.channel).receive_limits
    return ToFetch(
        attachment_id=row.id,
        line=line_of(outlet),
        vendor_id=row.vendor_id,
        sha256=row.vendor_sha256,
        claimed_type=row.claimed_type,
        max_bytes=limits[MessageType(row.kind)],
    )


def _is_due(row: Attachment, at: datetime) -> bool:
    return row.due_at is not None and row.due_at <= at


def keep_file(facts: FileFacts) -> StoredFile:
    """Return the row of a file whose bytes are kept; the same bytes are one row."""
    values = {name: getattr(facts, name) for name in FileFacts.__dataclass_fields__ if name != "sha256"}
    row, _made = StoredFile.objects.get_or_create(sha256=facts.sha256, defaults=values)
    return row


@transaction.atomic
def add_upload(*, facts: FileFacts, kind: MessageType, filename: str, actor: Actor) -> UUID:
    """Note a file that was uploaded here, to be sent as `kind`; returns the id of its attachment."""
    row = Attachment.objects.create(
        kind=kind,
        state=AttachmentState.READY,
        file=keep_file(facts),
        filename=filename,
        uploaded_by=UUID(actor.id) if actor.kind in {ActorKind.MEMBER, ActorKind.API_KEY} else None,
    )
    return row.id


def attach(*, attachment_id: UUID, message: Message, channel: str) -> None:
    """Make an upload the file of a message that is being written. Raises Invalid for one that cannot be sent so."""
    rows = Attachment.objects.select_for_update(of=("self",)).select_related("file")
    row = rows.filter(id=attachment_id, message=None, state=AttachmentState.READY).first()
    if row is None or row.file is None:
        raise Invalid(_("This file cannot be sent (again)."), details={"attachment": [_("Upload it first.")]})
    rule = capabilities_of(channel).files.get(MessageType(message.type))
    if rule is None or not rule.takes(row.file.media_type, row.file.size, is_animated=row.file.is_animated):
        raise Invalid(_("This file cannot be sent so."), details={"attachment": [_("It is of another type.")]})
    row.message, row.kind = message, message.type
    row.save(update_fields=["message", "kind", "updated_at"])


@transaction.atomic
def record_upload(*, file_id: UUID, outlet_id: UUID, vendor_id: str, now: datetime | None = None) -> None:
    """Note under which id the vendor has a file for an outlet."""
    values = {"vendor_id": vendor_id, "uploaded_at": now or clocks.now()}
    VendorUpload.objects.update_or_create(file_id=file_id, outlet_id=outlet_id, defaults=values)


def forget_upload(*, file_id: UUID, outlet_id: UUID) -> None:
    """Note that the vendor can no longer use what it has of a file."""
    VendorUpload.objects.filter(file_id=file_id, outlet_id=outlet_id).delete()


@transaction.atomic
def record_fetched(attachment_id: UUID, facts: FileFacts, *, now: datetime | None = None) -> None:
    """Note that a customer's file is here; says nothing when it was here before."""
    row = _locked(attachment_id)
    if row is None or row.message is None or row.state == AttachmentState.READY:
        return
    row.file, row.state, row.due_at, row.failure_code = keep_file(facts), AttachmentState.READY, None, ""
    row.save(update_fields=["file", "state", "due_at", "failure_code", "updated_at"])
    about = {"message_id": row.message.id, "attachment_id": row.id}
    publish(AttachmentStored(**state_of(row.message.conversation), **about), actor=SYSTEM, now=now)


@transaction.atomic
def record_fetch_failure(attachment_id: UUID, failure: FetchFailure, *, now: datetime | None = None) -> datetime | None:
    """Note why a file did not come; returns when to try again, None when it is given up."""
    at = now or clocks.now()
    row = _locked(attachment_id)
    if row is None or row.message is None or row.state != AttachmentState.PENDING:
        return None
    row.attempts += 1 if failure.counts else 0
    row.failure_code = failure.code
    if failure.retryable and row.attempts < MAX_ATTEMPTS:
        wait = backoff(max(row.attempts, 1), base=FIRST_WAIT, cap=LONGEST_WAIT)
        row.due_at = at + max(wait, timedelta(seconds=failure.retry_after or 0))
        row.save(update_fields=["attempts", "failure_code", "due_at", "updated_at"])
        return row.due_at
    row.state, row.due_at = AttachmentState.FAILED, None
    row.save(update_fields=["attempts", "failure_code", "state", "due_at", "updated_at"])
    about = {"message_id": row.message.id, "attachment_id": row.id}
    publish(AttachmentFailed(**state_of(row.message.conversation), **about, code=failure.code), actor=SYSTEM, now=at)
    return None


@transaction.atomic
def retry_attachment(*, attachment_id: UUID, actor: Actor, now: datetime | None = None) -> None:
    """Fetch a customer's file again because a person says so; one that is here or on its way stays as it is.

    Raises NotFound.
    """
    at = now or clocks.now()
    attachment_for(attachment_id)
    row = _locked(attachment_id)
    if row is None or row.message is None or row.state != AttachmentState.FAILED:
        return
    row.state, row.attempts, row.failure_code, row.due_at = AttachmentState.PENDING, 0, "", at
    row.save(update_fields=["state", "attempts", "failure_code", "due_at", "updated_at"])
    about = {"message_id": row.message.id, "attachment_id": row.id}
    publish(AttachmentRequested(**state_of(row.message.conversation), **about), actor=actor, now=at)


def _locked(attachment_id: UUID) -> Attachment | None:
    rows = Attachment.objects.select_for_update(of=("self",)).select_related("message__conversation")
    return rows.filter(id=attachment_id).first()


def due_attachments(*, now: datetime | None = None) -> list[UUID]:
    """Return files that are due and in nobody's hands: what a sweep hands to workers again."""
    at = now or clocks.now()
    due = Attachment.objects.filter(state=AttachmentState.PENDING, due_at__lte=at).order_by("due_at")
    return list(due.values_list("id", flat=True)[:DUE_BATCH])
