"""The 24-hour rule of WhatsApp, in one place.

A customer message opens a window of 24 hours; inside it anything may be sent, outside it only approved templates.
Source: Meta, "Customer service windows". Composer, API, tasks and automations all ask here. Channels without a window
are always open.
"""

from datetime import datetime, timedelta

from django.utils.translation import gettext_lazy as _

from conversations.channels import capabilities_of
from conversations.enums import MessageType
from kernel.clocks import Window
from kernel.errors import Refusal

CLOSING_SOON = timedelta(hours=4)

OPENERS = frozenset(MessageType) - {MessageType.REACTION, MessageType.SYSTEM, MessageType.NOTE, MessageType.TEMPLATE}
"""Types of customer messages that open the window. Reactions and number changes are not counted: claiming a window
that is not there would lose a reply, missing one only costs a template."""


class WindowClosed(Refusal):
    """Free-form text outside the window."""

    code = "WINDOW_CLOSED"

    def __init__(self) -> None:
        super().__init__(_("The 24-hour window has closed. Send a template."))


def has_window(channel: str) -> bool:
    """Tell whether a channel's customers can only be written to for a while after they wrote."""
    return capabilities_of(channel).window is not None


def opened_by(channel: str, sent_at: datetime, now: datetime) -> datetime | None:
    """Return when the window of a customer message ends, None on a channel that has none.

    A clock ahead of ours does not lengthen it.
    """
    span = capabilities_of(channel).window
    return None if span is None else min(sent_at, now) + span


def may_send(channel: str, message_type: str, expires_at: datetime | None, now: datetime) -> bool:
    """Tell whether a message of this type may go out at `now`."""
    return not has_window(channel) or message_type == MessageType.TEMPLATE or Window(expires_at).is_open(now)


def require_open(channel: str, message_type: str, expires_at: datetime | None, now: datetime) -> None:
    """Raise WindowClosed unless the message may go out."""
    if not may_send(channel, message_type, expires_at, now):
        raise WindowClosed
