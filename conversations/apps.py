"""The app `conversations`."""

from django.apps import AppConfig


class ConversationsConfig(AppConfig):
    """Its subscribers and frames are found by `kernel.events`."""

    name = "conversations"
    verbose_name = "Conversations"

    def ready(self) -> None:
        """Put the inbox into the frame around pages."""
        from conversations.pages import navigation  # noqa: PLC0415 - models exist only now

        navigation.register()
