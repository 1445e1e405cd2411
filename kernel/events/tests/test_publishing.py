from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import ClassVar

import psycopg
import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kernel.actors import SYSTEM
from kernel.anchors.models import Anchor
from kernel.events import CannotPublish, Changed, Event, caused_by, publish
from kernel.events.base import Recorded
from kernel.events.canonical import GENESIS, UnfitPayload
from kernel.events.models import Change
from kernel.events.models import Event as EventRow
from kernel.events.publishing import published
from kernel.events.reading import events_after, head_seq, heads
from kernel.events.tests.cast import ALICE, BoxOpened, BoxShut, record
from kernel.events.verification import verify
from kernel.ids import new_id
from kernel.logs import correlation_id
from kernel.tenancy import tenant_context


def test_publish_keeps_every_word_of_an_event(one: str):
    box, keeper, at = new_id(), new_id(), datetime(2026, 3, 1, 12, 30, 15, 250_001, tzinfo=UTC)
    token = correlation_id.set("request-7")
    with tenant_context(one), transaction.atomic():
        (recorded,) = publish(BoxOpened(box_id=box, keeper=keeper), actor=ALICE, now=at)
    correlation_id.reset(token)
    with tenant_context(one):
        (stored,) = events_after(0, limit=10)
    assert stored == recorded
    assert (stored.seq, stored.type, stored.version) == (1, "test.box_opened", 1)
    assert stored.subject == f"box:{box}"
    assert stored.actor == ALICE
    assert stored.payload == {"box_id": str(box), "color": "red", "keeper": str(keeper)}
    assert stored.uuid("keeper") == keeper
    assert stored.occurred_at == at
    assert stored.recorded_at > at
    assert stored.correlation_id == "request-7"
    assert stored.cause is None


def test_events_link_to_each_other_and_the_anchor_follows(one: str):
    record(one)
    record(one, BoxOpened(box_id=new_id()), BoxShut(box_id=new_id()))
    with tenant_context(one):
        rows = list(EventRow.objects.order_by("seq"))
    assert [row.seq for row in rows] == [1, 2, 3]
    assert [bytes(row.prev_hash) for row in rows] == [GENESIS, bytes(rows[0].hash), bytes(rows[1].hash)]
    anchor = Anchor.objects.get(schema_name=one)
    assert (anchor.head_seq, bytes(anchor.head_hash), anchor.dispatched_seq) == (3, bytes(rows[2].hash), 0)
    assert head_seq(one) == 3
    assert heads([one, "no_such_schema"]) == {one: 3}


def test_publish_refuses_outside_a_transaction(one: str):
    with tenant_context(one), pytest.raises(CannotPublish, match=r"transaction\.atomic"):
        publish(BoxOpened(box_id=new_id()), actor=SYSTEM)
    assert head_seq(one) == 0


@pytest.mark.usefixtures("one")
def test_publish_refuses_in_the_public_schema():
    with tenant_context("public"), transaction.atomic(), pytest.raises(CannotPublish, match="platform"):
        publish(BoxOpened(box_id=new_id()), actor=SYSTEM)
    assert not Anchor.objects.filter(schema_name="public").exists()


def test_publishing_nothing_locks_nothing(one: str):
    with tenant_context(one), transaction.atomic():
        assert publish(actor=SYSTEM) == []
    assert not Anchor.objects.filter(schema_name=one).exists()


def test_a_rolled_back_transaction_leaves_no_gap(one: str):
    told: list[int] = []
    callback: Callable[..., None] = lambda _schema, events: told.extend(event.seq for event in events)  # noqa: E731
    published.append(callback)
    try:
        record(one)
        with tenant_context(one), transaction.atomic():
            publish(BoxOpened(box_id=new_id()), actor=SYSTEM)
            transaction.set_rollback(True)
        record(one)
    finally:
        published.remove(callback)
    assert told == [1, 2]
    with tenant_context(one):
        assert [event.seq for event in events_after(0, limit=10)] == [1, 2]
    assert verify(one).is_whole


def test_a_failing_listener_does_not_reach_the_caller(one: str):
    def listener(_schema: str, _events: object) -> None:
        raise RuntimeError

    published.append(listener)
    try:
        assert [event.seq for event in record(one)] == [1]
    finally:
        published.remove(listener)
    assert head_seq(one) == 1


def test_two_publishes_in_one_transaction_continue_the_chain(one: str):
    with tenant_context(one), transaction.atomic():
        first = publish(BoxOpened(box_id=new_id()), actor=SYSTEM)
        second = publish(BoxShut(box_id=new_id()), actor=ALICE)
    assert [event.seq for event in first + second] == [1, 2]
    assert verify(one).is_whole


def test_eight_writers_make_one_gapless_chain(one: str):
    def write(_worker: int) -> list[int]:
        seqs = []
        for size in (1, 3, 1, 5, 2):
            events = [BoxOpened(box_id=new_id()) for _ in range(size)]
            seqs += [event.seq for event in record(one, *events)]
        connection.close()
        return seqs

    with ThreadPoolExecutor(8) as pool:
        seqs = [seq for written in pool.map(write, range(8)) for seq in written]
    assert sorted(seqs) == list(range(1, 8 * 12 + 1))
    report = verify(one)
    assert (report.events, report.findings) == (96, [])


