"""`manage.py event_dispatcher`: the daemon that hands events to their subscribers."""

import signal
from typing import Any

import structlog
from django.core.management.base import BaseCommand
from redis.exceptions import RedisError

from kernel.events.daemon import Dispatcher
from kernel.heartbeat import beat
from kernel.starting import begin

log = structlog.get_logger(__name__)


class Command(BaseCommand):
    """Runs until SIGTERM or SIGINT, then finishes the batch in hand."""

    help = "Hand every tenant's events to their subscribers, at once and in order."

    def handle(self, *_arguments: Any, **_options: Any) -> None:  # noqa: ANN401 - Django's own signature
        """Dispatch until told to stop."""
        begin()
        dispatcher = Dispatcher(alive=_beat)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_frame: dispatcher.stop())
        log.info("dispatcher ready")
        dispatcher.run()
        log.info("dispatcher stopped")


def _beat() -> None:
    try:
        beat("dispatcher")
    except RedisError as problem:  # without Redis there is nobody to tell, and events can still be handled
        log.warning("no heartbeat", reason=str(problem))
