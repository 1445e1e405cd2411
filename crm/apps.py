"""The app `crm`."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CrmConfig(AppConfig):
    """Registers what other parts call back."""

    name = "crm"
    verbose_name = "Contacts"

    def ready(self) -> None:
        """Put the tags' page into the settings."""
        from tenants.navigation import Section, add_settings  # noqa: PLC0415 - models exist only now

        add_settings(Section("tags", "/settings/tags/", "tag", _("Tags"), 35, "tags:write"))
