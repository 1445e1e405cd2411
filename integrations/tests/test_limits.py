import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
import redis.exceptions
from django.conf import settings as django
from hypothesis import given, settings
from hypothesis import strategies as st

from integrations.errors import Fate, LimitReached, Scope, StateUnavailable
from integrations.limits import Limit, take

pytestmark = pytest.mark.usefixtures("redis_client")
START = 1_700_000_000.0


def fresh(interval: float, burst: int, scope: Scope = Scope.PAIR) -> Limit:
    return Limit(f"{django.REDIS_PREFIX}limit:{uuid.uuid4()}", scope, interval, burst)


def wait_of(*limits: Limit, now: float) -> float | None:
    try:
        take(limits, now=now)
    except LimitReached as error:
        return error.retry_after
    return None


def test_a_burst_passes_and_is_paid_back_one_interval_at_a_time():
    pair = fresh(6.0, 45)
    assert [wait_of(pair, now=START) for _ in range(45)] == [None] * 45
    assert wait_of(pair, now=START) == 6.0
    assert wait_of(pair, now=START + 5) == 1.0
    assert wait_of(pair, now=START + 6) is None
    assert wait_of(pair, now=START + 6) == 6.0


def test_what_is_refused_is_not_counted_against_any_limit():
    number, pair = fresh(0.5, 10, Scope.NUMBER), fresh(6.0, 1)
    take([number, pair], now=START)
    for _ in range(20):
        assert wait_of(number, pair, now=START) == 6.0
    assert [wait_of(number, now=START) for _ in range(9)] == [None] * 9
    assert wait_of(number, now=START) == 0.5


def test_the_refusal_names_the_limit_that_holds_longest():
    number, pair = fresh(0.5, 1, Scope.NUMBER), fresh(6.0, 1, Scope.PAIR)
    take([number, pair], now=START)
    with pytest.raises(LimitReached) as caught:
        take([number, pair], now=START)
    error = caught.value
    assert (error.code, error.scope, error.fate, error.retryable) == ("PAIR_LIMIT", Scope.PAIR, Fate.NOT_SENT, True)
    with pytest.raises(LimitReached) as caught:
        take([number], now=START)
    assert (caught.value.code, caught.value.retry_after) == ("NUMBER_LIMIT", 0.5)


def test_a_limit_leaves_nothing_behind_once_it_is_full_again(redis_client):
    pair = fresh(0.01, 2)
    take([pair])
    assert redis_client.pttl(pair.key) in range(1, 12)


def test_many_at_once_never_get_more_than_the_burst():
    pair = fresh(60.0, 7)
    with ThreadPoolExecutor(8) as pool:
        waits = list(pool.map(lambda _: wait_of(pair, now=START), range(40)))
    assert waits.count(None) == 7


def test_without_redis_nothing_is_sent_and_the_caller_may_wait(monkeypatch):
    def gone(*_args: object, **_kwargs: object) -> None:
        raise redis.exceptions.ConnectionError

    monkeypatch.setattr("integrations.lua.run", gone)
    with pytest.raises(StateUnavailable) as caught:
        take([fresh(1.0, 1)])
    assert (caught.value.code, caught.value.fate, caught.value.retryable) == ("STATE_UNAVAILABLE", Fate.NOT_SENT, True)
    assert not caught.value.outage


@settings(max_examples=40, deadline=None)
@given(st.integers(2, 120), st.lists(st.sampled_from([0.0, 0.001, 0.01, 0.1, 0.9]), min_size=1, max_size=150))
def test_no_second_sees_more_than_the_rate(rate, steps):
    limit = Limit.per_second(f"{django.REDIS_PREFIX}limit:{uuid.uuid4()}", Scope.NUMBER, rate)
    now, passed = START, []
    for step in steps:
        now += step
        if wait_of(limit, now=now) is None:
            passed.append(now)
    for begin in passed:
        assert sum(begin <= at < begin + 1.0 for at in passed) <= rate


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from([0.25, 1.0, 6.0]),
    st.integers(1, 6),
    st.lists(st.sampled_from([0.0, 0.125, 0.5, 1.0, 7.0, 40.0]), min_size=1, max_size=40),
)
def test_it_is_the_generic_cell_rate_algorithm(interval, burst, steps):
    limit, now, arrival = fresh(interval, burst), START, 0.0
    for step in steps:
        now += step
        early = max(arrival, now) - (burst - 1) * interval - now
        expected = early if early > 0 else None
        assert wait_of(limit, now=now) == expected
        if expected is None:
            arrival = max(arrival, now) + interval
