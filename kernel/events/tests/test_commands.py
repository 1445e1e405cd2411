import io
import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db import transaction

from kernel import clocks
from kernel.events import Recorded, publish, subscribe
from kernel.events.dispatch import drain
from kernel.events.tests.cast import ALICE, BoxOpened, BoxShut, record
from kernel.events.tests.test_verification import tamper
from kernel.ids import new_id
from kernel.tenancy import tenant_context
from tests.cast import Stage


def run(*words: str) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    with pytest.raises(SystemExit) as end:
        call_command("events", *words, stdout=out, stderr=err)
    assert isinstance(end.value.code, int)
    return end.value.code, out.getvalue(), err.getvalue()


def run_json(*words: str) -> tuple[int, Any]:
    code, out, _err = run(*words, "--json")
    return code, json.loads(out)


@pytest.fixture
def refusing(only_these_subscribers: None) -> set[str]:
    """Notes the subscriber `boxes` refuses."""
    notes: set[str] = set()

    @subscribe("boxes", BoxShut)
    def take(events: Sequence[Recorded]) -> None:
        if notes & {event.payload["note"] for event in events}:
            message = "broken"
            raise RuntimeError(message)

    return notes


def test_verify_says_that_all_is_well(one: str, two: str):
    record(one)
    record(two)
    code, out, _err = run("verify")
    assert code == 0
    lines = out.splitlines()
    assert f"{one}: whole (1 events, 0 signatures, 0 erased changes)" in lines
    assert f"{two}: whole (1 events, 0 signatures, 0 erased changes)" in lines


def test_verify_exits_1_with_what_it_found(one: str, two: str):
    record(one)
    record(two)
    tamper(two, "UPDATE events_event SET type = 'x'")
    code, reports = run_json("verify")
    found = {report["schema"]: report for report in reports}
    assert code == 1
    assert (found[one]["whole"], found[one]["findings"]) == (True, [])
    assert found[two]["findings"] == [{"seq": 1, "problem": "The event was changed after it was written."}]
    assert "  event 1: The event was changed after it was written." in run("verify")[1].splitlines()


def test_verify_looks_at_one_tenant_when_asked(northside: Stage, one: str):
    record(one)
    tamper(one, "UPDATE events_event SET type = 'x'")
    code, (report,) = run_json("verify", "--tenant", "northside")
    assert (code, report["schema"], report["whole"]) == (0, northside.schema, True)
    assert report["events"] > 0
    assert run("verify", "--tenant", "platform")[0] == 0


@pytest.mark.parametrize(
    "words",
    [
        ("verify", "--tenant", "nobody"),
        ("history", "no-subject"),
        ("history", "box:1", "--at", "yesterday"),
        ("replay", "nobody", "--parked"),
    ],
)
@pytest.mark.usefixtures("one")
def test_unusable_input_exits_2_with_one_line(words: tuple[str, ...]):
    code, out, err = run(*words)
    assert (code, out, err.count("\n")) == (2, "", 1)


def test_history_tells_how_a_subject_stood_at_a_past_time(one: str, two: str):
    box, keeper, start = new_id(), new_id(), clocks.now() - timedelta(days=3)
    record(one)
    with tenant_context(two), transaction.atomic():
        publish(BoxOpened(box_id=box, color="red"), actor=ALICE, now=start)
        publish(BoxOpened(box_id=box, color="blue", keeper=keeper), actor=ALICE, now=start + timedelta(hours=1))
        publish(BoxShut(box_id=box, color="green"), actor=ALICE, now=start + timedelta(hours=2))
        publish(BoxOpened(box_id=new_id(), color="other"), actor=ALICE, now=start)
    states = {
        hours: run_json("history", f"box:{box}", "--at", (start + timedelta(hours=hours)).isoformat())[1]["state"]
        for hours in (0, 1, 1.9, 2)
    }
    assert states == {
        0: {"color": "red", "keeper": None},
        1: {"color": "blue", "keeper": str(keeper)},
        1.9: {"color": "blue", "keeper": str(keeper)},
        2: {"color": "green", "keeper": str(keeper)},
    }
    code, out, _err = run("history", f"box:{box}")
    lines = out.splitlines()
    assert (code, len(lines)) == (0, 4)
    assert lines[0].endswith(f"test.box_opened  by member:{ALICE.id}")
    assert lines[3].endswith(f"color=green, keeper={keeper}")


def test_history_before_the_beginning_is_unusable(one: str):
    box = new_id()
    record(one, BoxOpened(box_id=box))
    code, _out, err = run("history", f"box:{box}", "--at", "2001-01-01")
    assert (code, err) == (2, f"Nothing had happened to box:{box} by 2001-01-01T00:00:00+00:00.\n")


def test_parked_events_are_listed_and_replayed(one: str, refusing: set[str]):
    refusing.add("bad")
    record(one, BoxShut(box_id=new_id(), note="bad"), BoxShut(box_id=new_id()))
    drain(one)
    code, rows = run_json("parked")
    assert code == 1
    assert [(row["schema"], row["subscriber"], row["seq"], row["reason"]) for row in rows] == [
        (one, "boxes", 1, "RuntimeError: broken")
    ]
    code, out, _err = run("replay", "boxes", "--parked")
    assert (code, f"{one}: 0 delivered, 1 parked" in out.splitlines()) == (1, True)
    refusing.clear()
    code, out, _err = run("replay", "boxes", "--parked")
    assert (code, f"{one}: 1 delivered, 0 parked" in out.splitlines()) == (0, True)
    assert run("parked")[:2] == (0, "Nothing is parked.\n")


@pytest.mark.usefixtures("refusing")
def test_replay_from_an_event(one: str):
    record(one, *(BoxShut(box_id=new_id()) for _ in range(3)))
    drain(one)
    code, done = run_json("replay", "boxes", "--from", "2")
    assert (code, done[one]) == (0, {"delivered": 2, "parked": 0})
