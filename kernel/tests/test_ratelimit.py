from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.retry import Retry

from kernel import ratelimit, redis
from kernel.api.principal import Principal, RateClass
from kernel.embedded.ports import free_port
from kernel.ids import new_id
from kernel.ratelimit import HOUR_S, MINUTE_S, SECOND, Limit, Verdict, _Alone, class_limits, limits_of, take

MINUTE = Limit("minute", 5, 60)
START = 1_700_000_040.0  # a multiple of 60, and of 3,600 plus 14 minutes


@pytest.fixture(autouse=True)
def _empty_redis():
    redis.client().flushdb()
    ratelimit._away.until = 0.0
    yield
    ratelimit._away.until = 0.0


def principal(*, per_minute: int = 100, per_hour: int | None = None) -> Principal:
    return Principal(
        schema="t_one", kind="api_key", id=new_id(), member_id=None, role="", scopes=frozenset(),
        rate_class=RateClass.API, per_minute=per_minute, per_hour=per_hour,
    )  # fmt: skip


def spend(times: int, *, now: float = START, limits: tuple[Limit, ...] = (MINUTE,), caller: str = "a") -> list[Verdict]:
    return [take("t_one", caller, limits, now=now) for _time in range(times)]


def test_take_allows_the_quota_and_refuses_the_next():
    verdicts = spend(6)

    assert [verdict.allowed for verdict in verdicts] == [True] * 5 + [False]
    assert [verdict.tightest.remaining for verdict in verdicts] == [4, 3, 2, 1, 0, 0]


def test_take_counts_callers_tenants_and_limits_apart():
    spend(5)

    assert take("t_one", "b", (MINUTE,), now=START).allowed
    assert take("t_two", "a", (MINUTE,), now=START).allowed
    assert take("t_one", "a", (Limit("other", 5, 60),), now=START).allowed
    assert not take("t_one", "a", (MINUTE,), now=START).allowed


def test_take_refused_by_one_limit_counts_on_none():
    tight, wide = Limit("minute", 2, 60), Limit("hour", 100, 3600)
    verdicts = spend(10, limits=(tight, wide))

    assert [verdict.allowed for verdict in verdicts] == [True, True] + [False] * 8
    assert [standing.remaining for standing in verdicts[-1].standings] == [0, 98]


def test_take_is_exact_about_the_hour_too():
    tight, wide = Limit("minute", 100, 60), Limit("hour", 3, 3600)

    verdicts = [take("t_one", "a", (tight, wide), now=START + 61 * turn) for turn in range(5)]

    assert [verdict.allowed for verdict in verdicts] == [True, True, True, False, False]
    assert verdicts[-1].tightest.limit is wide


def test_take_weighs_what_is_left_of_the_bucket_before():
    spend(5)

    assert not take("t_one", "a", (MINUTE,), now=START + 60).allowed  # all of it still counts
    assert take("t_one", "a", (MINUTE,), now=START + 60 + 12).allowed  # 4 of 5 still count
    assert not take("t_one", "a", (MINUTE,), now=START + 60 + 12).allowed


def test_take_forgets_after_two_windows():
    spend(5)

    assert [verdict.allowed for verdict in spend(6, now=START + 120)] == [True] * 5 + [False]


def test_take_wait_is_the_first_second_that_works():
    spend(5)
    wait = take("t_one", "a", (MINUTE,), now=START).tightest.wait_s

    assert not take("t_one", "a", (MINUTE,), now=START + wait - 1).allowed
    assert take("t_one", "a", (MINUTE,), now=START + wait).allowed


def test_take_without_a_time_asks_the_clock_of_redis():
    verdict = take("t_one", "a", (MINUTE,))

    seconds, _micros = redis.client().time()
    assert abs(verdict.at - seconds) <= 2
    assert verdict.tightest.remaining == 4


def test_take_leaves_nothing_behind_for_ever():
    spend(1)

    ttls = [redis.client().pttl(key) for key in redis.client().keys("*")]
    assert len(ttls) == 1
    assert 0 < ttls[0] <= 120_000


def test_take_is_one_call_for_several_limits(monkeypatch):
    calls = []
    execute = redis.client().execute_command
    spend(1)
    monkeypatch.setattr(redis.client(), "execute_command", lambda *a, **o: calls.append(a[0]) or execute(*a, **o))

    take("t_one", "a", (MINUTE, Limit("hour", 9, 3600), Limit("day", 9, 86400)), now=START)

    assert calls == ["EVALSHA"]


def test_take_counts_alone_while_redis_is_away_and_says_so_once(monkeypatch, caplog):
    nobody = Redis(port=free_port(), retry=Retry(NoBackoff(), 0))
    monkeypatch.setattr(redis, "client", lambda: nobody)
    monkeypatch.setattr(ratelimit, "_alone", _Alone())
    before = ratelimit.fallbacks._value.get()

    verdicts = spend(6)

    assert [verdict.allowed for verdict in verdicts] == [True] * 5 + [False]
    assert ratelimit.fallbacks._value.get() - before == 6
    assert caplog.text.count("Redis does not answer") == 1


def test_take_goes_back_to_redis_after_a_while(monkeypatch):
    monkeypatch.setattr(ratelimit._away, "until", 0.0)
    ratelimit._note_away(RedisConnectionError("away"))
    spend(1)
    assert redis.client().keys("*") == []

    monkeypatch.setattr(ratelimit._away, "until", 0.0)
    spend(1)
    assert len(redis.client().keys("*")) == 1


