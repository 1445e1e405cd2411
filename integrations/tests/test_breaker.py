import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import pytest
import redis.exceptions
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule

from integrations import breaker
from integrations.breaker import Breaker, Outcome, Status, Ticket
from integrations.errors import BreakerOpen, Fate, LimitReached, StateUnavailable, VendorError
from kernel.clocks import from_unix

pytestmark = pytest.mark.usefixtures("redis_client")
START = 1_700_000_000.0
GOOD, BAD, NOTHING = Outcome.ANSWERED, Outcome.FAILED, Outcome.NOTHING


def fresh() -> Breaker:
    return Breaker("whatsapp", f"t_{uuid.uuid4().hex}")


def play(line: Breaker, outcomes: list[Outcome], now: float) -> list[str]:
    return [line.settle(line.admit(now=now), outcome, now=now) for outcome in outcomes]


def failing(*, outage: bool) -> VendorError:
    return VendorError("X", "why", retryable=True, fate=Fate.UNKNOWN, outage=outage)


def test_four_failures_do_not_open_it_and_the_fifth_does():
    line = fresh()
    assert play(line, [BAD] * 4, START) == ["same"] * 4
    assert line.state(now=START).status is Status.CLOSED
    assert play(line, [BAD], START) == ["opened"]
    state = line.state(now=START)
    assert (state.status, state.opened_at, state.retry_at) == (Status.OPEN, from_unix(START), from_unix(START + 30))


def test_it_opens_at_half_and_not_below():
    line = fresh()
    assert play(line, [GOOD, GOOD, GOOD, BAD, BAD], START)[-1] == "same"
    assert line.state(now=START).failures == 2
    assert play(line, [BAD], START) == ["opened"]


def test_failures_older_than_a_minute_do_not_count():
    line = fresh()
    play(line, [BAD] * 4, START)
    assert play(line, [BAD], START + 60) == ["same"]
    state = line.state(now=START + 60)
    assert (state.calls, state.failures) == (1, 1)


def test_while_open_nothing_is_called():
    line = fresh()
    play(line, [BAD] * 5, START)
    with pytest.raises(BreakerOpen) as caught:
        line.admit(now=START + 29.5)
    error = caught.value
    assert (error.code, error.fate, error.retryable, error.retry_after) == ("BREAKER_OPEN", Fate.NOT_SENT, True, 0.5)
    assert not error.outage


def test_one_trial_at_a_time_and_a_good_one_closes_it():
    line = fresh()
    play(line, [BAD] * 5, START)
    assert line.state(now=START + 30).status is Status.HALF_OPEN
    trial = line.admit(now=START + 30)
    with pytest.raises(BreakerOpen) as caught:
        line.admit(now=START + 31)
    assert caught.value.retry_after == 19.0
    assert line.settle(trial, GOOD, now=START + 32) == "closed"
    state = line.state(now=START + 32)
    assert (state.status, state.calls, state.failures) == (Status.CLOSED, 0, 0)


def test_a_bad_trial_keeps_it_open_for_another_rest():
    line = fresh()
    play(line, [BAD] * 5, START)
    trial = line.admit(now=START + 30)
    assert line.settle(trial, BAD, now=START + 40) == "reopened"
    with pytest.raises(BreakerOpen):
        line.admit(now=START + 69)
    assert line.admit(now=START + 70).trial


def test_a_trial_that_says_nothing_makes_room_for_the_next():
    line = fresh()
    play(line, [BAD] * 5, START)
    assert line.settle(line.admit(now=START + 30), NOTHING, now=START + 30) == "released"
    assert line.admit(now=START + 30).trial


def test_a_trial_whose_process_died_is_given_up():
    line = fresh()
    play(line, [BAD] * 5, START)
    lost = line.admit(now=START + 30)
    second = line.admit(now=START + 50)
    assert line.settle(lost, GOOD, now=START + 51) == "stale"
    assert line.settle(second, GOOD, now=START + 51) == "closed"


def test_calls_from_before_the_opening_are_old_news():
    line = fresh()
    early = [line.admit(now=START) for _ in range(3)]
    play(line, [BAD] * 5, START)
    assert line.settle(early[0], GOOD, now=START + 1) == "stale"
    line.settle(line.admit(now=START + 30), GOOD, now=START + 30)
    assert line.settle(early[1], BAD, now=START + 31) == "stale"
    assert line.state(now=START + 31).calls == 0


def test_only_one_of_many_gets_the_trial():
    line = fresh()
    play(line, [BAD] * 5, START)

    def admitted(_: int) -> bool:
        try:
            return bool(line.admit(now=START + 30).trial)
        except BreakerOpen:
            return False

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(admitted, range(24))) == 1


def test_tenants_and_vendors_have_breakers_of_their_own():
    line = fresh()
    play(line, [BAD] * 5, START)
    assert Breaker("whatsapp", "t_other").state(now=START).status is Status.CLOSED
    assert Breaker("stripe", line.tenant).state(now=START).status is Status.CLOSED
    assert Breaker("whatsapp", line.tenant).state(now=START).status is Status.OPEN


def test_call_returns_what_was_called_and_counts_it():
    line = fresh()
    assert line.call(lambda: 7) == 7
    assert (line.state().calls, line.state().failures) == (1, 0)


@pytest.mark.parametrize(
    ("error", "calls", "failures"),
    [
        (failing(outage=True), 1, 1),
        (failing(outage=False), 1, 0),
        (LimitReached("PAIR_LIMIT", "why", retryable=True, fate=Fate.NOT_SENT), 0, 0),
        (breaker.state_unavailable(), 0, 0),
        (KeyError("a bug of ours"), 0, 0),
    ],
)
def test_only_failures_of_the_vendor_count_as_failures(error, calls, failures):
    line = fresh()

    def raises() -> None:
        raise error

    with pytest.raises(type(error)):
        line.call(raises)
    state = line.state()
    assert (state.calls, state.failures) == (calls, failures)


