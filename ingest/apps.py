"""The app `ingest`."""

from django.apps import AppConfig


class IngestConfig(AppConfig):
    """Registers what other parts call back."""

    name = "ingest"
    verbose_name = "Webhook inbox"
