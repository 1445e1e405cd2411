"""The part of people and tenants that talks to the world, and housekeeping around them."""

from importlib import import_module
from typing import Any
from uuid import UUID

from celery import shared_task
from django.conf import settings

from integrations.email.client import EmailClient
from integrations.email.types import Mail
from integrations.errors import Fate, NotTried, VendorError
from tenants import actions, queries
from tenants.types import EmailFailure


@shared_task
def send_email(email_id: str, **_later: Any) -> None:  # noqa: ANN401 - room for newer arguments
    """Send one e-mail. Safe to run twice: it is claimed once."""
    claimed = actions.claim_email(UUID(email_id))
    if claimed is None:
        return
    mail = Mail(
        tag=str(claimed.email_id),
        to=claimed.to,
        subject=claimed.subject,
        text=claimed.text,
        html=claimed.html,
        language=claimed.language,
        sender_name=claimed.sender_name,
    )
    try:
        EmailClient().send(mail)
    except VendorError as problem:
        actions.record_email_failure(claimed.email_id, _failure(problem))
    else:
        actions.record_email_sent(claimed.email_id)


def _failure(problem: VendorError) -> EmailFailure:
    return EmailFailure(
        code=problem.code,
        retryable=problem.retryable,
        unknown=problem.fate == Fate.UNKNOWN,
        counts=not isinstance(problem, NotTried),
        retry_after=problem.retry_after,
    )


@shared_task
def sweep_emails(**_later: Any) -> None:  # noqa: ANN401 - room for newer arguments
    """Find e-mails that are due for another try, were lost with their task, or died with their worker."""
    actions.give_up_lost_emails()
    for email_id in queries.due_emails():
        send_email.delay(str(email_id))


@shared_task
def purge_emails(**_later: Any) -> None:  # noqa: ANN401 - room for newer arguments
    """Forget e-mails of more than a month ago."""
    actions.purge_emails()


@shared_task
def purge_sessions(**_later: Any) -> None:  # noqa: ANN401 - room for newer arguments
    """Delete sessions, browsers and links nobody can use any more; who is signed in notices nothing."""
    actions.purge_logins()
    actions.purge_links()
    actions.purge_trusted_browsers()
    import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()
