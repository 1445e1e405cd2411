"""Lines of a thread that tell what happened between its messages: an icon and a sentence."""

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from conversations.enums import Status

WOKEN: dict[tuple[str, str], Promise] = {
    ("time", Status.SNOOZED): _("Back from snooze"),
    ("customer", Status.SNOOZED): _("Back from snooze: the customer wrote"),
    ("customer", Status.PENDING): _("No longer pending: the customer wrote"),
}


def icon_of_line(line: Mapping[str, Any]) -> str:
    """Return the icon of a line."""
    return {"woken": "alarm-clock", "returned": "undo-2", "unscheduled": "clock"}[line["kind"]]


def words_of_line(line: Mapping[str, Any]) -> str:
    """Return what a line says, in the reader's language."""
    if line["kind"] == "returned":
        return ngettext(
            "%(name)s did not answer within %(n)s minute, so it is back in the queue",
            "%(name)s did not answer within %(n)s minutes, so it is back in the queue",
            line["minutes"],
        ) % {"name": line["name"], "n": line["minutes"]}
    if line["kind"] == "unscheduled":
        return str(_("A scheduled message was canceled: the customer wrote first"))
    return str(WOKEN[line["why"], line.get("before", Status.SNOOZED)])
