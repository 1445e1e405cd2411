"""Words the inbox's scripts say, in the reader's language; a pair is one and many."""

from collections.abc import Callable

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from conversations.pages.notifications import notification_words
from conversations.pages.times import DAYS, HOURS, HOURS_MINUTES, LATE, MINUTES


def inbox_words() -> dict[str, str | list[str]]:
    """Return the words by the names scripts know. Blanks are in braces."""
    return {
        "now": _("now"),
        "minutes": _js(MINUTES),
        "hours": _js(HOURS),
        "days": _js(DAYS),
        "hours_minutes": _js(HOURS_MINUTES),
        "late": _js(LATE),
        "today": _("Today"),
        "yesterday": _("Yesterday"),
        "new_rows": _both(lambda n: ngettext("%(n)s new", "%(n)s new", n)),
        "new_messages": _both(lambda n: ngettext("%(n)s new message", "%(n)s new messages", n)),
        "to_newest": _("Newest messages"),
        "send": _("Send"),
        "add_note": _("Add note"),
        "write_reply": _("Write a reply, or / for canned replies"),
        "write_note": _("Write a note for your team"),
        "only_team": _("Only your team sees this"),
        "kept": _("Your text is kept"),
        "fill": _both(
            lambda n: ngettext("Fill one field to send: %(names)s.", "Fill %(n)s fields to send: %(names)s.", n)
        ),
        "selected": _both(lambda n: ngettext("%(n)s selected", "%(n)s selected", n)),
        "bulk_assign": _both(lambda n: ngettext("%(n)s assigned", "%(n)s assigned", n)),
        "bulk_resolve": _both(lambda n: ngettext("%(n)s resolved", "%(n)s resolved", n)),
        "bulk_reopen": _both(lambda n: ngettext("%(n)s reopened", "%(n)s reopened", n)),
        "bulk_seen": _both(lambda n: ngettext("%(n)s marked as read", "%(n)s marked as read", n)),
        "bulk_unread": _both(lambda n: ngettext("%(n)s marked as unread", "%(n)s marked as unread", n)),
        "bulk_snooze": _both(lambda n: ngettext("%(n)s snoozed", "%(n)s snoozed", n)),
        "bulk_tag": _both(lambda n: ngettext("%(n)s tagged", "%(n)s tagged", n)),
        "bulk_untag": _both(lambda n: ngettext("Tag taken from %(n)s", "Tag taken from %(n)s", n)),
        "bulk_failed": _both(lambda n: ngettext("%(n)s could not be changed.", "%(n)s could not be changed.", n)),
        "canned_missing": _js(_("Not known here: %(names)s")),
        "typing_now": _js(_("%(name)s is typing a reply. Send anyway?")),
        "typing_reply": _js(_("%(name)s is typing a reply")),
        "customer": _("The customer"),
        "customer_types": _js(_("%(name)s is typing")),
        "has_draft": _js(_("%(name)s has an unsent draft")),
        "viewing": _js(_("%(name)s is viewing")),
        "viewing_many": _both(lambda n: ngettext("%(n)s colleague is viewing", "%(n)s colleagues are viewing", n)),
        "online": _("Online"),
        "away": _("Away"),
        "offline_state": _("Offline"),
        "available": _("Available"),
        "resolved": _("Resolved"),
        "not_kept": _("This browser cannot keep unsent replies. Stay on this page until it is sent."),
        "offline": _("Offline. What you write is kept."),
        "offline_waiting": _both(
            lambda n: ngettext(
                "Offline. %(n)s reply will be sent when you are back.",
                "Offline. %(n)s replies will be sent when you are back.",
                n,
            )
        ),
        **notification_words(),
        "polling": _("The live connection is blocked. New messages come every 5 seconds."),
    }


def _both(sentence: Callable[[int], str]) -> list[str]:
    return [_js(sentence(count)) for count in (1, 2)]


def _js(sentence: object) -> str:
    """Turn the blanks of a translated sentence into those of our scripts: %(n)s becomes {n}."""
    return str(sentence).replace("%(", "{").replace(")s", "}")
