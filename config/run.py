"""`make run`: the whole product in the foreground, on a machine that has nothing but Python.

It holds a lock on `var/`, clears what a killed run left, starts supervisor with every part, and stays until it is
told to stop. `python -m config.run reset` deletes `var/`.
"""

import fcntl
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

import psutil

from config import demo
from config.environment import ROOT
from config.runtime import Runtime
from config.stack import CannotRun, Stack
from config.strays import stop_strays
from kernel.embedded.errors import EmbeddedServerError
from kernel.embedded.installation import install
from kernel.embedded.lifeline import die_with_parent
from kernel.embedded.ports import is_free

LOOK_EVERY_S = 0.5
HIGHEST_PORT = 65_535


class Asked(Exception):  # noqa: N818 - a request, not a fault
    """Somebody asked us to stop."""


def main(arguments: list[str]) -> int:
    """Run or reset; returns the exit code."""
    var = (ROOT / (os.environ.get("DATA_DIR") or "var")).resolve()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, _ask)
    if psutil.Process(os.getppid()).name() in {"make", "gmake"}:  # nobody else would miss us
        die_with_parent(signal.SIGTERM)()
    try:
        with _only_one(var):
            return reset(var) if arguments == ["reset"] else run(var, _port())
    except (CannotRun, EmbeddedServerError) as problem:
        _say(str(problem))
        return 1
    except Asked:
        return 0


def run(var: Path, port: int) -> int:
    """Run everything until asked to stop."""
    runtime = Runtime.load(var)
    installation = install(var)
    if stop_strays(var, installation.data):
        _say("Stopped what an earlier run had left behind.")
    _refuse_lost_keys(runtime, installation.data)
    if not is_free(port):
        message = f"Port {port} is in use; choose another one: PORT=9000 make run"
        raise CannotRun(message)
    runtime.complete()
    stack = Stack(runtime, port, installation)
    runtime.update(stack.addresses())
    runtime.save()
    try:
        _start(stack)
        _say(demo.announce(demo.complete(stack)))
        _stay(stack)
    except Asked:
        _say("Stopping ...")
    finally:
        _ignore_further_signals()
        killed = stack.stop()
        if killed:
            _say(f"Did not stop in time and had to be killed: {', '.join(killed)}; the next run picks up their work.")
    return 0


def reset(var: Path) -> int:
    """Delete everything `make run` has made, also what had to be put elsewhere."""
    data = Path(Runtime.load(var).values.get("POSTGRES_DATA", var / "postgres"))
    stop_strays(var, data)
    for place in (data if data.parent == var else data.parent, var):
        shutil.rmtree(place, ignore_errors=True)
    return 0


def _start(stack: Stack) -> None:
    """Bring the parts up one after the other."""
    stack.start_manager()
    stack.start_servers()
    _prepare(stack)
    stack.start_app()
    stack.wait_until_ready()


def _prepare(stack: Stack) -> None:
    """Run the migrations and the demo seed in a process of their own, which dies with us."""
    preparing = subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-m", "config.prepare", str(demo.seed_file(stack.runtime.var))],
        cwd=ROOT,
        env={**os.environ, "DATA_DIR": str(stack.runtime.var), "PROCESS_NAME": "prepare", "LOG_LEVEL": "WARNING"},
        start_new_session=True,  # Ctrl-C is for us
        preexec_fn=die_with_parent(signal.SIGTERM),  # noqa: PLW1509 - no thread runs in this process
    )
    try:
        failed = preparing.wait()
    finally:
        preparing.kill()
    if failed:
        message = "The database could not be prepared; the lines above say why."
        raise CannotRun(message)


def _stay(stack: Stack) -> NoReturn:
    """Watch until asked to stop; the manager itself is started anew when it dies, and parts it gave up too."""
    while True:
        time.sleep(LOOK_EVERY_S)
        if not stack.manager_lives():
            _say("The process manager is gone; starting again.")
            stop_strays(stack.runtime.var, stack.installation.data)
            _start(stack)
            _say("Redress is ready again.")
        for name in stack.given_up():
            _say(f"{name} keeps failing: see {stack.runtime.var / 'logs' / f'{name}.log'}")
            stack.supervisor.start_again(name)


def _port() -> int:
    raw = os.environ.get("PORT") or "8000"
    if not raw.isdecimal() or not 0 < int(raw) <= HIGHEST_PORT:
        message = f"Setting PORT cannot be used: {raw!r} is no port number."
        raise CannotRun(message)
    return int(raw)


@contextmanager
def _only_one(var: Path) -> Iterator[None]:
    """Hold `var/` for this launcher. Raises CannotRun when another one has it; the lock goes with its holder."""
    var.mkdir(parents=True, exist_ok=True)
    var.chmod(0o711)
    with (var / "run.lock").open("a+", encoding="ascii") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as problem:
            lock.seek(0)
            message = f"Redress already runs here (process {lock.read().strip()}); stop it first."
            raise CannotRun(message) from problem
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def _refuse_lost_keys(runtime: Runtime, data: Path) -> None:
    if not runtime.values and data.exists():
        message = f"{runtime.var / 'runtime.env'} is gone but its data is there; put it back, or `make reset`."
        raise CannotRun(message)


def _ask(_number: int, _frame: object) -> None:
    raise Asked


def _ignore_further_signals() -> None:
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
