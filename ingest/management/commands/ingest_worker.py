"""`manage.py ingest_worker`: the daemon that hands webhooks down to their tenants."""

import signal
import threading
from types import FrameType
from typing import Any

from django.core.management.base import BaseCommand

from ingest import worker
from kernel.starting import begin


class Command(BaseCommand):
    """Run until SIGTERM or SIGINT; the batch at hand is finished first."""

    help = "Hand vendor webhooks down to their tenants. Several may run."

    def handle(self, *_args: Any, **_options: Any) -> None:  # noqa: ANN401 - Django's signature
        """Drain the inbox until told to stop."""
        begin()
        stop = threading.Event()

        def end(_signal: int, _frame: FrameType | None) -> None:
            stop.set()

        signal.signal(signal.SIGTERM, end)
        signal.signal(signal.SIGINT, end)
        worker.run(stop)
