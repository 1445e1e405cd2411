"""E-mail: queued with its cause, sent once, tried again only where nothing can have been sent."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from kernel import clocks
from kernel.actors import SYSTEM
from kernel.events.models import Event
from kernel.tenancy import PLATFORM, tenant_context
from tenants import actions, queries
from tenants.actions.emails import LEASE, MOST_TRIES
from tenants.enums import EmailStatus
from tenants.models import Email
from tenants.types import REDRESS, EmailFailure, EmailText
from tests.cast import Stage

TEXT = EmailText(
    subject="Reset your password", paragraphs=("Somebody asked <b>for</b> this.",), button="Choose a password",
    url="http://localhost:8000/x/?a=1&b=2", after=("Nothing happens otherwise.",),
)  # fmt: skip
AWAY = EmailFailure(code="MAIL_SERVER_AWAY", retryable=True, unknown=False, counts=True, retry_after=None)


def queue(**options: Any) -> UUID:
    given: dict[str, Any] = {
        "kind": "test",
        "to": "a@x.example",
        "text": TEXT,
        "brand": REDRESS,
        "language": "en",
        "actor": SYSTEM,
    }
    return actions.queue_email(**given | options)


def types() -> list[str]:
    return list(Event.objects.filter(type__startswith="email.").order_by("seq").values_list("type", flat=True))


def test_queued_email_is_sealed_and_told_to_the_tenants_history(northside: Stage) -> None:
    email_id = queue(schema=northside.schema)
    assert types() == ["email.queued"]
    from django.db import connection  # noqa: PLC0415 - to look below the field

    with connection.cursor() as cursor:
        cursor.execute("SELECT content FROM public.tenants_email WHERE id = %s", [email_id])
        (raw,) = cursor.fetchone()
    assert "password" not in raw
    payload = Event.objects.get(type="email.queued").payload
    assert payload == {"email_id": str(email_id), "kind": "test"}


def test_email_of_the_installation_is_told_to_the_platform(northside: Stage) -> None:
    queue()
    assert types() == []
    with tenant_context(PLATFORM):
        assert types() == ["email.queued"]


def test_claimed_email_is_complete_and_claimed_once(northside: Stage) -> None:
    email_id = queue()
    claimed = actions.claim_email(email_id)
    assert claimed is not None
    assert (claimed.to, claimed.subject, claimed.sender_name) == ("a@x.example", "Reset your password", "Redress")
    assert "Somebody asked <b>for</b> this." in claimed.text
    assert "http://localhost:8000/x/?a=1&b=2" in claimed.text
    assert "Somebody asked &lt;b&gt;for&lt;/b&gt; this." in claimed.html
    assert 'href="http://localhost:8000/x/?a=1&amp;b=2"' in claimed.html
    assert actions.claim_email(email_id) is None


def test_sent_email_forgets_what_it_said(northside: Stage) -> None:
    email_id = queue(schema=northside.schema)
    actions.claim_email(email_id)
    actions.record_email_sent(email_id)
    row = Email.objects.get(id=email_id)
    assert (row.status, row.content) == (EmailStatus.SENT, "")
    actions.record_email_sent(email_id)
    assert types() == ["email.queued", "email.sent"]


def test_temporary_failure_waits_longer_each_time_and_then_ends(northside: Stage) -> None:
    email_id, now, waits = queue(schema=northside.schema), clocks.now(), []
    for _try in range(MOST_TRIES):
        assert actions.claim_email(email_id, now=now) is not None
        actions.record_email_failure(email_id, AWAY, now=now)
        row = Email.objects.get(id=email_id)
        waits.append(int((row.due_at - now).total_seconds()))
        assert actions.claim_email(email_id, now=now) is None
        now = row.due_at
    assert waits[:-1] == [5, 10, 20, 40, 80, 160, 320]
    assert (row.status, row.tries) == (EmailStatus.FAILED, MOST_TRIES)
    assert types() == ["email.queued", "email.failed"]


def test_rest_of_the_breaker_uses_up_no_try(northside: Stage) -> None:
    email_id, now = queue(), clocks.now()
    actions.claim_email(email_id)
    rest = EmailFailure(code="BREAKER_OPEN", retryable=True, unknown=False, counts=False, retry_after=30.0)
    actions.record_email_failure(email_id, rest, now=now)
    row = Email.objects.get(id=email_id)
    assert (row.tries, row.due_at, row.status) == (0, now + timedelta(seconds=30), EmailStatus.QUEUED)


@pytest.mark.parametrize(("unknown", "status"), [(True, EmailStatus.MAYBE_SENT), (False, EmailStatus.FAILED)])
def test_refused_and_doubtful_emails_are_never_tried_again(
    northside: Stage, *, unknown: bool, status: EmailStatus
) -> None:
    email_id = queue(schema=northside.schema)
    actions.claim_email(email_id)
    failure = EmailFailure(code="MAIL_550", retryable=False, unknown=unknown, counts=True, retry_after=None)
    actions.record_email_failure(email_id, failure)
    assert Email.objects.get(id=email_id).status == status
    assert queries.due_emails() == []
    assert Event.objects.get(type="email.failed").payload["maybe_sent"] is unknown


def test_email_whose_worker_died_is_perhaps_sent(northside: Stage) -> None:
    email_id, now = queue(), clocks.now()
    actions.claim_email(email_id, now=now)
    assert actions.give_up_lost_emails(now=now + LEASE - timedelta(seconds=1)) == 0
    assert actions.give_up_lost_emails(now=now + LEASE + timedelta(seconds=1)) == 1
    assert Email.objects.get(id=email_id).status == EmailStatus.MAYBE_SENT


def test_month_old_emails_are_forgotten_but_for_waiting_ones(northside: Stage) -> None:
    done, waiting = queue(), queue()
    actions.claim_email(done)
    actions.record_email_sent(done)
    assert actions.purge_emails(now=clocks.now() + timedelta(days=29)) == 0
    assert actions.purge_emails(now=clocks.now() + timedelta(days=31)) == 1
    assert list(Email.objects.values_list("id", flat=True)) == [waiting]
