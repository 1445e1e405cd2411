"""Request limits: sliding windows of two buckets in Redis, all limits of a request in one call.

A window's load is what the current bucket counted, plus what the one before counted, weighted by how much of it is
still inside the window. Two numbers per limit, however large the limit.

What it promises: never more than `quota` in one bucket (they are aligned to multiples of the window), and in any
window of that length at most `quota` + the previous bucket x the share of the current one that has passed, which is
below twice the quota and equal to it for evenly spread requests. A refused request counts nowhere.

When Redis is away each process counts for itself, which is raised as an alert: N processes then allow N times as much.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import structlog
from prometheus_client import Counter
from redis.commands.core import Script
from redis.exceptions import RedisError

from kernel import redis
from kernel.api.principal import Principal, RateClass

log = structlog.get_logger(__name__)

PER_MINUTE: dict[RateClass, int] = {
    RateClass.API: 100,
    RateClass.BROWSER: 1_200,
    RateClass.INGEST: 6_000,
    RateClass.ANONYMOUS: 300,
}
"""Requests a minute where neither plan nor key says otherwise."""
MINUTE_S, HOUR_S = 60, 3600
SECOND = 1_000_000
"""In microseconds."""
AWAY_S = 5.0
"""Seconds for which a Redis that failed is not asked again: a request must not wait for a dead server each time."""
LOCAL_LIMIT = 10_000
"""Callers one process remembers while Redis is away; the one unseen for longest is forgotten first."""

fallbacks = Counter(
    "redress_ratelimit_fallback_total", "Requests counted by this process alone because Redis did not answer."
)

_TAKE = """
local now = tonumber(ARGV[1])
if now == 0 then
    local clock = redis.call('TIME')
    now = clock[1] * 1000000 + clock[2]
end
local states, allowed = {}, 1
for position, key in ipairs(KEYS) do
    local quota, window = tonumber(ARGV[position * 2]), tonumber(ARGV[position * 2 + 1])
    local bucket = math.floor(now / window)
    local known = redis.call('HMGET', key, 'bucket', 'count', 'before')
    local last, count, before = tonumber(known[1]), tonumber(known[2]) or 0, tonumber(known[3]) or 0
    if last ~= bucket then
        before = (last == bucket - 1) and count or 0
        count = 0
    end
    if before * (window - now % window) > (quota - count - 1) * window then
        allowed = 0
    end
    states[position] = {bucket, count, before}
