"""Working hours: what every arithmetic of spans must hold to, and the days on which clocks change."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from team.hours import ALWAYS, Hours, week_of

NEW_YORK = ZoneInfo("America/New_York")
OFFICE = Hours(NEW_YORK, (((time(9), time(17)),),) * 5 + ((), ()))
NIGHT = Hours(NEW_YORK, (((time(22), time(6)),),) * 7)

ZONES = st.sampled_from(["America/New_York", "Europe/Madrid", "Australia/Lord_Howe", "Asia/Kolkata", "UTC"])
CLOCKS = st.builds(time, st.integers(0, 23), st.sampled_from([0, 15, 30]))
DAYS = st.lists(st.tuples(CLOCKS, CLOCKS), max_size=3).map(tuple)
HOURS = st.builds(
    lambda zone, week, off: Hours(ZoneInfo(zone), tuple(week), frozenset(off)),
    ZONES,
    st.lists(DAYS, min_size=7, max_size=7),
    st.lists(st.dates(date(2026, 1, 1), date(2026, 12, 31)), max_size=5),
)
INSTANTS = st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001 - zoned by the strategy
SPANS = st.timedeltas(timedelta(0), timedelta(hours=60))


@given(HOURS, INSTANTS, INSTANTS, INSTANTS)
def test_working_time_adds_up(hours, a, b, c):
    a, b, c = sorted((a, b, c))
    assert hours.elapsed(a, b) + hours.elapsed(b, c) == hours.elapsed(a, c)


@given(HOURS, INSTANTS, INSTANTS)
def test_working_time_is_never_negative_and_never_more_than_time(hours, a, b):
    assert timedelta(0) <= hours.elapsed(a, b) <= max(b - a, timedelta(0))


@given(HOURS, INSTANTS, SPANS)
def test_what_was_added_has_elapsed(hours, start, span):
    end = hours.add(start, span)
    if end is None:
        assert hours.elapsed(start, start + timedelta(days=300)) < span
    else:
        assert hours.elapsed(start, end) == span


@given(HOURS, INSTANTS, SPANS, SPANS)
def test_adding_twice_is_adding_the_sum(hours, start, one, two):
    middle = hours.add(start, one)
    if middle is not None:
        assert hours.add(middle, two) == hours.add(start, one + two) or two == timedelta(0)


@given(HOURS, INSTANTS, SPANS, SPANS)
def test_more_is_never_earlier(hours, start, one, more):
    first, later = hours.add(start, one), hours.add(start, one + more)
    assert later is None or (first is not None and first <= later)


@given(INSTANTS, SPANS)
def test_round_the_clock_is_plain_arithmetic(start, span):
    assert ALWAYS.add(start, span) == start + span
    assert ALWAYS.elapsed(start, start + span) == span
    assert ALWAYS.is_open(start)


def local(day, hour, minute=0):
    return datetime(2026, *day, hour, minute, tzinfo=NEW_YORK)


def test_an_evening_goes_on_in_the_morning_and_a_friday_on_monday():
    assert OFFICE.add(local((11, 24), 16, 30), timedelta(hours=1)) == local((11, 25), 9, 30)
    assert OFFICE.add(local((11, 27), 16, 30), timedelta(hours=1)) == local((11, 30), 9, 30)
    assert OFFICE.add(local((11, 28), 12), timedelta(minutes=1)) == local((11, 30), 9, 1)


def test_a_day_off_is_skipped():
    thanksgiving = Hours(NEW_YORK, OFFICE.week, frozenset({date(2026, 11, 26)}))
    assert thanksgiving.add(local((11, 25), 16, 30), timedelta(hours=1)) == local((11, 27), 9, 30)
    assert not thanksgiving.is_open(local((11, 26), 12))


def test_the_day_clocks_go_forward_is_an_hour_shorter_and_the_day_they_go_back_longer():
    whole = Hours(NEW_YORK, (((time(0), time(0)),),) * 7)
    assert whole.elapsed(local((3, 8), 0), local((3, 9), 0)) == timedelta(hours=23)
    assert whole.elapsed(local((11, 1), 0), local((11, 2), 0)) == timedelta(hours=25)
    assert NIGHT.elapsed(local((3, 7), 12), local((3, 8), 12)) == timedelta(hours=7)
    assert NIGHT.elapsed(local((10, 31), 12), local((11, 1), 12)) == timedelta(hours=9)
    assert OFFICE.add(local((3, 6), 16, 30), timedelta(hours=1)) == local((3, 9), 9, 30)


def test_a_night_shift_belongs_to_the_day_it_begins():
    off = Hours(NEW_YORK, NIGHT.week, frozenset({date(2026, 11, 24)}))
    assert off.is_open(local((11, 24), 5))
    assert not off.is_open(local((11, 24), 23))
    assert not off.is_open(local((11, 25), 5))
    assert off.is_open(local((11, 25), 23))


def test_spans_that_overlap_count_once():
    both = Hours(NEW_YORK, (((time(9), time(13)), (time(12), time(17))),) * 7)
    assert both.elapsed(local((11, 24), 0), local((11, 25), 0)) == timedelta(hours=8)


def test_hours_without_any_never_end_a_span():
    assert Hours(NEW_YORK, ((),) * 7).add(local((11, 24), 9), timedelta(minutes=1)) is None


def test_a_week_is_read_as_it_is_stored():
    assert week_of([[["09:00", "24:00"]], [], [], [], [], [], []])[0] == ((time(9), time(0)),)
    for broken in ([], [[["9", "17:00"]]] + [[]] * 6, [[["25:00", "26:00"]]] + [[]] * 6):
        with pytest.raises(ValueError, match=r".+"):
            week_of(broken)
