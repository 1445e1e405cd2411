"""Processes of an earlier run of the same `var/` that nobody looks after any more."""

import os
import signal
from pathlib import Path

import psutil

MARK = "REDRESS_VAR"
"""Every program of `make run` has this in its environment, with the path of the `var/` it belongs to."""
STOP_WITHIN_S = 12.0


def stop_strays(var: Path, postgres_data: Path) -> int:
    """Stop what an earlier run left behind, gently first; returns how many processes that were.

    The process manager goes first: it stops its programs in order. What is left was left by a killed one.
    """
    found = _strays(var, postgres_data)
    managers = [process for process in found if _is_manager(process)]
    _stop(managers)
    _stop([process for process in _strays(var, postgres_data) if process not in managers])
    return len(found)


def _strays(var: Path, postgres_data: Path) -> list[psutil.Process]:
    ours = {os.getpid(), *(parent.pid for parent in psutil.Process().parents())}
    return [
        process
        for process in psutil.process_iter()
        if process.pid not in ours and (_has_mark(process, var) or _serves(process, {postgres_data, var / "redis"}))
    ]


def _has_mark(process: psutil.Process, var: Path) -> bool:
    try:
        return process.environ().get(MARK) == str(var)
    except (psutil.Error, OSError):
        return False


def _serves(process: psutil.Process, directories: set[Path]) -> bool:
    """Tell whether it is a server of ours: both overwrite their environment and live in their data directory."""
    try:
        return process.name() in {"postgres", "redis-server"} and Path(process.cwd()) in directories
    except (psutil.Error, OSError):
        return False


def _is_manager(process: psutil.Process) -> bool:
    try:
        return any("supervisord" in word for word in process.cmdline())
    except psutil.Error:
        return False


def _stop(processes: list[psutil.Process]) -> None:
    for process in processes:
        _signal(process)
    _gone, alive = psutil.wait_procs(processes, timeout=STOP_WITHIN_S)
    for process in alive:
        process.kill()
    psutil.wait_procs(alive, timeout=STOP_WITHIN_S)


def _signal(process: psutil.Process) -> None:
    """Ask a process to end: PostgreSQL with SIGINT, because SIGTERM would have it wait for its clients."""
    try:
        is_postgres = process.name() == "postgres"
        process.send_signal(signal.SIGINT if is_postgres else signal.SIGTERM)
    except psutil.NoSuchProcess:
        return