def test_a_second_writer_waits_for_the_first_to_commit(one: str):
    """So whoever sees an event sees every event before it."""
    with ThreadPoolExecutor(1) as pool:
        with tenant_context(one), transaction.atomic():
            (first,) = publish(BoxOpened(box_id=new_id()), actor=SYSTEM)
            other = pool.submit(_record_and_close, one)
            with pytest.raises(TimeoutError):
                other.result(timeout=0.3)
        (second,) = other.result(timeout=5)
    assert (first.seq, second.seq) == (1, 2)


def test_tenants_do_not_wait_for_each_other(one: str, two: str):
    with ThreadPoolExecutor(1) as pool, tenant_context(one), transaction.atomic():
        publish(BoxOpened(box_id=new_id()), actor=SYSTEM)
        (other,) = pool.submit(_record_and_close, two).result(timeout=5)
    assert other.seq == 1
    assert heads([one, two]) == {one: 1, two: 1}


def test_two_tenants_have_independent_histories(one: str, two: str):
    box = new_id()
    record(one, BoxOpened(box_id=box), BoxShut(box_id=box))
    record(two, BoxOpened(box_id=box, color="blue"))
    with tenant_context(two):
        assert [event.payload["color"] for event in events_after(0, limit=10)] == ["blue"]
    assert heads([one, two]) == {one: 2, two: 1}
    assert [verify(schema).findings for schema in (one, two)] == [[], []]


def test_a_stale_search_path_cannot_write_another_tenants_history(one: str, two: str):
    with tenant_context(one), transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(f"SET search_path = {two}, public")
        publish(BoxOpened(box_id=new_id()), actor=SYSTEM)
    connection.close()
    assert heads([one, two]) == {one: 1}
    assert verify(one).is_whole


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE events_event SET type = 'x'",
        "DELETE FROM events_event",
        "DELETE FROM events_event WHERE seq = 99",
        "TRUNCATE events_event",
    ],
)
def test_the_database_refuses_to_change_history(one: str, statement: str):
    record(one)
    with tenant_context(one), connection.cursor() as cursor, pytest.raises(Exception, match="append-only") as refusal:
        cursor.execute(statement)
    assert isinstance(refusal.value.__cause__, psycopg.errors.IntegrityConstraintViolation)
    with tenant_context(one):
        assert EventRow.objects.count() == 1


def test_values_before_and_after_stand_beside_history_and_can_be_erased(one: str):
    box = new_id()
    (event,) = record(one, Changed(BoxOpened(box_id=box), before={"phone": None}, after={"phone": "+12125550142"}))
    with tenant_context(one):
        change = Change.objects.get(seq=event.seq)
        assert (change.subject, change.before, change.after) == (
            f"box:{box}",
            {"phone": None},
            {"phone": "+12125550142"},
        )
        assert "phone" not in event.payload
        change.delete()
    report = verify(one)
    assert (report.erased_changes, report.findings) == (1, [])


def test_what_is_published_in_reaction_names_its_cause(one: str):
    (first,) = record(one)
    with caused_by(first):
        (second,) = record(one)
    (third,) = record(one)
    assert (second.cause, third.cause) == (1, None)
    assert second.correlation_id == first.correlation_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured(Event):
    type: ClassVar[str] = "test.measured"
    subject: ClassVar[str] = "box_id"

    box_id: object
    value: object


@pytest.mark.parametrize(
    "value",
    [1.5, float("nan"), {1, 2}, object(), "a\x00b", "\ud800", 2**64, datetime(2026, 1, 1)],  # noqa: DTZ001 - that is the point
)
def test_publish_refuses_what_does_not_survive_exactly(one: str, value: object):
    with pytest.raises(UnfitPayload):
        record(one, Measured(box_id=new_id(), value=value))
    assert head_seq(one) == 0


def test_two_events_cannot_share_a_name():
    with pytest.raises(TypeError, match=r"test\.box_opened"):

        class Impostor(Event):
            type = "test.box_opened"
            subject = "box_id"


WORDS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=40)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | WORDS | st.uuids(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=4),
    max_leaves=8,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(batches=st.lists(st.lists(VALUES, min_size=1, max_size=6), min_size=1, max_size=5))
def test_any_batches_of_any_values_form_one_verifiable_chain(one: str, batches: list[list[object]]):
    start = head_seq(one)
    written = [
        event
        for batch in batches
        for event in record(one, *(Measured(box_id=new_id(), value=value) for value in batch))
    ]
    assert [event.seq for event in written] == list(range(start + 1, start + 1 + sum(map(len, batches))))
    with tenant_context(one):
        assert events_after(start, limit=100) == written
    assert verify(one).findings == []


def _record_and_close(schema: str) -> list[Recorded]:
    try:
        return record(schema)
    finally:
        connection.close()
