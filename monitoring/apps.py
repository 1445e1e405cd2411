"""The app `monitoring`."""

from django.apps import AppConfig


class MonitoringConfig(AppConfig):
    """Watches everything and is imported by nobody."""

    name = "monitoring"
    verbose_name = "Monitoring"

    def ready(self) -> None:
        """Have an alert raised by whichever process sees a vendor's breaker open."""
        from integrations import breaker  # noqa: PLC0415 - apps must be loaded
        from monitoring.alarms import breaker_opened  # noqa: PLC0415 - the same

        breaker.on_open(breaker_opened)
