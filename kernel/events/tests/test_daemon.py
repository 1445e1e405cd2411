import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.db import connection

from kernel.events import Recorded, daemon, subscribe
from kernel.events.daemon import Dispatcher, dispatch_lock, own_connection
from kernel.events.tests.cast import BoxOpened, record
from kernel.heartbeat import heartbeats
from kernel.tenancy import current_schema
from kernel.testing.servers import program_environment

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def heard(only_these_subscribers: None) -> list[tuple[str, int]]:
    found: list[tuple[str, int]] = []

    @subscribe("listener", BoxOpened)
    def listen(events: Sequence[Recorded]) -> None:
        found.extend((current_schema(), event.seq) for event in events)  # other tenants have no such events

    return found


@pytest.fixture
def dispatcher(one: str, heard: list[tuple[str, int]]) -> Iterator[None]:
    with running():
        yield


@contextmanager
def running() -> Iterator[Dispatcher]:
    dispatcher = Dispatcher()
    thread = threading.Thread(target=_run, args=[dispatcher])
    thread.start()
    try:
        eventually(lambda: bool(_listeners()))
        yield dispatcher
    finally:
        dispatcher.stop()
        thread.join(timeout=10)
    assert not thread.is_alive()


def _run(dispatcher: Dispatcher) -> None:
    try:
        dispatcher.run()
    finally:
        connection.close()


def _listeners() -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pid FROM pg_stat_activity"
            " WHERE application_name = 'redress-events' AND datname = current_database()"
        )
        return [row[0] for row in cursor.fetchall()]


def eventually(condition: Callable[[], bool], within: float = 10) -> None:
    give_up = time.monotonic() + within
    while not condition():
        assert time.monotonic() < give_up
        time.sleep(0.01)


@pytest.mark.usefixtures("dispatcher")
def test_a_commit_wakes_the_dispatcher_long_before_the_next_sweep(one: str, two: str, heard: list[tuple[str, int]]):
    record(one)
    record(two)
    record(one)
    eventually(lambda: len(heard) == 3, within=5)
    assert sorted(heard) == [(one, 1), (one, 2), (two, 1)]


def test_what_was_left_by_a_crash_is_found_at_the_start(one: str, heard: list[tuple[str, int]]):
    record(one)
    with running():
        eventually(lambda: heard == [(one, 1)])


def test_a_lost_notification_is_found_by_the_sweep(
    one: str, heard: list[tuple[str, int]], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(daemon, "WAKE_UP", "another_channel")
    monkeypatch.setattr(daemon, "SWEEP_EVERY", 0.2)
    with running():
        time.sleep(0.3)
        record(one)
        eventually(lambda: heard == [(one, 1)])


@pytest.mark.usefixtures("dispatcher")
def test_a_dropped_connection_is_opened_again_and_nothing_is_missed(one: str, heard: list[tuple[str, int]]):
    with connection.cursor() as cursor:
        for pid in _listeners():
            cursor.execute("SELECT pg_terminate_backend(%s)", [pid])
    record(one)
    eventually(lambda: heard == [(one, 1)])


@pytest.mark.usefixtures("dispatcher")
def test_a_tenant_held_by_another_dispatcher_is_tried_later(one: str, two: str, heard: list[tuple[str, int]]):
    with own_connection() as other, dispatch_lock(other, one) as mine:
        assert mine
        record(one)
        record(two)
        eventually(lambda: heard == [(two, 1)])
        with own_connection() as third, dispatch_lock(third, one) as theirs:
            assert not theirs
    eventually(lambda: heard == [(two, 1), (one, 1)])


@pytest.mark.usefixtures("dispatcher")
def test_a_tenant_whose_tables_fail_does_not_stop_the_others(one: str, two: str, heard: list[tuple[str, int]]):
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {one}.events_cursor RENAME TO hidden")
    try:
        record(one)
        record(two)
        eventually(lambda: heard == [(two, 1)])
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER TABLE {one}.hidden RENAME TO events_cursor")


@pytest.mark.usefixtures("one")
def test_the_daemon_beats_and_stops_cleanly_on_sigterm():
    process = subprocess.Popen(
        [sys.executable, "manage.py", "event_dispatcher"],
        cwd=ROOT,
        env=program_environment(),
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        eventually(lambda: any(beat.pid == process.pid for beat in heartbeats()), within=30)
        process.terminate()
        _out, said = process.communicate(timeout=10)
    finally:
        if process.poll() is None:
            process.kill()
    assert process.returncode == 0, said
    assert "dispatcher stopped" in said
