"""The app `conversations`."""

from django.apps import AppConfig


class ConversationsConfig(AppConfig):
    """Its subscribers and frames are found by `kernel.events`."""

    name = "conversations"
    verbose_name = "Conversations"

    def ready(self) -> None:
        """Put the inbox into the frame around pages, and follow renamed tags."""
        from conversations.actions import rename_tag  # noqa: PLC0415 - models exist only now
        from conversations.pages import navigation  # noqa: PLC0415 - the same
        from crm.tagged import follow_renames  # noqa: PLC0415 - the same

        navigation.register()
        follow_renames(rename_tag)
