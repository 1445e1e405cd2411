"""Everything `make run` runs: which programs, with which addresses, and in which order they come up and go down."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException

from config.environment import ROOT
from config.programs import Program, Supervisor, configuration, manage, python
from config.runtime import Runtime, write_private
from config.stopping import stages, stop_in_order
from config.strays import MARK
from kernel.embedded.errors import EmbeddedServerError
from kernel.embedded.installation import Installation
from kernel.embedded.lifeline import die_with_parent
from kernel.embedded.ports import LOOPBACK
from kernel.embedded.postgres import Postgres
from kernel.embedded.redis import RedisServer

UP_WITHIN_S = 60.0
RECOVER_WITHIN_S = 300.0
"""After a crash PostgreSQL replays its log first, which may take a while on a slow disk."""


class CannotRun(Exception):  # noqa: N818 - an answer to the person at the terminal
    """The product cannot be run; the message is one line that says why."""


@dataclass
class Stack:
    """The supervised programs of one `var/`."""

    runtime: Runtime
    port: int
    installation: Installation
    process: subprocess.Popen[bytes] | None = None
    supervisor: Supervisor = field(init=False)

    def __post_init__(self) -> None:
        password = self.runtime.values["EMBEDDED_PASSWORD"]
        self.supervisor = Supervisor(self.runtime.port("SUPERVISOR_PORT"), password)
        self.postgres = Postgres(
            installation=self.installation, port=self.runtime.port("POSTGRES_PORT"), password=password
        )
        self.redis = RedisServer(
            directory=self.runtime.var / "redis", port=self.runtime.port("REDIS_PORT"), password=password
        )
        self.own_postgres = "DATABASE_URL" not in os.environ
        self.own_redis = "REDIS_URL" not in os.environ
        self.own_emulator = "WHATSAPP_GRAPH_URL" not in os.environ
        self.own_mail = "EMAIL_URL" not in os.environ

    @property
    def webhook_url(self) -> str:
        """Where vendors send their webhooks."""
        return f"http://localhost:{self.port}/webhooks/whatsapp/"

    def addresses(self) -> dict[str, str]:
        """Return the settings that follow from what we start."""
        own = {"BASE_URL": f"http://localhost:{self.port}", "DATA_DIR": str(self.runtime.var)}
        if "OPERATORS_NEED_SECOND_FACTOR" not in os.environ:
            own["OPERATORS_NEED_SECOND_FACTOR"] = "0"  # the demo's operator is printed with its password
        if self.own_postgres:
            own["DATABASE_URL"] = self.postgres.url()
            own["POSTGRES_HOME"] = str(self.installation.home)
            own["POSTGRES_DATA"] = str(self.installation.data)
        if self.own_redis:
            own["REDIS_URL"] = self.redis.url()
        if self.own_emulator:
            own["WHATSAPP_GRAPH_URL"] = f"http://{LOOPBACK}:{self.runtime.port('EMULATOR_PORT')}"
            own["WHATSAPP_MEDIA_HOSTS"] = own["WHATSAPP_GRAPH_URL"]
        if self.own_mail:
            own["EMAIL_URL"] = f"smtp://{LOOPBACK}:{self.runtime.port('MAIL_PORT')}"
        return own

    @property
    def outbox_url(self) -> str | None:
        """Where a browser sees the mail that was sent; None when it goes to a server of somebody's own."""
        return f"http://{LOOPBACK}:{self.runtime.port('OUTBOX_PORT')}/" if self.own_mail else None

    def start_manager(self) -> None:
        """Start supervisord; it starts nothing by itself."""
        for folder in ("logs", "run", "metrics"):
            (self.runtime.var / folder).mkdir(mode=0o700, parents=True, exist_ok=True)
        for stale in (self.runtime.var / "metrics").glob("*.db"):
            stale.unlink()
        path = self.runtime.var / "run" / "supervisord.conf"
        write_private(path, self._configuration())
        environment = {**os.environ, MARK: str(self.runtime.var), "DJANGO_SETTINGS_MODULE": "config.settings"}
        environment["DATA_DIR"] = str(self.runtime.var)
        environment["PROMETHEUS_MULTIPROC_DIR"] = str(self.runtime.var / "metrics")
        self.process = subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, "-m", "supervisor.supervisord", "-c", str(path)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.STDOUT,
            env=environment,
            start_new_session=True,  # Ctrl-C is for us; we stop it in order
            preexec_fn=die_with_parent(signal.SIGTERM),  # noqa: PLW1509 - no thread runs in this process
        )
        self._until(self.supervisor.answers, UP_WITHIN_S, "The process manager does not come up")

    def start_servers(self) -> None:
        """Start PostgreSQL and Redis and wait until both answer, also after a crash."""
        try:
            if self.own_postgres:
                self.postgres.prepare()
                self.supervisor.start("postgres")
            if self.own_redis:
                self.redis.prepare()
                self.supervisor.start("redis")
            if self.own_postgres:
                self.postgres.wait(RECOVER_WITHIN_S, self.manager_lives)
                self.postgres.ensure()
            if self.own_redis:
                self.redis.wait(RECOVER_WITHIN_S, self.manager_lives)
        except EmbeddedServerError as problem:
            raise CannotRun(str(problem)) from problem

    def start_app(self) -> None:
        """Start everything else, without waiting."""
        self.supervisor.start_app()

    def wait_until_ready(self) -> None:
        """Return when /readyz says so."""
        self._until(lambda: not self.missing(), UP_WITHIN_S * 2, "The product does not become ready")

    def manager_lives(self) -> bool:
        """Tell whether supervisord runs."""
        return self.process is not None and self.process.poll() is None

    def given_up(self) -> list[str]:
        """Return the parts that failed so often that supervisor does not try them any more."""
        try:
            return [name for name, state in self.supervisor.states().items() if state == "FATAL"]
        except OSError:  # the manager itself is going; the caller sees that next
            return []

    def missing(self) -> dict[str, str]:
        """Return what /readyz says is missing; empty when ready."""
        connection = HTTPConnection(LOOPBACK, self.port, timeout=5)
        try:
            connection.request("GET", "/readyz")
            reasons: dict[str, str] = json.loads(connection.getresponse().read())["reasons"]
        except (OSError, HTTPException, ValueError, KeyError):
            return {"web": "does not answer"}
        finally:
            connection.close()
        return reasons

    def stop(self) -> list[str]:
        """Stop the app, then Redis, then PostgreSQL; returns the names of what did not end in time and was killed."""
        if self.process is None or self.process.poll() is not None:
            return []
        app = [program.name for program in (*self._emulators(), *self._app())]
        return stop_in_order(self.supervisor, self.process, stages(app))

    def _until(self, done: Callable[[], bool], seconds: float, complaint: str) -> None:
        give_up = time.monotonic() + seconds
        while not done():
            if not self.manager_lives() or time.monotonic() > give_up:
                what = ", ".join(f"{part}: {reason}" for part, reason in self.missing().items())
                message = f"{complaint} ({what}); see {self.runtime.var / 'logs'}."
                raise CannotRun(message)
            time.sleep(0.1)

    def _configuration(self) -> str:
        return configuration(
            var=self.runtime.var,
            port=self.runtime.port("SUPERVISOR_PORT"),
            password=self.runtime.values["EMBEDDED_PASSWORD"],
            servers=self._servers(),
            app=[*self._emulators(), *self._app()],
            account="root" if os.geteuid() == 0 else "",
        )

    def _servers(self) -> list[Program]:
        servers = []
        if self.own_postgres:
            account = "" if self.installation.account.is_ours else self.installation.account.name
            servers.append(
                Program("postgres", self.postgres.command(), "INT", stop_within_s=2, starts_within_s=1, account=account)
            )
        if self.own_redis:
            servers.append(Program("redis", self.redis.command(), stop_within_s=2, starts_within_s=1))
        return servers

    def _emulators(self) -> list[Program]:
        return [*([self._whatsapp()] if self.own_emulator else []), *([self._mail()] if self.own_mail else [])]

    def _mail(self) -> Program:
        values = self.runtime.values
        command = [sys.executable, "-m", "integrations.email.emulator", "--smtp-port", values["MAIL_PORT"]]
        command += ["--port", values["OUTBOX_PORT"], "--folder", str(self.runtime.var / "mail")]
        return Program("mail-emulator", command, directory=ROOT)

    def _whatsapp(self) -> Program:
        command = [sys.executable, "-m", "integrations.whatsapp.emulator", "--open"]
        command += ["--port", self.runtime.values["EMULATOR_PORT"], "--webhook", self.webhook_url]
        command += ["--state", str(self.runtime.var / "whatsapp-emulator.sqlite3")]
        secret = {"WHATSAPP_APP_SECRET": self.runtime["WHATSAPP_APP_SECRET"]}
        return Program("whatsapp-emulator", command, directory=ROOT, environment=secret)

    def _app(self) -> list[Program]:
        celery = ("celery", "-A", "config.celery", "--skip-checks")
        queues = ("worker", "-Q", "send,default", "-n", "worker@%h", "--without-gossip", "--without-mingle")
        schedule = str(self.runtime.var / "run" / "beat-schedule")
        return [
            python("web", ROOT, "config.serve", str(self.port)),
            manage("ingest", ROOT, "ingest_worker"),
            manage("dispatcher", ROOT, "event_dispatcher"),
            python("worker", ROOT, *celery, *queues, stop_signal="QUIT"),
            python("beat", ROOT, *celery, "beat", "-s", schedule, "--pidfile="),
            manage("health", ROOT, "health_manager"),
        ]
