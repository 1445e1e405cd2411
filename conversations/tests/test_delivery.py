from datetime import timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.delivery import MAYBE_SENT, DeliveryState, advance
from conversations.enums import Delivery
from conversations.types import DeliveryUpdate
from kernel.clocks import from_unix

START = from_unix(1_780_000_000)
FORWARD = [Delivery.SENT, Delivery.DELIVERED, Delivery.READ, Delivery.PLAYED]


def update(status, seconds=0, code=""):
    return DeliveryUpdate("wamid.1", None, status, START + timedelta(seconds=seconds), failure_code=code)


def queued():
    return DeliveryState(Delivery.QUEUED, START)


def run(state, *updates):
    for news in updates:
        state = advance(state, news)
    return state


def test_every_order_of_the_same_news_ends_in_the_same_status():
    news = [update(status, seconds) for seconds, status in enumerate(FORWARD)]
    ends = {run(queued(), *order) for order in permutations(news)}
    assert {(end.status, end.delivered_at, end.read_at) for end in ends} == {
        (Delivery.PLAYED, START + timedelta(seconds=1), START + timedelta(seconds=2))
    }


def test_failed_is_final_for_sent():
    failed = run(queued(), update(Delivery.FAILED, code="131026"), update(Delivery.SENT, 1))
    assert (failed.status, failed.failure_code) == (Delivery.FAILED, "131026")


@pytest.mark.parametrize("status", [Delivery.DELIVERED, Delivery.READ, Delivery.PLAYED])
def test_evidence_of_delivery_beats_failure_in_both_orders(status):
    first = run(queued(), update(status), update(Delivery.FAILED, 1, "131000"))
    last = run(queued(), update(Delivery.FAILED, 1, "131000"), update(status))
    assert first.status == last.status == status
    assert first.failure_code == last.failure_code == ""


@pytest.mark.parametrize("status", FORWARD)
def test_any_news_corrects_an_unknown_fate(status):
    unknown = DeliveryState(Delivery.FAILED, START, failure_code=MAYBE_SENT)
    assert (advance(unknown, update(status, 1)).status, advance(unknown, update(status, 1)).failure_code) == (
        status,
        "",
    )


def test_a_known_failure_replaces_an_unknown_fate_and_is_not_replaced_itself():
    unknown = DeliveryState(Delivery.FAILED, START, failure_code=MAYBE_SENT)
    known = run(unknown, update(Delivery.FAILED, 1, "131026"), update(Delivery.FAILED, 2, "131000"))
    assert known.failure_code == "131026"


any_update = st.builds(
    update, st.sampled_from([*FORWARD, Delivery.FAILED]), st.integers(0, 9), st.sampled_from(["131026", "131000"])
)


@given(st.lists(any_update))
def test_the_same_news_twice_is_the_same_as_once(news):
    doubled = [update for each in news for update in (each, each)]
    assert run(queued(), *news) == run(queued(), *doubled)


@given(st.lists(any_update))
def test_a_status_never_moves_back_and_never_returns_to_the_queue(news):
    state, best = queued(), 0
    for each in news:
        state = advance(state, each)
        rank = FORWARD.index(state.status) + 1 if state.status in FORWARD else None
        if rank is not None:
            assert rank >= best
            best = rank
        assert (state.status == Delivery.FAILED) == bool(state.failure_code)
    assert not news or state.status != Delivery.QUEUED
