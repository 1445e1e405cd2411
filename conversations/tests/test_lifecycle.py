"""The status of a conversation: what moves it, and what must not."""

from hypothesis import given
from hypothesis import strategies as st

from conversations.enums import Status
from conversations.lifecycle import RESTING, Happening, after

STATUSES = st.sampled_from(Status)
HAPPENINGS = st.lists(st.sampled_from(Happening), max_size=30)


def run(start: Status, happenings: list[Happening]) -> Status:
    for happening in happenings:
        start = after(start, happening) or start
    return start


@given(STATUSES, HAPPENINGS)
def test_whatever_happened_a_customer_who_writes_finds_it_open(start, happenings):
    assert run(start, [*happenings, Happening.CUSTOMER_WROTE]) == Status.OPEN


@given(STATUSES, HAPPENINGS)
def test_whatever_happened_it_can_be_resolved_and_reopened(start, happenings):
    assert run(start, [*happenings, Happening.RESOLVE]) == Status.RESOLVED
    assert run(start, [*happenings, Happening.REOPEN]) == Status.OPEN


@given(STATUSES, HAPPENINGS)
def test_what_is_resolved_never_rests_without_being_reopened(start, happenings):
    rest = [Happening.SNOOZE, Happening.SET_ASIDE, Happening.TIME_UP]
    assert run(start, [*happenings, Happening.RESOLVE, *rest]) == Status.RESOLVED


@given(STATUSES)
def test_time_wakes_only_what_is_snoozed(start):
    assert after(start, Happening.TIME_UP) == (Status.OPEN if start == Status.SNOOZED else None)


@given(STATUSES)
def test_a_reply_of_ours_leaves_what_is_pending_pending(start):
    moved = run(start, [Happening.TEAM_WROTE])
    assert moved == (Status.PENDING if start == Status.PENDING else Status.OPEN)


@given(STATUSES, HAPPENINGS)
def test_only_snoozing_and_setting_aside_lead_to_rest(start, happenings):
    moves = [one for one in happenings if one not in {Happening.SNOOZE, Happening.SET_ASIDE}]
    if start not in RESTING:
        assert run(start, moves) not in RESTING
