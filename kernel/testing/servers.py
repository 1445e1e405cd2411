"""A PostgreSQL and a Redis for one test run."""

import os
import secrets
import shutil
import signal
import subprocess
import tempfile
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import psutil

from kernel.embedded.accounts import OURSELVES, Account
from kernel.embedded.installation import install
from kernel.embedded.lifeline import die_with_parent
from kernel.embedded.ports import free_port
from kernel.embedded.postgres import Postgres
from kernel.embedded.redis import RedisServer

UP_WITHIN_S = 30
STOP_SIGNALS = (signal.SIGQUIT, signal.SIGTERM)
"""PostgreSQL's "immediate", Redis's only one."""


@dataclass
class Servers:
    """Both servers in a directory that goes with them. They die with the process that started them."""

    directory: Path
    postgres: Postgres
    redis: RedisServer
    running: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @classmethod
    def start(cls, *, durable: bool = False) -> "Servers":
        """Start both on free ports and return when they answer; `durable` as in production, else fast."""
        directory = Path(tempfile.mkdtemp(prefix="redress-test-"))
        directory.chmod(0o711)  # PostgreSQL's account must be able to enter
        password = secrets.token_urlsafe(16)
        postgres = Postgres(
            installation=install(directory),
            port=free_port(),
            password=password,
            durable=durable,
            may_create_databases=True,
        )
        redis = RedisServer(directory=directory / "redis", port=free_port(), password=password, durable=durable)
        servers = cls(directory, postgres, redis)
        servers.launch()
        postgres.ensure()
        return servers

    def launch(self) -> None:
        """Start the servers' processes; also after `kill`, to see what has survived."""
        self.postgres.prepare()
        self.redis.prepare()
        account = self.postgres.installation.account
        self.running = [
            self._spawn("postgres", self.postgres.command(), signal.SIGQUIT, account),
            self._spawn("redis", self.redis.command(), signal.SIGTERM, OURSELVES),
        ]
        self.postgres.wait(UP_WITHIN_S, lambda: self.running[0].poll() is None)
        self.redis.wait(UP_WITHIN_S, lambda: self.running[1].poll() is None)

    def kill(self) -> None:
        """Kill both without warning, with all processes they have made."""
        for process in self.running:
            first = psutil.Process(process.pid)
            for victim in [first, *first.children(recursive=True)]:
                with suppress(psutil.NoSuchProcess):  # PostgreSQL's children go by themselves with the first
                    victim.kill()
            process.wait()

    def stop(self) -> None:
        """Stop both at once and remove their directory."""
        for process, number in zip(self.running, STOP_SIGNALS, strict=True):
            process.send_signal(number)
            process.wait()
        shutil.rmtree(self.directory, ignore_errors=True)
        if self.postgres.installation.data.exists():
            shutil.rmtree(self.postgres.installation.data.parent)

    def _spawn(
        self, name: str, command: list[str], last_word: signal.Signals, account: Account
    ) -> subprocess.Popen[bytes]:
        with (self.directory / f"{name}.log").open("ab") as log:
            return subprocess.Popen(  # noqa: S603 - our own servers
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd="/",
                start_new_session=True,
                preexec_fn=die_with_parent(last_word),  # noqa: PLW1509 - no thread runs in this process yet
                **account.spawn_options(),
            )


def program_environment() -> dict[str, str]:
    """Return the environment in which a program started by a test uses this test's database and Redis."""
    from django.db import connection  # noqa: PLC0415 - settings are loaded after the servers are up

    address = urlsplit(os.environ["DATABASE_URL"])
    database = address._replace(path=f"/{connection.settings_dict['NAME']}").geturl()
    return {**os.environ, "DATABASE_URL": database}
