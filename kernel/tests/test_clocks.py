from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.clocks import Window, backoff, from_unix, now, rfc3339

NOON = datetime(2026, 3, 8, 12, tzinfo=UTC)
INSTANTS = st.datetimes(datetime(1971, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - bounds are naive
SPANS = st.timedeltas(timedelta(0), timedelta(days=30))


def test_now_is_aware_and_in_utc() -> None:
    assert now().utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    ("at", "written"),
    [
        (NOON, "2026-03-08T12:00:00.000Z"),
        (NOON.replace(microsecond=123_999), "2026-03-08T12:00:00.123Z"),
        (datetime(2026, 3, 8, 1, tzinfo=timezone(timedelta(hours=-5))), "2026-03-08T06:00:00.000Z"),
    ],
)
def test_rfc3339(at: datetime, written: str) -> None:
    assert rfc3339(at) == written


def test_from_unix() -> None:
    assert from_unix(0) == datetime(1970, 1, 1, tzinfo=UTC)
    assert from_unix(1_772_971_200.5) == NOON.replace(microsecond=500_000)


@pytest.mark.parametrize("seconds", [1e12, 1e18, -1e18, 10**400, float("inf"), float("nan")])
def test_what_is_no_time_is_a_value_error(seconds: float) -> None:
    with pytest.raises(ValueError, match=r"."):
        from_unix(seconds)


def test_window_that_never_opened_is_closed() -> None:
    never = Window(None)
    assert not never.is_open(NOON)
    assert never.remaining(NOON) == timedelta(0)


@given(INSTANTS, SPANS, st.timedeltas(timedelta(days=-40), timedelta(days=40)))
def test_window_is_open_until_its_end_and_not_at_it(opened: datetime, span: timedelta, later: timedelta) -> None:
    window, at = Window.opened(opened, span), opened + later
    assert window.is_open(at) == (later < span)
    assert window.remaining(at) == max(span - later, timedelta(0))
    assert (window.remaining(at) > timedelta(0)) == window.is_open(at)


@given(st.integers(1, 10_000), SPANS.filter(bool), SPANS.filter(bool))
def test_backoff_doubles_up_to_its_cap(attempt: int, base: timedelta, cap: timedelta) -> None:
    wait = backoff(attempt, base=base, cap=cap)
    assert wait <= cap
    assert wait <= backoff(attempt + 1, base=base, cap=cap)
    assert backoff(attempt + 1, base=base, cap=cap) == min(wait * 2, cap)


def test_first_wait_is_the_base() -> None:
    waits = [backoff(attempt, base=timedelta(seconds=2), cap=timedelta(seconds=10)) for attempt in range(1, 6)]
    assert [wait.total_seconds() for wait in waits] == [2, 4, 8, 10, 10]
