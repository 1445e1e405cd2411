"""Stopping everything in order and in time: the app, then Redis, then PostgreSQL, then the process manager.

The process manager could do it alone, but it looks around once a second and gives every part its full time one after
the other; on a busy machine that adds up to more than the ten seconds we promise. So the launcher keeps the clock:
each stage has a moment by which it is over, time that an earlier one did not need is left to the later ones, and
what is not gone by then is killed, which loses nothing (the databases' logs, claims and late acknowledgements see to
that) but is the exception.
"""

import os
import signal
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPException
from xmlrpc.client import Error

import psutil

from config.programs import Supervisor


@dataclass(frozen=True, slots=True)
class Stage:
    """Programs that stop together, and how many seconds after the first signal of all they have to be gone."""

    names: frozenset[str]
    over_at_s: float


LOOK_EVERY_S = 0.05
APP_OVER_S, REDIS_OVER_S, POSTGRES_OVER_S, ALL_OVER_S = 6.0, 7.2, 9.0, 9.6


def stages(app: Sequence[str]) -> list[Stage]:
    """Return the order in which everything of `make run` stops; `app` are the programs that are no servers."""
    return [
        Stage(frozenset(app), APP_OVER_S),
        Stage(frozenset({"redis"}), REDIS_OVER_S),
        Stage(frozenset({"postgres"}), POSTGRES_OVER_S),
    ]


def stop_in_order(
    supervisor: Supervisor, manager: subprocess.Popen[bytes], plan: Sequence[Stage], all_over_s: float = ALL_OVER_S
) -> list[str]:
    """Stop what `manager` runs stage by stage, then `manager`; returns the names of what had to be killed."""
    started = time.monotonic()
    killed: list[str] = []
    try:
        for stage in plan:
            killed += _stop(supervisor, stage.names, started + stage.over_at_s)
        supervisor.shut_down()
    except (OSError, HTTPException, Error):
        manager.send_signal(signal.SIGTERM)  # it does not answer: then it stops what is left by itself
    try:
        manager.wait(max(started + all_over_s - time.monotonic(), 0.1))
    except subprocess.TimeoutExpired:
        manager.kill()
        manager.wait()
    return killed


def _stop(supervisor: Supervisor, names: frozenset[str], deadline: float) -> list[str]:
    """Ask these programs to stop, wait for them and what they have started, kill what stays; returns its names."""
    running = {name: pid for name, pid in supervisor.processes().items() if name in names}
    families = {pid: _family(pid) for pid in running.values()}
    supervisor.stop(names)
    while (late := [name for name, pid in running.items() if any(map(_lives, families[pid]))]) and (
        time.monotonic() < deadline
    ):
        time.sleep(LOOK_EVERY_S)
    for name in late:
        _kill(running[name], families[running[name]])
    return late


def _family(pid: int) -> list[psutil.Process]:
    try:
        first = psutil.Process(pid)
        return [first, *first.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def _lives(one: psutil.Process) -> bool:
    """Tell whether a process still does something; a dead one that its parent has not taken note of does not."""
    try:
        return one.is_running() and one.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _kill(pid: int, family: Sequence[psutil.Process]) -> None:
    """Kill a program with the group it leads, and children that have left the group."""
    with suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)
    for one in family:
        with suppress(psutil.NoSuchProcess):
            one.kill()
