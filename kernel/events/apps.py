"""The app `events`."""

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class EventsConfig(AppConfig):
    """Tenant schema: history, and who reacts to it."""

    name = "kernel.events"
    label = "events"
    verbose_name = "Events"

    def ready(self) -> None:
        """Let every app register its reactions and its live frames, in every process."""
        autodiscover_modules("subscribers", "frames")