def test_an_open_breaker_does_not_call():
    line, called = fresh(), []
    for _ in range(5):
        with pytest.raises(VendorError):
            line.call(lambda: (_ for _ in ()).throw(failing(outage=True)))
    with pytest.raises(BreakerOpen):
        line.call(lambda: called.append(1))
    assert called == []


def test_opening_is_told_once_and_a_failing_listener_harms_nothing(monkeypatch):
    told: list[tuple[str, str]] = []

    def broken(_vendor: str, _tenant: str) -> None:
        raise RuntimeError

    monkeypatch.setattr(breaker, "_on_open", [])
    breaker.on_open(broken)
    listener = lambda vendor, tenant: told.append((vendor, tenant))  # noqa: E731 - the same object twice
    breaker.on_open(listener)
    breaker.on_open(listener)
    line = fresh()
    play(line, [BAD] * 5, START)
    line.settle(line.admit(now=START + 30), BAD, now=START + 30)
    assert told == [("whatsapp", line.tenant)]


def test_without_redis_nothing_is_called(monkeypatch):
    monkeypatch.setattr("integrations.lua.run", _redis_gone)
    called: list[int] = []
    with pytest.raises(StateUnavailable) as caught:
        fresh().call(lambda: called.append(1))
    assert (caught.value.code, caught.value.fate, called) == ("STATE_UNAVAILABLE", Fate.NOT_SENT, [])


def test_a_result_that_cannot_be_recorded_is_still_the_result(monkeypatch):
    line = fresh()
    monkeypatch.setattr(line, "settle", _redis_gone)
    assert line.call(lambda: "sent") == "sent"


def _redis_gone(*_args: object, **_kwargs: object) -> None:
    raise redis.exceptions.ConnectionError


@dataclass
class Model:
    """The rules in plain words of Python, to compare with the script."""

    now: float = START
    generation: int = 0
    history: list[tuple[int, bool]] = field(default_factory=list)
    opened_at: float | None = None
    retry_at: float = 0.0
    trial: str = ""
    trial_until: float = 0.0

    def counted(self) -> list[bool]:
        return [failed for second, failed in self.history if second > int(self.now) - 60]

    def wait(self) -> float | None:
        if self.opened_at is None:
            return None
        if self.now < self.retry_at:
            return self.retry_at - self.now
        return self.trial_until - self.now if self.trial and self.now < self.trial_until else None

    def settle(self, ticket: Ticket, outcome: Outcome) -> str:
        if ticket.generation != self.generation:
            return "stale"
        if self.opened_at is None:
            return self._count(outcome)
        if not self.trial or ticket.trial != self.trial:
            return "stale"
        self.trial = ""
        if outcome is NOTHING:
            return "released"
        if outcome is BAD:
            self.retry_at = self.now + 30
            return "reopened"
        self.opened_at, self.history = None, []
        self.generation += 1
        return "closed"

    def _count(self, outcome: Outcome) -> str:
        if outcome is NOTHING:
            return "same"
        self.history.append((int(self.now), outcome is BAD))
        counted = self.counted()
        if len(counted) >= 5 and 2 * sum(counted) >= len(counted):
            self.opened_at, self.retry_at, self.history = self.now, self.now + 30, []
            self.generation += 1
            return "opened"
        return "same"


class BreakerMachine(RuleBasedStateMachine):
    tickets = Bundle("tickets")

    def __init__(self) -> None:
        super().__init__()
        self.line = fresh()
        self.model = Model()

    @rule(seconds=st.sampled_from([0.25, 1.0, 5.0, 20.0, 29.75, 30.0, 61.0]))
    def pass_time(self, seconds):
        self.model.now += seconds

    @rule(target=tickets)
    def admit(self):
        expected = self.model.wait()
        if expected is not None:
            with pytest.raises(BreakerOpen) as caught:
                self.line.admit(now=self.model.now)
            assert caught.value.retry_after == expected
            return Ticket(-1, "")
        ticket = self.line.admit(now=self.model.now)
        assert ticket.generation == self.model.generation
        assert bool(ticket.trial) == (self.model.opened_at is not None)
        if ticket.trial:
            self.model.trial, self.model.trial_until = ticket.trial, self.model.now + 20
        return ticket

    @rule(ticket=consumes(tickets), outcome=st.sampled_from([BAD, BAD, GOOD, NOTHING]))
    def settle(self, ticket, outcome):
        assert self.line.settle(ticket, outcome, now=self.model.now) == self.model.settle(ticket, outcome)

    @rule(outcomes=st.lists(st.sampled_from([BAD, BAD, GOOD]), min_size=1, max_size=6))
    def call_many(self, outcomes):
        for outcome in outcomes:
            if self.model.wait() is None and self.model.opened_at is None:
                self.settle(self.line.admit(now=self.model.now), outcome)

    @invariant()
    def looks_the_same(self):
        state = self.line.state(now=self.model.now)
        if self.model.opened_at is None:
            counted = self.model.counted()
            assert (state.status, state.calls, state.failures) == (Status.CLOSED, len(counted), sum(counted))
        else:
            expected = Status.OPEN if self.model.now < self.model.retry_at else Status.HALF_OPEN
            assert (state.status, state.opened_at) == (expected, from_unix(self.model.opened_at))
            assert state.retry_at == from_unix(self.model.retry_at)


TestBreakerMachine = BreakerMachine.TestCase
TestBreakerMachine.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
