"""Circuit breaker: stop calling a vendor that does not answer, and find out gently when it is back.

One breaker per vendor and tenant, its state in Redis, each step one script. It opens when at least half of at least
five calls of the last 60 s failed. While open nothing is called for 30 s, then one trial at a time is let through: a
good one closes the breaker, a bad one keeps it open for another 30 s. Results of calls that began before the breaker
last opened or closed are old news and count for nothing.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeVar
from uuid import uuid4

from django.utils.translation import gettext as _
from redis.exceptions import RedisError

from integrations import lua
from integrations.errors import BreakerOpen, Fate, NotTried, Scope, StateUnavailable, VendorError
from kernel import redis
from kernel.clocks import from_unix

T = TypeVar("T")
log = logging.getLogger(__name__)

WINDOW = 60
"""Seconds of history that count, in whole-second buckets."""
MIN_CALLS = 5
FAILURE_SHARE = 0.5
REST = 30.0
"""Seconds between opening and the trial."""
TRIAL_LEASE = 20.0
"""Seconds after which a trial that reported nothing is given up; longer than any call may take."""
_KEPT = 86_400


class Status(StrEnum):
    """Closed: calls pass. Open: none does. Half open: the time for a trial has come."""

    CLOSED = "closed"
    HALF_OPEN = "half_open"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class BreakerState:
    """A look at one breaker; calls and failures are those of the window and are 0 while it is open."""

    status: Status
    opened_at: datetime | None
    retry_at: datetime | None
    failures: int
    calls: int


@dataclass(frozen=True, slots=True)
class Ticket:
    """Leave for one call. Belongs to one generation of the breaker; `trial` is set when it is the trial."""

    generation: int
    trial: str


class Outcome(StrEnum):
    """What a call says about the vendor's health."""

    ANSWERED = "answered"
    FAILED = "failed"
    NOTHING = "nothing"


_READ = """
local window = tonumber(ARGV[2])
local state = {}
local calls, failures = 0, 0
local flat = redis.call('HGETALL', KEYS[1])
for i = 1, #flat, 2 do
  local kind, second = string.match(flat[i], '^([nf])(%d+)$')
  if not kind then state[flat[i]] = flat[i + 1]
  elseif tonumber(second) <= math.floor(now) - window then redis.call('HDEL', KEYS[1], flat[i])
  elseif kind == 'n' then calls = calls + tonumber(flat[i + 1])
  else failures = failures + tonumber(flat[i + 1]) end
end
local generation = tonumber(state.generation or '0')
local retry_at = tonumber(state.retry_at or '')
"""

_ADMIT = (
    _READ
    + """
local trial = ARGV[3]
if not retry_at then return {'go', generation, ''} end
if now < retry_at then return {'wait', string.format('%.6f', retry_at - now), ''} end
local busy_until = tonumber(state.trial_until or '0')
if now < busy_until then return {'wait', string.format('%.6f', busy_until - now), ''} end
redis.call('HSET', KEYS[1], 'trial', trial, 'trial_until', string.format('%.6f', now + tonumber(ARGV[4])))
return {'go', generation, trial}
"""
)

_SETTLE = (
    _READ
    + """
local trial, outcome = ARGV[4], ARGV[5]
local least, share, rest, kept = tonumber(ARGV[6]), tonumber(ARGV[7]), tonumber(ARGV[8]), ARGV[9]
if generation ~= tonumber(ARGV[3]) then return 'stale' end
if retry_at then
  if state.trial ~= trial then return 'stale' end
  redis.call('HDEL', KEYS[1], 'trial', 'trial_until')
  if outcome == 'failed' then
    redis.call('HSET', KEYS[1], 'retry_at', string.format('%.6f', now + rest))
    redis.call('EXPIRE', KEYS[1], kept)
    return 'reopened'
  end
  if outcome == 'nothing' then return 'released' end
  redis.call('DEL', KEYS[1])
  redis.call('HSET', KEYS[1], 'generation', generation + 1)
  redis.call('EXPIRE', KEYS[1], kept)
  return 'closed'
end
if outcome == 'nothing' then return 'same' end
local second = string.format('%d', math.floor(now))
redis.call('HINCRBY', KEYS[1], 'n' .. second, 1)
calls = calls + 1
if outcome == 'failed' then
  redis.call('HINCRBY', KEYS[1], 'f' .. second, 1)
  failures = failures + 1
end
if calls >= least and failures >= share * calls then
  redis.call('DEL', KEYS[1])
  redis.call('HSET', KEYS[1], 'generation', generation + 1,
    'opened_at', string.format('%.6f', now), 'retry_at', string.format('%.6f', now + rest))
  redis.call('EXPIRE', KEYS[1], kept)
  return 'opened'
end
redis.call('EXPIRE', KEYS[1], kept)
return 'same'
"""
)

