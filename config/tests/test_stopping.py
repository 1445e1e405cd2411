"""Stopping with a real process manager, and with programs that behave, dawdle, or do not listen at all."""

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from config.programs import Program, Supervisor, configuration
from config.stopping import ALL_OVER_S, Stage, _lives, stages, stop_in_order
from kernel.embedded.ports import free_port

LISTENS = """
import pathlib, signal, sys, time
ends, name = pathlib.Path(sys.argv[1]), sys.argv[2]
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
ends.with_name(f"{name}.up").touch()
signal.sigwait([signal.SIGTERM])
time.sleep(0.5 if name == "slow" else 0)
with ends.open("a") as file:
    print(name, file=file)
"""
DEAF = """
import pathlib, signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], start_new_session=True)
pathlib.Path(sys.argv[1]).with_name("deaf.up").touch()
time.sleep(60)
"""
NAMES = ("postgres", "redis", "slow", "deaf")


class Managed:
    """A process manager of its own with four programs: two of an app, two servers."""

    def __init__(self, folder: Path) -> None:
        self.ends = folder / "ends"
        self.ends.touch()
        (folder / "logs").mkdir()
        (folder / "run").mkdir()
        port = free_port()
        self.supervisor = Supervisor(port, "word")
        path = folder / "supervisord.conf"
        servers = [self._program("postgres", LISTENS), self._program("redis", LISTENS)]
        app = [self._program("slow", LISTENS), self._program("deaf", DEAF)]
        path.write_text(configuration(var=folder, port=port, password="word", servers=servers, app=app, account=""))
        self.manager = subprocess.Popen([sys.executable, "-W", "ignore", "-m", "supervisor.supervisord", "-c", path])
        _until(self.supervisor.answers)
        for server in ("postgres", "redis"):
            self.supervisor.start(server)
        self.supervisor.start_app()
        _until(lambda: all((folder / f"{name}.up").exists() for name in NAMES))
        self.family = psutil.Process(self.manager.pid).children(recursive=True)

    def _program(self, name: str, source: str) -> Program:
        script = self.ends.with_name(f"{name}.py")
        script.write_text(source)
        return Program(name, [sys.executable, str(script), str(self.ends), name], starts_within_s=0)


def _until(done) -> None:
    give_up = time.monotonic() + 30
    while not done():
        assert time.monotonic() < give_up
        time.sleep(0.05)


@pytest.fixture
def managed(tmp_path: Path) -> Iterator[Managed]:
    made = Managed(tmp_path)
    try:
        yield made
    finally:
        made.manager.kill()
        made.manager.wait()
        for one in filter(_lives, made.family):
            one.kill()


PLAN = [
    Stage(frozenset({"slow", "deaf"}), 3.0), Stage(frozenset({"redis"}), 20.0), Stage(frozenset({"postgres"}), 20.0),
]  # fmt: skip


def test_what_does_not_listen_is_killed_and_the_others_stop_in_order(managed: Managed):
    assert stop_in_order(managed.supervisor, managed.manager, PLAN, 30.0) == ["deaf"]
    assert managed.ends.read_text().split() == ["slow", "redis", "postgres"]
    assert managed.manager.returncode == 0
    assert [one for one in managed.family if _lives(one)] == []


def test_a_manager_that_does_not_answer_is_told_by_signal(managed: Managed):
    strange = Supervisor(free_port(), "word")
    assert stop_in_order(strange, managed.manager, PLAN, 30.0) == []
    assert managed.manager.returncode == 0
    assert managed.ends.read_text().split() == ["slow", "redis", "postgres"]


def test_the_plan_keeps_the_promise_of_ten_seconds_and_lets_the_servers_outlive_the_app():
    plan = stages(["web", "worker"])
    assert [sorted(stage.names) for stage in plan] == [["web", "worker"], ["redis"], ["postgres"]]
    ends = [stage.over_at_s for stage in plan]
    assert ends == sorted(ends)
    assert ends[-1] < ALL_OVER_S < 10
