"""`manage.py health_manager`: the daemon that watches all the others."""

import signal
from typing import Any

from django.core.management.base import BaseCommand

from kernel.starting import begin
from monitoring.manager import HealthManager


class Command(BaseCommand):
    """Runs until SIGTERM or SIGINT."""

    help = "Look at everything every ten seconds, keep the numbers, raise and close alerts."

    def handle(self, *_arguments: Any, **_options: Any) -> None:  # noqa: ANN401 - Django's own signature
        """Look until told to stop."""
        begin()
        manager = HealthManager()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_frame: manager.stop())
        manager.run()
