"""Words that scripts of every page say, in the reader's language."""

from django.utils.translation import gettext as _


def shell_words() -> dict[str, str | list[str]]:
    """Return the words by the names scripts know; a pair is one and many."""
    return {
        "failed": _("That did not work. Try again."),
        "no_connection": _("There is no connection right now."),
        "copied": _("Copied"),
    }
