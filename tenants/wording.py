"""Words of the pages around signing in, and words that scripts of every page say, in the reader's language."""

from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kernel import clocks

SECONDS_A_MINUTE = 60


def shell_words() -> dict[str, str | list[str]]:
    """Return the words by the names scripts know; a pair is one and many."""
    return {
        "failed": _("That did not work. Try again."),
        "no_connection": _("There is no connection right now."),
        "copied": _("Copied"),
        "no_popups": _("This browser does not allow notifications of this site."),
        "no_passkey": _("No passkey was used. Try again, or go another way."),
    }


def why_not_signed_in(locked_until: datetime | None, tries_left: int) -> str:
    """Return why an e-mail and password did not let somebody in, and what is left to try."""
    if locked_until is not None:
        left = (locked_until - clocks.now()).total_seconds()
        minutes = max(1, round(left / SECONDS_A_MINUTE))
        sentence = ngettext(
            "Too many tries. Try again in %(n)s minute.", "Too many tries. Try again in %(n)s minutes.", minutes
        )
        return sentence % {"n": minutes}
    sentence = ngettext(
        "That email and password do not match. %(n)s try left.",
        "That email and password do not match. %(n)s tries left.",
        tries_left,
    )
    return sentence % {"n": tries_left}