end
local answer = {allowed, string.format('%.0f', now)}
for position, key in ipairs(KEYS) do
    local state = states[position]
    if allowed == 1 then
        state[2] = state[2] + 1
        redis.call('HSET', key, 'bucket', state[1], 'count', state[2], 'before', state[3])
        redis.call('PEXPIRE', key, math.ceil(tonumber(ARGV[position * 2 + 1]) / 500))
    end
    answer[#answer + 1], answer[#answer + 2] = state[2], state[3]
end
return answer
"""
"""Times are whole microseconds, so that this and Python agree to the last request."""


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `quota` requests in `window_s` seconds."""

    name: str
    quota: int
    window_s: int
    shared: bool = False
    """Counted for all callers of the tenant together."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where one limit stands after a request."""

    limit: Limit
    remaining: int
    """Requests that would be taken now."""
    wait_s: int
    """Whole seconds until more quota is there: until the next request would be taken, when none would be now."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a request may pass, and how the limits stand."""

    allowed: bool
    standings: tuple[Standing, ...]
    at: float
    """Unix time it was judged at, by the clock of Redis."""

    @property
    def tightest(self) -> Standing:
        """Return the limit that is nearest to refusing, or refused."""
        return min(self.standings, key=lambda one: (one.remaining, -one.wait_s))


def limits_of(principal: Principal) -> tuple[Limit, ...]:
    """Return the limits of a caller: a minute, an hour when it has one, and what its tenant's keys share."""
    limits = [Limit("minute", principal.per_minute, MINUTE_S)]
    if principal.per_hour is not None:
        limits.append(Limit("hour", principal.per_hour, HOUR_S))
    if principal.tenant_per_minute is not None:
        limits.append(Limit("tenant", principal.tenant_per_minute, MINUTE_S, shared=True))
    return tuple(limits)


def class_limits(rate_class: RateClass) -> tuple[Limit, ...]:
    """Return the limits of a class of requests for whoever has none of their own."""
    return (Limit("minute", PER_MINUTE[rate_class], MINUTE_S),)


def take(schema: str, caller: str, limits: Sequence[Limit], *, now: float | None = None) -> Verdict:
    """Count a request of `caller` in a tenant's schema against all its limits, or refuse it and count nothing.

    One call to Redis. Never raises: without Redis this process counts alone. `now` is unix seconds, by default the
    time of Redis, which all processes share.
    """
    at = None if now is None else round(now * SECOND)
    if time.monotonic() < _away.until:
        return _take_alone(schema, caller, limits, at)
    try:
        counted = _ask(schema, caller, limits, at)
    except RedisError as problem:
        _note_away(problem)
        return _take_alone(schema, caller, limits, at)
    return _verdict(bool(counted[0]), int(counted[1]), limits, counted[2:])


def _ask(schema: str, caller: str, limits: Sequence[Limit], at: int | None) -> list[int]:
    keys = [redis.key("limit", f"{{{schema}}}", _counted(caller, limit), limit.name) for limit in limits]
    arguments = [at or 0, *(number for limit in limits for number in (limit.quota, limit.window_s * SECOND))]
    counted: list[int] = _script()(keys=keys, args=arguments, client=redis.client())
    return counted


def _counted(caller: str, limit: Limit) -> str:
    return "all" if limit.shared else caller


@cache
def _script() -> Script:
    return redis.client().register_script(_TAKE)


def _verdict(allowed: bool, at: int, limits: Sequence[Limit], counts: Sequence[int]) -> Verdict:  # noqa: FBT001
    pairs = zip(limits, counts[::2], counts[1::2], strict=True)
    standings = tuple(_standing(limit, at, count, before) for limit, count, before in pairs)
    return Verdict(allowed, standings, at / SECOND)


def _standing(limit: Limit, at: int, count: int, before: int) -> Standing:
    window = limit.window_s * SECOND
    left = window - at % window
    remaining = max(0, ((limit.quota - count) * window - before * left) // window)
    wait = left if remaining else _wait(limit.quota - 1, window, left, count, before)
    return Standing(limit, remaining, max(1, -(-wait // SECOND)))


def _wait(room: int, window: int, left: int, count: int, before: int) -> int:
    """Return the microseconds until one more request fits: as the bucket before fades, or in the next bucket."""
    if room < 0:
        return 2 * window
    if count <= room and before:
        return left - (room - count) * window // before
    return left + (window - room * window // count if count else 0)


class _Alone:
    """The same counting in this process, for the time Redis is away."""

    def __init__(self) -> None:
        self._buckets: OrderedDict[tuple[str, str, str], tuple[int, int, int]] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, schema: str, caller: str, limits: Sequence[Limit], at: int) -> Verdict:
        """Count or refuse, as the module's `take` does; `at` in unix microseconds."""
        with self._lock:
            states = [self._state((schema, _counted(caller, limit), limit.name), limit, at) for limit in limits]
            allowed = all(_fits(limit, at, state) for limit, state in zip(limits, states, strict=True))
            if allowed:
                states = [(bucket, count + 1, before) for bucket, count, before in states]
                self._keep(schema, caller, limits, states)
        return _verdict(allowed, at, limits, [number for state in states for number in state[1:]])

    def _state(self, key: tuple[str, str, str], limit: Limit, at: int) -> tuple[int, int, int]:
        bucket = at // (limit.window_s * SECOND)
        last, count, before = self._buckets.get(key, (bucket, 0, 0))
        if last == bucket:
            return bucket, count, before
        return bucket, 0, count if last == bucket - 1 else 0

    def _keep(self, schema: str, caller: str, limits: Sequence[Limit], states: Sequence[tuple[int, int, int]]) -> None:
        for limit, state in zip(limits, states, strict=True):
            key = (schema, _counted(caller, limit), limit.name)
            self._buckets[key] = state
            self._buckets.move_to_end(key)
        while len(self._buckets) > LOCAL_LIMIT:
            self._buckets.popitem(last=False)


def _fits(limit: Limit, at: int, state: tuple[int, int, int]) -> bool:
    _bucket, count, before = state
    window = limit.window_s * SECOND
    return before * (window - at % window) <= (limit.quota - count - 1) * window


class _Away:
    """Until when (monotonic seconds) Redis is left alone."""

    until = 0.0


_alone = _Alone()
_away = _Away()


def _take_alone(schema: str, caller: str, limits: Sequence[Limit], at: int | None) -> Verdict:
    fallbacks.inc()
    return _alone.take(schema, caller, limits, at or time.time_ns() // 1000)


def _note_away(problem: RedisError) -> None:
    _away.until = time.monotonic() + AWAY_S
    log.error("request limits are counted per process: Redis does not answer", reason=str(problem))
