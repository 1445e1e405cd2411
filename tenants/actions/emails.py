"""E-mail: queued with what caused it, claimed by one worker at a time, and never knowingly sent twice."""

import json
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.template.loader import render_to_string
from django.utils import translation

from kernel import clocks
from kernel.actors import SYSTEM, Actor
from kernel.clocks import backoff
from kernel.events import Event, publish
from kernel.tenancy import PLATFORM, PUBLIC, tenant_context
from tenants.enums import EmailStatus
from tenants.events import EmailFailed, EmailQueued, EmailSent
from tenants.models import Email
from tenants.types import Brand, EmailFailure, EmailText, ToEmail

LEASE = timedelta(minutes=2)
"""How long a worker may be inside one conversation with the mail server."""
MOST_TRIES = 8
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=5), timedelta(minutes=10)
KEPT_FOR = timedelta(days=30)
SWEEP_BATCH = 200
LOST_CLAIM = "MAIL_MAYBE_SENT"


@transaction.atomic
def queue_email(
    *,
    kind: str,
    to: str,
    text: EmailText,
    brand: Brand,
    language: str,
    actor: Actor,
    schema: str = PUBLIC,
    now: datetime | None = None,
) -> UUID:
    """Have an e-mail sent after this transaction; returns its id. In `public` the fact goes to the platform."""
    at = now or clocks.now()
    history = PLATFORM if schema == PUBLIC else schema
    row = Email.objects.create(
        schema_name=history,
        kind=kind,
        recipient=to,
        language=language,
        content=json.dumps(_composed(text, brand, language)),
        due_at=at,
    )
    _publish(row, EmailQueued(email_id=row.id, kind=kind), actor, at)
    return row.id


def _composed(text: EmailText, brand: Brand, language: str) -> dict[str, str]:
    values = {"text": text, "brand": brand, "language": language}
    with translation.override(language):
        return {
            "subject": text.subject,
            "sender_name": brand.sender_name,
            "text": render_to_string("email/message.txt", values),
            "html": render_to_string("email/message.html", values),
        }


@transaction.atomic
def claim_email(email_id: UUID, *, now: datetime | None = None) -> ToEmail | None:
    """Take an e-mail for sending; None when it is not due, somebody else has it, or it needs none any more."""
    at = now or clocks.now()
    rows = Email.objects.select_for_update(skip_locked=True, no_key=True)
    row = rows.filter(id=email_id, status=EmailStatus.QUEUED, claimed_until=None, due_at__lte=at).first()
    if row is None:
        return None
    row.claimed_until = at + LEASE
    row.save(update_fields=["claimed_until", "updated_at"])
    return ToEmail(email_id=row.id, to=row.recipient, language=row.language, **json.loads(row.content))


@transaction.atomic
def record_email_sent(email_id: UUID, *, now: datetime | None = None) -> None:
    """Note that the mail server has it; what it said is forgotten."""
    row = _claimed(email_id)
    if row is not None:
        _end(row, EmailStatus.SENT, EmailSent(email_id=row.id), now or clocks.now())


@transaction.atomic
def record_email_failure(email_id: UUID, failure: EmailFailure, *, now: datetime | None = None) -> None:
    """Let an e-mail wait for its next try, or end here: refused, tried too often, or of unknown fate."""
    at = now or clocks.now()
    row = _claimed(email_id)
    if row is None:
        return
    row.tries += failure.counts
    row.failure_code = failure.code
    if failure.retryable and not failure.unknown and row.tries < MOST_TRIES:
        wait = backoff(max(row.tries, 1), base=FIRST_WAIT, cap=LONGEST_WAIT)
        row.due_at = at + max(wait, timedelta(seconds=failure.retry_after or 0))
        row.claimed_until = None
        row.save(update_fields=["tries", "failure_code", "due_at", "claimed_until", "updated_at"])
        return
    _give_up(row, unknown=failure.unknown, at=at)


@transaction.atomic
def give_up_lost_emails(*, now: datetime | None = None) -> int:
    """End the e-mails whose worker died while it was sending: nobody knows whether they went out."""
    at = now or clocks.now()
    rows = Email.objects.select_for_update(skip_locked=True).filter(status=EmailStatus.QUEUED, claimed_until__lt=at)
    lost = list(rows[:SWEEP_BATCH])
    for row in lost:
        row.failure_code = LOST_CLAIM
        _give_up(row, unknown=True, at=at)
    return len(lost)


def purge_emails(*, now: datetime | None = None) -> int:
    """Forget e-mails of more than a month ago; returns how many."""
    at = now or clocks.now()
    forgotten, _each = Email.objects.filter(created_at__lt=at - KEPT_FOR).exclude(status=EmailStatus.QUEUED).delete()
    return forgotten


def _claimed(email_id: UUID) -> Email | None:
    rows = Email.objects.select_for_update(no_key=True)
    return rows.filter(id=email_id, status=EmailStatus.QUEUED).exclude(claimed_until=None).first()


def _give_up(row: Email, *, unknown: bool, at: datetime) -> None:
    status = EmailStatus.MAYBE_SENT if unknown else EmailStatus.FAILED
    _end(row, status, EmailFailed(email_id=row.id, code=row.failure_code, maybe_sent=unknown), at)


def _end(row: Email, status: EmailStatus, event: Event, at: datetime) -> None:
    row.status, row.content, row.claimed_until = status, "", None
    row.save(update_fields=["status", "content", "claimed_until", "tries", "failure_code", "updated_at"])
    _publish(row, event, SYSTEM, at)


def _publish(row: Email, event: Event, actor: Actor, at: datetime) -> None:
    with tenant_context(row.schema_name):
        publish(event, actor=actor, now=at)
