"""Where a conversation may go from where it stands: its status as one table, pure.

Actions name what happens, never the status that follows. Snoozed rests until a time or until the customer writes;
pending waits for somebody outside - the customer, a bureau, the post. In both nobody owes an answer.
"""

from enum import StrEnum

from conversations.enums import Status


class Happening(StrEnum):
    """What moves a status."""

    RESOLVE = "resolve"
    REOPEN = "reopen"
    SNOOZE = "snooze"
    SET_ASIDE = "set_aside"
    TIME_UP = "time_up"
    CUSTOMER_WROTE = "customer_wrote"
    TEAM_WROTE = "team_wrote"


RESTING = frozenset({Status.PENDING, Status.SNOOZED})
"""Nobody of the team owes anything right now; clocks stand still."""

_MOVES: dict[Happening, dict[Status, Status]] = {
    Happening.RESOLVE: dict.fromkeys((Status.OPEN, Status.PENDING, Status.SNOOZED), Status.RESOLVED),
    Happening.REOPEN: dict.fromkeys((Status.RESOLVED, Status.PENDING, Status.SNOOZED), Status.OPEN),
    Happening.SNOOZE: dict.fromkeys((Status.OPEN, Status.PENDING, Status.SNOOZED), Status.SNOOZED),
    Happening.SET_ASIDE: dict.fromkeys((Status.OPEN, Status.SNOOZED), Status.PENDING),
    Happening.TIME_UP: {Status.SNOOZED: Status.OPEN},
    Happening.CUSTOMER_WROTE: dict.fromkeys((Status.RESOLVED, Status.PENDING, Status.SNOOZED), Status.OPEN),
    Happening.TEAM_WROTE: dict.fromkeys((Status.RESOLVED, Status.SNOOZED), Status.OPEN),
}
"""Snoozing again is a move: it sets another time. A reply of ours leaves a pending conversation pending."""


def after(status: str, happening: Happening) -> Status | None:
    """Return the status that follows, None when this moves nothing from here."""
    return _MOVES[happening].get(Status(status))
