"""The app `anchors`."""

from django.apps import AppConfig


class AnchorsConfig(AppConfig):
    """Public schema: the heads of all histories."""

    name = "kernel.anchors"
    label = "anchors"
    verbose_name = "Anchors"
