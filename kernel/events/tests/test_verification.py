from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db import connection

from kernel import clocks
from kernel.anchors.models import Anchor, AnchorSignature
from kernel.events import Changed
from kernel.events.canonical import encode, link
from kernel.events.reading import links
from kernel.events.signing import current_key_id, sign_head
from kernel.events.tasks import sign_anchors
from kernel.events.tests.cast import BoxOpened, BoxShut, record
from kernel.events.verification import Finding, verify
from kernel.ids import new_id
from kernel.tenancy import tenant_context

CHANGED = "The event was changed after it was written."


@contextmanager
def unguarded(schema: str) -> Iterator[None]:
    """Do what only the owner of the tables can: change history behind its trigger."""
    with tenant_context(schema), connection.cursor() as cursor:
        cursor.execute("ALTER TABLE events_event DISABLE TRIGGER USER")
        yield
        cursor.execute("ALTER TABLE events_event ENABLE TRIGGER USER")


def tamper(schema: str, statement: str) -> None:
    with unguarded(schema), connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.fixture
def five(one: str) -> str:
    """A schema with five events; the third carries values."""
    record(one, BoxOpened(box_id=new_id()), BoxOpened(box_id=new_id()))
    record(one, Changed(BoxShut(box_id=new_id()), before={"name": "Ana"}, after={"name": "Ana Ruiz"}))
    record(one, BoxShut(box_id=new_id(), note="first"), BoxOpened(box_id=new_id()))
    return one


def test_an_untouched_history_is_whole(five: str):
    report = verify(five)
    assert (report.is_whole, report.events, report.head_seq, report.erased_changes) == (True, 5, 5, 0)


def test_an_empty_history_is_whole(one: str):
    assert verify(one).findings == []


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("type", "'test.box_shut'"),
        ("version", "2"),
        ("subject", "'box:other'"),
        ("actor_kind", "'member'"),
        ("actor_kind", "'nobody'"),
        ("actor_id", "'someone'"),
        ("payload", """'{"color": "blue"}'"""),
        ("payload", """'[]'"""),
        ("payload", """'{"n": 1.5}'"""),
        ("occurred_at", "occurred_at + interval '1 microsecond'"),
        ("recorded_at", "recorded_at - interval '1 second'"),
        ("correlation_id", "'other'"),
        ("cause", "1"),
        ("change_hash", r"'\x00'"),
        ("hash", r"'\x00'"),
    ],
)
def test_a_change_of_any_column_is_found(five: str, column: str, value: str):
    tamper(five, f"UPDATE events_event SET {column} = {value} WHERE seq = 2")  # noqa: S608 - from the list above
    assert Finding(2, CHANGED) in verify(five).findings


def test_a_rewritten_link_is_found(five: str):
    tamper(five, r"UPDATE events_event SET prev_hash = '\x00' WHERE seq = 2")
    assert Finding(2, "The event does not link to the one before it.") in verify(five).findings


def test_a_rewritten_event_with_a_fitting_hash_breaks_the_next_link(five: str):
    with tenant_context(five):
        second = next(iter(links(after=1)))
    payload = {**second.event.payload, "color": "blue"}
    forged = link(second.prev_hash, second.event, encode(payload), None)
    with unguarded(five), connection.cursor() as cursor:
        cursor.execute(
            'UPDATE events_event SET payload = payload || \'{"color": "blue"}\', hash = %s WHERE seq = 2', [forged]
        )
    assert verify(five).findings == [Finding(3, "The event does not link to the one before it.")]


@pytest.mark.parametrize("change", ["occurred_at = 'infinity'", """payload = '{"n": 1e400}'"""])
def test_what_cannot_be_read_is_a_finding_and_no_crash(five: str, change: str):
    tamper(five, f"UPDATE events_event SET {change} WHERE seq = 2")  # noqa: S608 - from the list above
    (finding,) = verify(five).findings
    assert finding.problem.startswith("Events from here on cannot be read")


def test_a_missing_event_is_found(five: str):
    tamper(five, "DELETE FROM events_event WHERE seq IN (2, 3)")
    assert verify(five).findings == [Finding(2, "Events 2 to 3 are missing.")]


def test_a_reordered_history_is_found(five: str):
    tamper(
        five,
        "UPDATE events_event SET seq = -4 WHERE seq = 4; UPDATE events_event SET seq = 4 WHERE seq = 5;"
        "UPDATE events_event SET seq = 5 WHERE seq = -4",
    )
    assert {finding.seq for finding in verify(five).findings} == {4, 5}


def test_an_inserted_event_is_found(five: str):
    tamper(
        five,
        "INSERT INTO events_event SELECT 6, type, version, subject, actor_kind, actor_id, payload, occurred_at,"
        "recorded_at, correlation_id, cause, change_hash, hash, hash FROM events_event WHERE seq = 5",
    )
    problems = {finding.problem for finding in verify(five).findings}
    assert problems == {CHANGED, "The anchor says that the history ends at event 5."}


