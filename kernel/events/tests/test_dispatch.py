from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kernel.actors import SYSTEM
from kernel.anchors.models import Anchor
from kernel.events import Recorded, cursors, dispatch, publish, subscribe
from kernel.events.cursors import positions, schemas_with_work
from kernel.events.dispatch import drain
from kernel.events.models import ParkedEvent
from kernel.events.reading import events_after, head_seq
from kernel.events.replay import replay_from, replay_parked
from kernel.events.subscriptions import subscriber
from kernel.events.tests.cast import BoxOpened, BoxShut, record
from kernel.ids import new_id
from kernel.tenancy import current_schema, tenant_context

pytestmark = pytest.mark.usefixtures("only_these_subscribers")


class Listener:
    """Keeps what it was given; refuses events whose note is in `refuses`."""

    def __init__(self, name: str, *events: type) -> None:
        self.calls: list[list[int]] = []
        self.schemas: set[str] = set()
        self.refuses: set[str] = set()
        subscribe(name, *(events or (BoxOpened, BoxShut)))(self)

    def __call__(self, events: Sequence[Recorded]) -> None:
        self.schemas.add(current_schema())
        self.calls.append([event.seq for event in events])
        if self.refuses & {event.payload.get("note") for event in events}:
            message = "no, thank you"
            raise ValueError(message)

    @property
    def seqs(self) -> list[int]:
        return [seq for call in self.calls for seq in call]


def shut(note: str = "") -> BoxShut:
    return BoxShut(box_id=new_id(), note=note)


def test_each_subscriber_gets_its_events_as_one_batch_in_order(one: str):
    opened, everything = Listener("opened", BoxOpened), Listener("everything")
    record(one, BoxOpened(box_id=new_id()), shut())
    record(one, BoxOpened(box_id=new_id()))
    done = drain(one)
    assert (opened.calls, everything.calls) == ([[1, 3]], [[1, 2, 3]])
    assert opened.schemas == {one}
    assert (done.delivered, done.parked, done.more) == (5, 0, False)
    with tenant_context(one):
        assert positions(["opened", "everything"]) == {"opened": 3, "everything": 3}
    assert Anchor.objects.get(schema_name=one).dispatched_seq == 3


def test_nothing_is_delivered_twice_when_nothing_happened(one: str):
    listener = Listener("listener")
    record(one)
    drain(one)
    drain(one)
    record(one)
    drain(one)
    assert listener.calls == [[1], [2]]


def test_a_tenants_events_reach_nobody_in_another_tenant(one: str, two: str):
    listener = Listener("listener")
    record(one)
    drain(two)
    assert listener.calls == []
    drain(one)
    assert listener.schemas == {one}


def test_a_crash_between_handling_and_the_cursor_delivers_again(one: str):
    listener = Listener("listener")
    record(one, shut(), shut())
    _drain_or_die(one, dies=True)
    drain(one)
    assert listener.calls == [[1, 2], [1, 2]]


def _crash(_moved: object) -> None:
    raise KeyboardInterrupt


def test_a_poison_event_is_parked_with_its_reason_and_the_others_go_on(one: str):
    picky, easy = Listener("picky"), Listener("easy")
    picky.refuses = {"poison"}
    record(one, shut(), shut("poison"), shut())
    done = drain(one)
    assert easy.calls == [[1, 2, 3]]
    assert picky.calls == [[1, 2, 3], [1], [2], [2], [2], [3]]
    assert done.parked == 1
    with tenant_context(one):
        row = ParkedEvent.objects.get()
        assert (row.subscriber, row.seq, row.attempts) == ("picky", 2, 3)
        assert row.reason == "ValueError: no, thank you"
        assert positions(["picky"]) == {"picky": 3}
    record(one)
    drain(one)
    assert picky.calls[-1] == [4]
    assert one not in schemas_with_work(all_of_them=False)


def test_a_subscriber_that_leaves_a_broken_transaction_behind_harms_nobody(one: str):
    @subscribe("broken", BoxShut)
    def broken(_events: Sequence[Recorded]) -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT 1 / 0")

    easy = Listener("easy")
    record(one, shut())
    assert drain(one).parked == 1
    assert easy.calls == [[1]]


def test_an_outage_parks_nothing_and_holds_only_those_it_meets(one: str):
    sender, easy = Listener("sender"), Listener("easy")
    sender.refuses = {"mail"}
    record(one, shut("mail"), shut())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dispatch, "client", _no_redis)
        done = drain(one)
    assert (done.parked, done.more, easy.calls, sender.calls) == (0, True, [[1, 2]], [[1, 2]])
    with tenant_context(one):
        assert not ParkedEvent.objects.exists()
        assert positions(["sender", "easy"]) == {"sender": 0, "easy": 2}
    assert one in schemas_with_work(all_of_them=False)
    sender.refuses = set()
    drain(one)
    assert sender.calls == [[1, 2], [1, 2]]
    assert Anchor.objects.get(schema_name=one).dispatched_seq == 2


