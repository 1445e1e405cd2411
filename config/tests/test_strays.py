import os
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from config import strays
from config.strays import MARK, stop_strays

SLEEP = [sys.executable, "-c", "import time; print('up', flush=True); time.sleep(60)"]
STUBBORN = [
    sys.executable,
    "-c",
    "import signal, time; signal.signal(15, signal.SIG_IGN); print(1, flush=True); time.sleep(60)",
]


def _started(command: list[str], var: Path | None) -> subprocess.Popen[bytes]:
    environment = {**os.environ, MARK: str(var)} if var else dict(os.environ)
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE)
    assert process.stdout
    process.stdout.readline()
    return process


def _end(process: subprocess.Popen[bytes]) -> None:
    process.wait(5)
    assert process.stdout
    process.stdout.close()


def test_what_belongs_to_this_var_is_stopped_and_nothing_else(tmp_path: Path):
    mine, other = _started(SLEEP, tmp_path / "mine"), _started(SLEEP, tmp_path / "other")
    unmarked = _started(SLEEP, None)
    assert stop_strays(tmp_path / "mine", tmp_path / "mine" / "postgres") == 1
    assert not psutil.pid_exists(mine.pid)
    _end(mine)
    assert (other.poll(), unmarked.poll()) == (None, None)
    for process in (other, unmarked):
        process.kill()
        _end(process)


def test_what_does_not_listen_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):

    monkeypatch.setattr(strays, "STOP_WITHIN_S", 0.5)
    stubborn = _started(STUBBORN, tmp_path)
    started = time.monotonic()
    stop_strays(tmp_path, tmp_path / "postgres")
    assert not psutil.pid_exists(stubborn.pid)
    assert 0.5 < time.monotonic() - started < 5
    _end(stubborn)


def test_a_program_is_not_taken_for_a_server_because_of_where_it_works(tmp_path: Path):
    data = tmp_path / "postgres"
    data.mkdir()
    process = subprocess.Popen(SLEEP, cwd=data, stdout=subprocess.PIPE)
    assert process.stdout
    process.stdout.readline()
    assert stop_strays(tmp_path, data) == 0
    process.kill()
    _end(process)
