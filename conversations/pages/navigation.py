"""What the inbox puts into the frame around pages."""

from django.utils.translation import gettext_lazy as _

from conversations.enums import View as InboxView
from tenants import navigation
from tenants.navigation import Section, Shortcut, Shortcuts, View


def register() -> None:
    """Add the inbox, its views, its settings page and its keys."""
    navigation.add_section(Section("inbox", "/inbox/", "inbox", _("Inbox"), 10, "conversations:read", count="unread"))
    told = "/notifications/"
    navigation.add_section(
        Section("notifications", told, "bell", _("Notifications"), 15, "conversations:read", count="notifications")
    )
    navigation.add_settings(Section("web-chat", "/settings/web-chat/", "globe", _("Web chat"), 32, "outlets:read"))
    navigation.add_settings(
        Section("templates", "/settings/templates/", "file-text", _("Templates"), 31, "templates:read")
    )
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
            (
                Shortcut(("J",), _("Next conversation"), "next"),
                Shortcut(("K",), _("Previous conversation"), "previous"),
                Shortcut(("Enter",), _("Open")),
                Shortcut(("F",), _("Search people and messages"), "find"),
                Shortcut(("X",), _("Select"), "select"),
                Shortcut(("Shift", "X"), _("Select up to here"), "select-range"),
                Shortcut(("C",), _("New conversation"), "new-conversation"),
                Shortcut(("[",), _("Show or hide the list"), "toggle-list"),
                Shortcut(("]",), _("Show or hide the contact"), "toggle-contact"),
            ),
        ),
        Shortcuts(
            _("Conversation"),
            (
                Shortcut(("R",), _("Reply"), "reply"),
                Shortcut(("N",), _("Private note"), "note"),
                Shortcut(("/",), _("Canned replies"), "canned"),
                Shortcut(("T",), _("Message templates"), "template"),
                Shortcut(("A",), _("Assign"), "assign"),
                Shortcut(("M",), _("Assign to me"), "assign-me"),
                Shortcut(("H",), _("Take over or return to the queue"), "handoff"),
                Shortcut(("E",), _("Resolve or reopen"), "resolve"),
                Shortcut(("S",), _("Snooze"), "snooze"),
                Shortcut(("L",), _("Tags"), "tags"),
                Shortcut(("U",), _("Mark as unread"), "unread"),
                Shortcut(("Ctrl", "Enter"), _("Send"), "send"),
            ),
        ),
    )
