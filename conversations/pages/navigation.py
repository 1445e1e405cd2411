"""What the inbox puts into the frame around pages."""

from django.utils.translation import gettext_lazy as _

from conversations.enums import View as InboxView
from tenants import navigation
from tenants.navigation import Section, Shortcuts, View


def register() -> None:
    """Add the inbox, its views, its settings page and its keys."""
    navigation.add_section(Section("inbox", "/inbox/", "inbox", _("Inbox"), 10, "conversations:read", count="unread"))
    navigation.add_settings(Section("web-chat", "/settings/web-chat/", "globe", _("Web chat"), 32, "outlets:read"))
    navigation.add_settings(Section("outlets", "/settings/outlets/", "wa", _("Numbers"), 30, "outlets:read"))
    navigation.add_settings(
        Section("service", "/settings/service/", "timer", _("Assignment & SLA"), 32, "outlets:write")
    )
    canned = "/settings/canned-replies/"
    navigation.add_settings(
        Section("canned-replies", canned, "square-slash", _("Canned replies"), 35, "canned-replies:read")
    )
    navigation.add_views(
        View(InboxView.MINE, "user-round", InboxView.MINE.label),
        View(InboxView.UNASSIGNED, "circle-dashed", InboxView.UNASSIGNED.label),
        View(InboxView.HUMAN, "hand", InboxView.HUMAN.label, hot=True),
        View(InboxView.DUE, "timer", InboxView.DUE.label, hot=True),
        View(InboxView.AI, "bot", InboxView.AI.label),
        View(InboxView.CLOSING, "hourglass", InboxView.CLOSING.label),
        View(InboxView.SNOOZED, "alarm-clock", InboxView.SNOOZED.label),
        View(InboxView.ALL, "layers", InboxView.ALL.label),
        View(InboxView.DONE, "circle-check", InboxView.DONE.label),
    )
    navigation.add_shortcuts(
        Shortcuts(
            _("List"),
            ((("J",), _("Next conversation")), (("K",), _("Previous conversation")), (("Enter",), _("Open")),
             (("F",), _("Search people and messages")),
             (("[",), _("Show or hide the list")), (("]",), _("Show or hide the contact"))),
        ),
        Shortcuts(
            _("Conversation"),
            ((("R",), _("Reply")), (("N",), _("Private note")), (("/",), _("Canned replies")),
             (("T",), _("Message templates")),
             (("A",), _("Assign")), (("M",), _("Assign to me")), (("H",), _("Take over or return to the queue")),
             (("E",), _("Resolve or reopen")),
             (("S",), _("Snooze")), (("L",), _("Tags")), (("Ctrl", "Enter"), _("Send"))),
        ),
    )  # fmt: skip