def _no_redis() -> object:
    raise ConnectionRefusedError


def test_a_new_subscriber_begins_with_the_first_event(one: str):
    Listener("old")
    record(one, shut(), shut())
    drain(one)
    new = Listener("new")
    assert one not in schemas_with_work(all_of_them=False)
    assert one in schemas_with_work(all_of_them=True)
    drain(one)
    assert new.calls == [[1, 2]]


def test_a_long_backlog_comes_in_batches_and_leaves_the_turn_to_others(one: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(dispatch, "BATCH", 2)
    listener = Listener("listener")
    record(one, *(shut() for _ in range(5)))
    assert drain(one, rounds=2).more
    assert listener.calls == [[1, 2], [3, 4]]
    assert not drain(one, rounds=2).more
    assert listener.seqs == [1, 2, 3, 4, 5]


def test_the_anchor_is_left_alone_while_a_publisher_holds_it(one: str):
    """A long transaction of one tenant must not stop the dispatcher of all."""
    Listener("listener")
    record(one)
    with tenant_context(one), transaction.atomic():
        publish(shut(), actor=SYSTEM)
        with ThreadPoolExecutor(1) as pool:
            assert pool.submit(_drain_and_close, one).result(timeout=5) == 1
    assert Anchor.objects.get(schema_name=one).dispatched_seq == 0
    drain(one)
    assert Anchor.objects.get(schema_name=one).dispatched_seq == 2


def _drain_and_close(schema: str) -> int:
    try:
        return drain(schema).delivered
    finally:
        connection.close()


def test_what_a_subscriber_publishes_names_the_event_it_reacted_to(one: str):
    @subscribe("reaction", BoxShut)
    def react(events: Sequence[Recorded]) -> None:
        for event in events:
            record(current_schema(), BoxOpened(box_id=event.uuid("box_id")))

    record(one, shut())
    drain(one)
    with tenant_context(one):
        assert [(event.seq, event.cause) for event in events_after(0, limit=5)] == [(1, None), (2, 1)]


def test_replaying_from_an_event_delivers_again_and_moves_no_cursor(one: str):
    listener = Listener("listener")
    record(one, *(shut() for _ in range(4)))
    drain(one)
    found = subscriber("listener")
    assert found
    done = replay_from(one, found, 3)
    assert (done.delivered, done.parked, listener.calls) == (2, 0, [[1, 2, 3, 4], [3, 4]])
    with tenant_context(one):
        assert positions(["listener"]) == {"listener": 4}
    drain(one)
    assert listener.calls == [[1, 2, 3, 4], [3, 4]]


def test_replaying_does_not_run_ahead_of_the_cursor(one: str):
    listener = Listener("listener")
    record(one, shut())
    drain(one)
    record(one, shut())
    found = subscriber("listener")
    assert found
    assert replay_from(one, found, 1).delivered == 1
    drain(one)
    assert listener.calls == [[1], [1], [2]]


def test_parked_events_are_replayed_until_they_are_taken(one: str):
    listener = Listener("listener")
    listener.refuses = {"a", "b"}
    record(one, shut("a"), shut("b"))
    drain(one)
    listener.refuses = {"b"}
    found = subscriber("listener")
    assert found
    done = replay_parked(one, found)
    assert (done.delivered, done.parked) == (1, 1)
    with tenant_context(one):
        assert list(ParkedEvent.objects.values_list("seq", "attempts")) == [(2, 6)]
    listener.refuses = set()
    assert replay_parked(one, found).delivered == 1
    assert replay_parked(one, found).delivered == 0
    with tenant_context(one):
        assert not ParkedEvent.objects.exists()


def test_a_name_belongs_to_one_subscriber():
    Listener("taken")
    with pytest.raises(ValueError, match="taken"):
        Listener("taken")


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(plan=st.lists(st.tuples(st.integers(1, 4), st.booleans(), st.booleans()), min_size=1, max_size=6))
def test_whatever_crashes_nothing_is_lost_and_order_is_kept(one: str, plan: list[tuple[int, bool, bool]]):
    """Each step publishes some events and perhaps drains, perhaps dying just before the cursor is written."""
    name = f"listener-{new_id()}"
    listener = Listener(name)
    with tenant_context(one):
        cursors.advance({name: head_seq(one)})
    written: list[int] = []
    for size, drains, dies in plan:
        written += [event.seq for event in record(one, *(shut() for _ in range(size)))]
        if drains:
            _drain_or_die(one, dies=dies)
    drain(one)
    firsts = list(dict.fromkeys(listener.seqs))
    assert firsts == written


def _drain_or_die(schema: str, *, dies: bool) -> None:
    with pytest.MonkeyPatch.context() as patch:
        if dies:
            patch.setattr(cursors, "advance", _crash)
        try:
            drain(schema)
        except KeyboardInterrupt:
            assert dies
