"""Keeping to a vendor's rates: several limits taken together in one Redis call, all of them or none.

The generic cell rate algorithm: a limit is one number, the theoretical arrival time (TAT) of the next call. A call
may come when TAT is not further ahead than the burst allows, and moves TAT one interval on. Constant size per key,
the key dies by itself when the limit is full again.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from redis.exceptions import RedisError

from integrations import lua
from integrations.breaker import state_unavailable
from integrations.errors import Fate, LimitReached, Scope

_TAKE = """
local worst, wait = 0, 0
local arrivals = {}
for i = 1, #KEYS do
  local interval, burst = tonumber(ARGV[2 * i]), tonumber(ARGV[2 * i + 1])
  local tat = math.max(tonumber(redis.call('GET', KEYS[i]) or '0'), now)
  local early = tat - (burst - 1) * interval - now
  if early > 0.000001 and early > wait then worst, wait = i, early end
  arrivals[i] = tat + interval
end
if worst > 0 then return {worst, string.format('%.6f', wait)} end
for i = 1, #KEYS do
  redis.call('SET', KEYS[i], string.format('%.6f', arrivals[i]), 'PX', math.ceil((arrivals[i] - now) * 1000) + 1)
end
return {0, '0'}
"""


@dataclass(frozen=True, slots=True)
class Limit:
    """One call per `interval` seconds on average, up to `burst` of them at once.

    Keys of limits that are taken together share a hash tag, so that a Redis cluster keeps them in one place.
    """

    key: str
    scope: Scope
    interval: float
    burst: int

    @classmethod
    def per_second(cls, key: str, scope: Scope, rate: int) -> "Limit":
        """Return a limit under which no second, wherever it begins, sees more than `rate` calls (at least 2)."""
        burst = max(1, rate // 10)
        return cls(key, scope, 1 / (rate - burst), burst)


def take(limits: Sequence[Limit], *, now: float | None = None) -> None:
    """Count one call against every limit. Raises LimitReached, counting none, when one has no room.

    Raises StateUnavailable when Redis does not answer.
    """
    args = [value for limit in limits for value in (limit.interval, limit.burst)]
    try:
        worst, wait = lua.run(_TAKE, keys=[limit.key for limit in limits], args=args, now=now)
    except RedisError as error:
        raise state_unavailable() from error
    if worst:
        raise _reached(limits[worst - 1].scope, float(wait))


def _reached(scope: Scope, wait: float) -> LimitReached:
    return LimitReached(
        code=f"{scope.name}_LIMIT",
        reason=_("Messages are going out as fast as the service allows."),
        retryable=True,
        fate=Fate.NOT_SENT,
        retry_after=wait,
        scope=scope,
    )