def test_a_cut_tail_is_found_by_the_anchor(five: str):
    tamper(five, "DELETE FROM events_event WHERE seq > 3")
    assert verify(five).findings == [Finding(4, "Events 4 to 5 were cut from the end.")]


def test_a_tail_cut_together_with_the_anchor_is_found_by_the_signature(five: str):
    sign_anchors()
    with tenant_context(five):
        third = next(iter(links(after=2)))
    tamper(five, "DELETE FROM events_event WHERE seq > 3")
    Anchor.objects.filter(schema_name=five).update(head_seq=3, head_hash=third.hash)
    assert verify(five).findings == [Finding(5, "A signed head is not there: the history ends at event 3.")]


def test_a_history_rewritten_from_the_start_is_found_by_the_signature(five: str):
    sign_anchors()
    with unguarded(five), connection.cursor() as cursor:
        cursor.execute("TRUNCATE events_event, events_change")
    Anchor.objects.filter(schema_name=five).delete()
    record(five, *(BoxOpened(box_id=new_id()) for _ in range(5)))
    (finding,) = verify(five).findings
    assert finding.problem.startswith("The event is not the one that was signed on")


def test_a_forged_signature_is_found(five: str):
    at = clocks.now()
    anchor = Anchor.objects.get(schema_name=five)
    genuine = sign_head(five, 5, bytes(anchor.head_hash), at)
    AnchorSignature.objects.create(
        schema_name=five, seq=5, hash=anchor.head_hash, signed_on=at.date(), signed_at=at + timedelta(days=1),
        key_id="0" * 16, signature=genuine,
    )  # fmt: skip
    assert verify(five).findings == [Finding(5, f"The signature of {at.date()} is not ours.")]


@pytest.mark.parametrize(
    "statement", ["UPDATE anchors_anchorsignature SET seq = 1", "DELETE FROM anchors_anchorsignature"]
)
def test_the_database_refuses_to_change_signatures(five: str, statement: str):
    sign_anchors()
    with connection.cursor() as cursor, pytest.raises(Exception, match="append-only"):
        cursor.execute(statement)
    assert AnchorSignature.objects.get(schema_name=five).seq == 5


def test_changed_values_are_found_and_erased_ones_are_not(five: str):
    tamper(five, """UPDATE events_change SET after = '{"name": "Eve"}'""")
    assert verify(five).findings == [Finding(3, "The values before and after were changed.")]
    tamper(five, "DELETE FROM events_change")
    assert (verify(five).findings, verify(five).erased_changes) == ([], 1)


def test_a_switched_off_guard_is_found(five: str):
    with unguarded(five):
        assert verify(five).findings == [Finding(0, "The trigger that refuses changes is missing or switched off.")]
    assert verify(five).is_whole


@pytest.mark.usefixtures("one")
def test_a_schema_that_is_gone_is_found():
    Anchor.objects.create(schema_name="gone", head_seq=4, head_hash=b"", updated_at=clocks.now())
    assert verify("gone").findings == [Finding(0, "The schema has no event table.")]


def test_signing_is_once_a_day_and_verifies(five: str, two: str):
    sign_anchors()
    assert sign_anchors() == 0
    assert AnchorSignature.objects.get(schema_name=five).seq == 5
    assert (verify(five).signatures, verify(five).findings) == (1, [])
    record(two)
    assert sign_anchors() == 1
    assert AnchorSignature.objects.filter(schema_name__in=[five, two]).count() == 2


def test_a_damaged_history_is_not_signed(five: str):
    tamper(five, "UPDATE events_event SET actor_id = 'x' WHERE seq = 2")
    sign_anchors()
    assert not AnchorSignature.objects.filter(schema_name=five).exists()


def test_only_what_is_new_is_verified_before_it_is_signed(five: str):
    yesterday = clocks.now() - timedelta(days=1)
    anchor = Anchor.objects.get(schema_name=five)
    AnchorSignature.objects.create(
        schema_name=five, seq=5, hash=anchor.head_hash, signed_on=yesterday.date(), signed_at=yesterday,
        key_id=current_key_id(), signature=sign_head(five, 5, bytes(anchor.head_hash), yesterday),
    )  # fmt: skip
    record(five)
    sign_anchors()
    assert list(AnchorSignature.objects.filter(schema_name=five).order_by("seq").values_list("seq", flat=True)) == [
        5,
        6,
    ]
    assert (verify(five).signatures, verify(five).findings) == (2, [])


def test_an_old_key_still_verifies_and_an_unknown_one_does_not(five: str, settings):
    old = settings.AUDIT_SIGNING_KEY
    sign_anchors()
    settings.AUDIT_SIGNING_KEY = f"a-new-key-of-the-tests,{old}"
    assert verify(five).is_whole
    settings.AUDIT_SIGNING_KEY = "a-new-key-of-the-tests"
    assert not verify(five).is_whole
