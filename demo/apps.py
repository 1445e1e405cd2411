"""The app `demo`."""

from django.apps import AppConfig


class DemoConfig(AppConfig):
    """Fills an installation with two businesses to try everything on. A door: it calls actions, nothing calls it."""

    name = "demo"
    verbose_name = "Demo"
