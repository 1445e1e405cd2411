"""Lines of a thread that tell what happened between its messages: an icon and a sentence."""

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from conversations.enums import Status

WOKEN: dict[tuple[str, str], Promise] = {
    ("time", Status.SNOOZED): _("Back from snooze"),
    ("customer", Status.SNOOZED): _("Back from snooze: the customer wrote"),
    ("customer", Status.PENDING): _("No longer pending: the customer wrote"),
}


def icon_of_line(line: Mapping[str, Any]) -> str:
    """Return the icon of a line."""
    return "alarm-clock" if line["kind"] == "woken" else "circle-dashed"


def words_of_line(line: Mapping[str, Any]) -> str:
    """Return what a line says, in the reader's language."""
    return str(WOKEN[line["why"], line.get("before", Status.SNOOZED)])