_LOOK = (
    _READ
    + """
return {state.opened_at or '', state.retry_at or '', failures, calls, string.format('%.6f', now)}
"""
)

_on_open: list[Callable[[str, str], None]] = []


def on_open(callback: Callable[[str, str], None]) -> None:
    """Have `callback(vendor, tenant)` called, in the process whose call opened a breaker, each time one opens."""
    if callback not in _on_open:
        _on_open.append(callback)


class Breaker:
    """The breaker of one vendor for one tenant (its schema name)."""

    def __init__(self, vendor: str, tenant: str) -> None:
        self.vendor = vendor
        self.tenant = tenant
        self._key = redis.key(tenant, "breaker", vendor)

    def call(self, fn: Callable[[], T]) -> T:
        """Return `fn()`. Raises BreakerOpen without calling it while the vendor rests, and what `fn` raises.

        Only a VendorError with `outage` counts as failure. A refusal is an answer, so the vendor is well. A limit of
        ours, or an error that is not the vendor's, says nothing.
        """
        ticket = self.admit()
        outcome = Outcome.NOTHING
        try:
            result = fn()
            outcome = Outcome.ANSWERED
        except VendorError as error:
            outcome = _outcome(error)
            raise
        finally:
            self._report(ticket, outcome)
        return result

    def admit(self, *, now: float | None = None) -> Ticket:
        """Return leave for one call, to be settled afterwards. Raises BreakerOpen.

        Raises StateUnavailable when Redis does not answer: nothing was sent, so the caller may wait.
        """
        try:
            verdict, value, trial = self._run(_ADMIT, uuid4().hex, TRIAL_LEASE, now=now)
        except RedisError as error:
            raise state_unavailable() from error
        if verdict == b"wait":
            raise self._refusal(float(value))
        return Ticket(generation=int(value), trial=trial.decode())

    def settle(self, ticket: Ticket, outcome: Outcome, *, now: float | None = None) -> str:
        """Record how a call went; return what that did: same, opened, reopened, closed, released or stale."""
        limits = (MIN_CALLS, FAILURE_SHARE, REST, _KEPT)
        change: bytes = self._run(_SETTLE, ticket.generation, ticket.trial, outcome.value, *limits, now=now)
        if change == b"opened":
            self._announce()
        return change.decode()

    def state(self, *, now: float | None = None) -> BreakerState:
        """Return what the breaker would do now. Raises redis.exceptions.RedisError."""
        opened_at, retry_at, failures, calls, clock = self._run(_LOOK, now=now)
        if not retry_at:
            return BreakerState(Status.CLOSED, None, None, int(failures), int(calls))
        status = Status.OPEN if float(clock) < float(retry_at) else Status.HALF_OPEN
        return BreakerState(status, from_unix(float(opened_at)), from_unix(float(retry_at)), 0, 0)

    def _run(self, source: str, *args: str | float, now: float | None) -> Any:  # noqa: ANN401 - as lua.run
        return lua.run(source, keys=[self._key], args=[WINDOW, *args], now=now)

    def _report(self, ticket: Ticket, outcome: Outcome) -> None:
        """Settle, but never let a lost note about a call change what the call itself came to."""
        try:
            self.settle(ticket, outcome)
        except RedisError:
            log.warning("breaker.not_recorded", extra={"vendor": self.vendor, "tenant": self.tenant}, exc_info=True)

    def _announce(self) -> None:
        log.error("breaker.opened", extra={"vendor": self.vendor, "tenant": self.tenant})
        for callback in _on_open:
            try:
                callback(self.vendor, self.tenant)
            except Exception:  # an alert that fails must not turn a sent message into a failed one
                log.exception("breaker.callback_failed", extra={"vendor": self.vendor, "tenant": self.tenant})

    def _refusal(self, wait: float) -> BreakerOpen:
        return BreakerOpen(
            code="BREAKER_OPEN",
            reason=_("The service does not answer at the moment."),
            retryable=True,
            fate=Fate.NOT_SENT,
            retry_after=wait,
            scope=Scope.CHANNEL,
        )


def state_unavailable() -> StateUnavailable:
    """Return the error for "Redis does not answer"."""
    return StateUnavailable(
        code="STATE_UNAVAILABLE",
        reason=_("A part of our own system was being restarted."),
        retryable=True,
        fate=Fate.NOT_SENT,
        retry_after=1.0,
        scope=Scope.CHANNEL,
    )


def _outcome(error: VendorError) -> Outcome:
    if error.outage:
        return Outcome.FAILED
    return Outcome.NOTHING if isinstance(error, NotTried) else Outcome.ANSWERED
