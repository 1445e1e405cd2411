"""The app `team`."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TeamConfig(AppConfig):
    """Registers what other parts call back."""

    name = "team"
    verbose_name = "Team"

    def ready(self) -> None:
        """Follow every change of a membership, and put the members' page into the settings."""
        from team.actions import sync_member  # noqa: PLC0415 - models exist only now
        from tenants.mirrors import mirror_members  # noqa: PLC0415 - the same
        from tenants.navigation import Section, add_settings  # noqa: PLC0415 - the same

        mirror_members(sync_member)
        add_settings(Section("members", "/settings/members/", "users", _("Members"), 20, "team:read"))
        add_settings(Section("hours", "/settings/hours/", "clock", _("Team & hours"), 22, "team:write"))
