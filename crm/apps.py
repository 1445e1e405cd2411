"""The app `crm`."""

from django.apps import AppConfig


class CrmConfig(AppConfig):
    """Registers what other parts call back."""

    name = "crm"
    verbose_name = "Contacts"
