"""What conversations do when something happened."""

from collections.abc import Sequence

from conversations.events import MessageQueued
from conversations.tasks import send_waiting
from kernel.events import Recorded, subscribe
from kernel.turns import wake


@subscribe("conversations.outbox", MessageQueued)
def send_queued(_events: Sequence[Recorded]) -> None:
    """See that a worker takes a turn for this tenant."""
    wake(send_waiting)