def test_alone_forgets_the_callers_unseen_for_longest(monkeypatch):
    monkeypatch.setattr(ratelimit, "LOCAL_LIMIT", 2)
    alone = _Alone()
    for caller in ("a", "b", "a", "c"):
        alone.take("t_one", caller, (MINUTE,), int(START) * SECOND)

    assert {key[1] for key in alone._buckets} == {"a", "c"}


def test_limits_of_a_caller():
    assert limits_of(principal(per_minute=7)) == (Limit("minute", 7, MINUTE_S),)
    assert limits_of(principal(per_minute=7, per_hour=9)) == (Limit("minute", 7, MINUTE_S), Limit("hour", 9, HOUR_S))


def test_defaults_of_the_classes():
    quotas = {rate_class: class_limits(rate_class)[0].quota for rate_class in RateClass}

    assert quotas == {"api": 100, "browser": 1200, "ingest": 6000, "anonymous": 300}


@dataclass
class Log:
    """What was allowed, to the second: the truth the two buckets approximate."""

    times: list[float] = field(default_factory=list)

    def in_window(self, end: float, length: float) -> int:
        return sum(1 for at in self.times if end - length < at <= end)

    def in_bucket(self, bucket: int, length: float) -> int:
        return sum(1 for at in self.times if at // length == bucket)


steps = st.lists(st.floats(min_value=0, max_value=90, allow_nan=False, width=32), min_size=1, max_size=120)


@settings(max_examples=60, deadline=None)
@given(steps=steps, quota=st.integers(min_value=1, max_value=12))
def test_redis_and_one_process_count_alike(steps, quota):
    redis.client().flushdb()
    alone, limits, now = _Alone(), (Limit("minute", quota, 60), Limit("two", quota * 2, 120)), START
    for step in steps:
        now += round(step, 2)
        assert (
            take("t_one", "a", limits, now=now).allowed == alone.take("t_one", "a", limits, round(now * SECOND)).allowed
        )


@settings(max_examples=300, deadline=None)
@given(steps=steps, quota=st.integers(min_value=1, max_value=12))
def test_never_more_than_documented_in_any_window(steps, quota):
    alone, limit, log, now = _Alone(), Limit("minute", quota, 60), Log(), START
    for step in steps:
        now += step
        bucket, passed = int(now // 60), now / 60 % 1
        verdict = alone.take("t_one", "a", (limit,), round(now * SECOND))
        if verdict.allowed:
            log.times.append(now)
        assert log.in_bucket(bucket, 60) <= quota
        assert log.in_window(now, 60) <= quota + log.in_bucket(bucket - 1, 60) * passed + 1e-6
        assert log.in_window(now, 60) < 2 * quota


class Counting(RuleBasedStateMachine):
    """What a verdict says is true: remaining requests pass, and no more; after the wait the next one does."""

    def __init__(self) -> None:
        super().__init__()
        self.alone, self.now, self.limit = _Alone(), START, Limit("minute", 6, 60)

    def _take(self, now: float) -> Verdict:
        return self.alone.take("t_one", "a", (self.limit,), round(now * SECOND))

    def _copy(self) -> _Alone:
        copy = _Alone()
        copy._buckets.update(self.alone._buckets)
        return copy

    @rule(seconds=st.floats(min_value=0, max_value=70, width=32))
    def wait(self, seconds: float) -> None:
        self.now += seconds

    @rule()
    def ask(self) -> None:
        self._take(self.now)

    @invariant()
    def remaining_is_what_passes_now(self) -> None:
        probe = self._copy()
        first = probe.take("t_one", "a", (self.limit,), round(self.now * SECOND))
        passed = 0
        while probe.take("t_one", "a", (self.limit,), round(self.now * SECOND)).allowed:
            passed += 1
        assert passed == (first.tightest.remaining if first.allowed else 0)

    @invariant()
    def wait_is_enough_and_not_a_second_too_long(self) -> None:
        probe = self._copy()
        while (verdict := probe.take("t_one", "a", (self.limit,), round(self.now * SECOND))).allowed:
            pass
        wait = verdict.tightest.wait_s
        late = _Alone()
        late._buckets.update(probe._buckets)
        assert late.take("t_one", "a", (self.limit,), round((self.now + wait) * SECOND)).allowed
        if wait > 1:
            early = _Alone()
            early._buckets.update(probe._buckets)
            assert not early.take("t_one", "a", (self.limit,), round((self.now + wait - 1) * SECOND) - 1).allowed


TestCounting = Counting.TestCase
TestCounting.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)


def test_what_the_keys_of_a_tenant_share_is_counted_for_all_of_them_and_for_no_other_tenant():
    both = (MINUTE, Limit("tenant", 7, 60, shared=True))
    assert [verdict.allowed for verdict in spend(4, limits=both, caller="a")] == [True] * 4
    assert [verdict.allowed for verdict in spend(4, limits=both, caller="b")] == [True] * 3 + [False]
    assert spend(1, limits=both, caller="b")[0].tightest.limit.name == "tenant"
    assert take("t_two", "b", both, now=START).allowed


def test_what_is_shared_is_counted_the_same_without_redis():
    both, alone = (MINUTE, Limit("tenant", 7, 60, shared=True)), _Alone()
    at = round(START * SECOND)
    allowed = [alone.take("t_one", caller, both, at).allowed for caller in "aaaabbbb"]
    assert allowed == [True] * 7 + [False]


def test_limits_of_a_key_end_with_what_its_tenant_shares():
    shared = replace(principal(per_hour=9), tenant_per_minute=600)
    assert [(one.name, one.quota, one.shared) for one in limits_of(shared)] == [
        ("minute", 100, False), ("hour", 9, False), ("tenant", 600, True),
    ]  # fmt: skip
