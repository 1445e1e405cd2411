"""What happens when an e-mail waits."""

from collections.abc import Sequence

from kernel.events import Recorded, subscribe
from tenants.events import EmailQueued
from tenants.tasks import send_email


@subscribe("tenants.emails", EmailQueued)
def send_queued_emails(events: Sequence[Recorded]) -> None:
    """Hand each e-mail to a worker."""
    for event in events:
        send_email.delay(event.payload["email_id"])
