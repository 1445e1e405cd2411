"""What a saved view may narrow the inbox by: the words of the list's own address, each checked by itself."""

import re
from collections.abc import Callable, Mapping
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from conversations.enums import Channel, Owner, View
from kernel.errors import Invalid

OPEN, UNREAD, DONE = "open", "unread", "done"
NOBODY = "none"
SLA_STATES = ("none", "ok", "soon", "late")
TAG_LIMIT = 40
LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z]{2,4})?")


def _is_id(word: str) -> bool:
    try:
        return str(UUID(word)) == word
    except ValueError:
        return False


CHECKS: Mapping[str, Callable[[str], bool]] = {
    "view": View.values.__contains__,
    "tab": (OPEN, UNREAD, DONE).__contains__,
    "channel": Channel.values.__contains__,
    "tag": lambda word: 0 < len(word) <= TAG_LIMIT,
    "assignee": lambda word: word == NOBODY or _is_id(word),
    "outlet": _is_id,
    "owner": Owner.values.__contains__,
    "language": lambda word: LANGUAGE.fullmatch(word) is not None,
    "sla": SLA_STATES.__contains__,
}


def checked_filters(given: Mapping[str, str]) -> dict[str, str]:
    """Return the filters as they are kept: in one order, without what is empty. Raises Invalid and names what is wrong.

    Members, outlets and tags are kept by name only: one that goes leaves a view that finds nothing, not a broken one.
    """
    unknown = sorted(set(given) - set(CHECKS))
    if unknown:
        raise Invalid(_("Unknown field."), details={name: [_("This field does not exist.")] for name in unknown})
    clean = {name: given[name] for name in CHECKS if given.get(name)}
    wrong = [name for name, word in clean.items() if not CHECKS[name](word)]
    if wrong:
        raise Invalid(_("These filters are none."), details={name: [_("Use another value.")] for name in wrong})
    return {"view": View.ALL.value, "tab": OPEN, **clean}
