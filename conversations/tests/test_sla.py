"""Clocks of promises as pure functions: what they must hold to whatever happens to a conversation."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from conversations.enums import Owner, Status
from conversations.lifecycle import RESTING
from conversations.sla import DEFAULT, Alarm, Clocks, Facts, Promise, Rule, follow, packed, ring, unpacked
from team.hours import Hours

START = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)
"""A Monday, 9:00 in New York."""
OFFICE = Hours(ZoneInfo("America/New_York"), (((time(9), time(17)),),) * 5 + ((), ()))
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
RULE = Rule(timedelta(minutes=30), HOUR, timedelta(days=1), OFFICE)

STEPS = st.lists(
    st.tuples(
        st.timedeltas(timedelta(0), timedelta(hours=30)),
        st.sampled_from([Status.OPEN, Status.PENDING, Status.SNOOZED]),
        st.booleans(),
    ),
    min_size=1,
    max_size=12,
)


def open_since(waiting_since, owner=Owner.QUEUE, status=Status.OPEN):
    return Facts(status, owner, waiting_since)


def play(steps, rule):
    """Let time pass and facts change; the customer waits from the first moment on, while `waits`."""
    clocks, at, running = Clocks(), START, timedelta(0)
    clocks = follow(clocks, open_since(START), rule, at)
    status = Status.OPEN
    for passed, now_status, _ in steps:
        if status == Status.OPEN:
            running += rule.hours.elapsed(at, at + passed)
        at, status = at + passed, now_status
        clocks = follow(clocks, open_since(START, status=status), rule, at)
    return clocks, at, status, running


@given(STEPS)
def test_only_time_that_runs_is_used_up(steps):
    clocks, at, status, running = play(steps, RULE)
    clock = clocks.reply
    spent = clock.spent + (RULE.hours.elapsed(clock.run_from, at) if clock.run_from else timedelta(0))
    assert spent == running
    assert (clock.due_at is None) == (status in RESTING)
    if clock.due_at and running < RULE.first_response:
        assert RULE.hours.elapsed(at, clock.due_at) == RULE.first_response - running


@given(STEPS)
def test_following_twice_changes_nothing(steps):
    clocks, at, status, _running = play(steps, RULE)
    assert follow(clocks, open_since(START, status=status), RULE, at) == clocks


@given(STEPS)
def test_a_row_keeps_clocks_as_they_are(steps):
    clocks, _at, _status, _running = play(steps, RULE)
    assert unpacked(packed(clocks)) == clocks


@given(STEPS, st.lists(st.timedeltas(timedelta(0), timedelta(hours=20)), max_size=20))
def test_each_alarm_is_given_once_and_a_warning_never_after_a_breach(steps, looks):
    clocks, at, _status, _running = play(steps, RULE)
    said = []
    for passed in looks:
        at += passed
        clocks, news = ring(clocks, at)
        said += news
    for promise in Promise:
        own = [alarm for one, alarm in said if one == promise]
        assert own in ([], [Alarm.WARNED], [Alarm.BREACHED], [Alarm.WARNED, Alarm.BREACHED])


def test_without_a_policy_an_answer_is_due_in_an_hour():
    clocks = follow(Clocks(), open_since(START), DEFAULT, START)
    assert (clocks.due_at, clocks.alarm_at) == (START + HOUR, START + 45 * MINUTE)
    assert clocks.resolution.due_at is None


def test_the_first_answer_and_the_next_have_targets_of_their_own():
    first = follow(Clocks(), open_since(START), RULE, START)
    assert (first.reply.promise, first.reply.due_at) == (Promise.FIRST_RESPONSE, START + 30 * MINUTE)
    answered = follow(first, open_since(None), RULE, START + 5 * MINUTE)
    assert (answered.reply, answered.answered) == (None, True)
    again = follow(answered, open_since(START + HOUR), RULE, START + HOUR)
    assert (again.reply.promise, again.reply.due_at) == (Promise.NEXT_RESPONSE, START + 2 * HOUR)


def test_while_the_ai_answers_nobody_owes_and_handing_back_counts_from_the_question():
    with_ai = follow(Clocks(), open_since(START, Owner.AI), RULE, START)
    assert with_ai.reply is None
    back = follow(with_ai, open_since(START), RULE, START + 10 * MINUTE)
    assert (back.reply.promise, back.reply.due_at) == (Promise.FIRST_RESPONSE, START + 30 * MINUTE)


def test_resolving_ends_all_clocks_and_reopening_begins_anew():
    clocks = follow(Clocks(answered=True), open_since(START), RULE, START)
    assert follow(clocks, open_since(None, status=Status.RESOLVED), RULE, START) == Clocks()


def test_a_solution_is_due_in_working_hours_and_an_earlier_answer_comes_first():
    clocks = follow(Clocks(), open_since(START), RULE, START)
    assert clocks.resolution.due_at == datetime(2026, 11, 25, 22, 0, tzinfo=UTC)  # three days of eight hours
    assert clocks.due_at == START + 30 * MINUTE


def test_another_policy_means_reckoning_again_from_the_same_beginning():
    clocks = follow(Clocks(), open_since(START), RULE, START)
    stricter = Rule(timedelta(minutes=10), HOUR, None, OFFICE)
    moved = follow(clocks, open_since(START), stricter, START + 5 * MINUTE)
    assert moved.reply.due_at == START + 10 * MINUTE
    assert moved.resolution.due_at is None


def test_what_is_late_already_does_not_also_warn():
    clocks = follow(Clocks(), open_since(START), RULE, START)
    rung, said = ring(clocks, START + 2 * HOUR)
    assert said == [(Promise.FIRST_RESPONSE, Alarm.BREACHED)]
    assert ring(rung, START + 3 * HOUR)[1] == []
