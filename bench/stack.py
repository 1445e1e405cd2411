"""The product in production shape, thrown away afterwards.

PostgreSQL and Redis of its own, granian for pages and the API, uvicorn for sockets and webhooks, daemons and workers.
Started before Django reads its settings.

Parts are started when a bench needs them and stopped when the next one does not, so that nothing else is in the way
of what is measured; on a machine with few cores that is most of the difference between a figure and noise.
"""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from config.runtime import SECRETS
from kernel.embedded.lifeline import die_with_parent
from kernel.embedded.ports import LOOPBACK, free_port
from kernel.testing.servers import Servers

ROOT = Path(__file__).resolve().parent.parent
HOST = "redress.test"
UP_WITHIN_S = 60
STOP_WITHIN_S = 10
POOLS = {"live": {"DATABASE_POOL_SIZE": "12"}, "web": {"DATABASE_POOL_SIZE": "0"}}
"""The web process has few threads, so each keeps a connection of its own; the live one shares a pool."""
THREADS = 3
"""Of the web process; few threads keep the tail short (2-4, measured)."""


@dataclass
class Stack:
    """The servers, and those programs that a bench has asked for."""

    servers: Servers
    ports: dict[str, int] = field(default_factory=lambda: {name: free_port() for name in ("web", "live", "emulator")})
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @classmethod
    def start(cls) -> "Stack":
        """Start PostgreSQL and Redis as in production, and put everything's settings into the environment."""
        stack = cls(Servers.start(durable=True))
        os.environ |= stack.settings()
        return stack

    def settings(self) -> dict[str, str]:
        """Return the settings of every program."""
        return {
            **{name: make() for name, make in SECRETS.items()},
            "DATABASE_URL": self.servers.postgres.url(),
            "REDIS_URL": self.servers.redis.url(),
            "REDIS_PREFIX": "bench:",
            "DATA_DIR": str(self.servers.directory),
            "BASE_URL": f"http://{HOST}",
            "WHATSAPP_GRAPH_URL": f"http://{LOOPBACK}:{self.ports['emulator']}",
            "EMAIL_URL": f"smtp://{LOOPBACK}:9",
            "LOG_LEVEL": "WARNING",
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "DEBUG": "0",
        }

    def only(self, *names: str) -> None:
        """See that these parts run and no others."""
        for name in [name for name in self.running if name not in names]:
            self.stop(name)
        for name in names:
            if name not in self.running:
                self.running[name] = self._spawn(name)
        for name in names:
            self._wait(name)

    def url(self, name: str) -> str:
        """Return where a part listens."""
        return f"http://{LOOPBACK}:{self.ports[name]}"

    @contextmanager
    def bare(self, name: str, **settings: str) -> Iterator[str]:
        """Run one of the bare applications for a while; yields its address."""
        port = free_port()
        process = self._run(f"bare-{name}", ("-m", "bench.bare", name, str(port)), settings)
        try:
            until(lambda: _listens(port), UP_WITHIN_S, f"bare {name} does not come up")
            yield f"http://{LOOPBACK}:{port}"
        finally:
            process.terminate()
            process.wait()

    def stop(self, name: str) -> None:
        """Stop one part, gently first."""
        process = self.running.pop(name)
        process.terminate()
        try:
            process.wait(STOP_WITHIN_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def close(self) -> None:
        """Stop and remove everything."""
        for name in list(self.running):
            self.stop(name)
        self.servers.stop()

    def _spawn(self, name: str) -> subprocess.Popen[bytes]:
        return self._run(name, self._command(name), POOLS.get(name, {}))

    def _run(self, name: str, words: Sequence[str], settings: Mapping[str, str]) -> subprocess.Popen[bytes]:
        with (self.servers.directory / f"{name}.log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, *words],
                cwd=ROOT,
                env={**os.environ, **settings, "PROCESS_NAME": name},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                preexec_fn=die_with_parent(signal.SIGTERM),  # noqa: PLW1509 - no thread starts programs here
            )

    def _command(self, name: str) -> Sequence[str]:
        port = str(self.ports.get(name, 0))
        worker = ("-m", "celery", "-A", "config.celery", "--skip-checks", "worker", "--without-gossip")
        commands: dict[str, Sequence[str]] = {
            "web": (
                "-m", "granian", "--interface", "wsgi", "--host", LOOPBACK, "--port", port, "--workers", "1",
                "--blocking-threads", str(THREADS), "--no-ws", "--log-level", "warning", "config.wsgi:application",
            ),
            "live": ("-m", "config.serve", port),
            "ingest": ("manage.py", "ingest_worker"),
            "dispatcher": ("manage.py", "event_dispatcher"),
            "worker": (*worker, "--without-mingle", "-Q", "send,default", "-n", "bench@%h", "-c", "1"),
            "emulator": (
                "-m", "integrations.whatsapp.emulator", "--open", "--port", port,
                "--webhook", f"{self.url('live')}/webhooks/whatsapp/",
            ),
        }  # fmt: skip
        return commands[name]

    def _wait(self, name: str) -> None:
        """Return when a part that listens answers; daemons are waited for by their work."""
        paths = {"web": "/healthz", "live": "/healthz", "emulator": "/"}
        if name in paths:
            until(lambda: _answers(self.ports[name], paths[name]), UP_WITHIN_S, f"{name} does not come up")


def _answers(port: int, path: str) -> bool:
    connection = HTTPConnection(LOOPBACK, port, timeout=2)
    try:
        connection.request("GET", path)
        return bool(connection.getresponse().status)
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((LOOPBACK, port)) == 0


def until(done: Callable[[], bool], seconds: float, complaint: str, every_s: float = 0.05) -> float:
    """Wait for something; returns the seconds it took. Raises TimeoutError with the complaint."""
    started = time.perf_counter()
    while not done():
        if time.perf_counter() - started > seconds:
            raise TimeoutError(complaint)
        time.sleep(every_s)
    return time.perf_counter() - started
