"""The app `integrations`: no models, one command."""

from django.apps import AppConfig


class IntegrationsConfig(AppConfig):
    """Makes `manage.py simulate` known."""

    name = "integrations"
    verbose_name = "Integrations"
