"""The embedded PostgreSQL: prepared, started by whoever supervises it, and asked whether it answers.

It listens on loopback TCP with SCRAM passwords and nowhere else. A Unix socket would answer 5 % faster (73 against
77 microseconds a round trip), and in return bring `trust` for a directory, stale sockets after a kill, and a path
limit of 107 bytes that deep checkouts exceed.
"""

import os
import shutil
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from subprocess import DEVNULL, PIPE, STDOUT, run

import psutil
import psycopg
from psycopg import sql

from kernel.embedded.errors import EmbeddedServerError
from kernel.embedded.installation import Installation
from kernel.embedded.ports import LOOPBACK

SUPERUSER = "postgres"
ROLE = "redress"
"""The product's own role: owns its databases, is no superuser."""

SERVER_SETTINGS = {
    "listen_addresses": LOOPBACK,
    "unix_socket_directories": "",
    "max_connections": "120",
    "shared_buffers": "256MB",
    "jit": "off",  # short queries: compiling costs more than it saves
    "random_page_cost": "1.1",
    "log_timezone": "UTC",
    "timezone": "UTC",
    "log_line_prefix": "%m [%p] ",
}
UNSAFE_SETTINGS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_wal_size": "4GB"}
"""For tests that throw the data away: a power cut may lose everything, a killed process loses nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Postgres:
    """One database server of ours: where it is, where it listens, and the password of both its roles."""

    installation: Installation
    port: int
    password: str
    durable: bool = True
    may_create_databases: bool = False

    def url(self, database: str = ROLE) -> str:
        """Return the address of `database` for the product's role; the password is made of URL-safe characters."""
        return f"postgresql://{ROLE}:{self.password}@{LOOPBACK}:{self.port}/{database}"

    def command(self) -> list[str]:
        """Return the command that runs the server in the foreground; SIGINT stops it quickly and cleanly."""
        options = SERVER_SETTINGS | ({} if self.durable else UNSAFE_SETTINGS) | {"port": str(self.port)}
        server = [str(self.installation.program("postgres")), "-D", str(self.installation.data)]
        return server + [word for name, value in options.items() for word in ("-c", f"{name}={value}")]

    def prepare(self) -> None:
        """Make the data directory if there is none, and clear what a killed server left behind."""
        data = self.installation.data
        if (data / "PG_VERSION").exists():
            self._refuse_other_version()
            _forget_dead_server(data)
        else:
            self._initialize()

    def wait(self, seconds: float, alive: Callable[[], bool] = lambda: True) -> None:
        """Return when the server takes connections: at once, or after it has recovered from a crash.

        Raises EmbeddedServerError after `seconds`, or as soon as `alive` says that it has given up.
        """
        give_up = time.monotonic() + seconds
        while time.monotonic() < give_up and alive():
            try:
                self._superuser().close()
            except psycopg.OperationalError:
                time.sleep(0.05)
            else:
                return
        message = "PostgreSQL does not come up; its log says why."
        raise EmbeddedServerError(message)

    def ensure(self, database: str = ROLE) -> None:
        """Create the product's role and `database` unless they exist."""
        with self._superuser() as connection:
            _ensure_role(connection, self.password, may_create_databases=self.may_create_databases)
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database]).fetchone():
                create = sql.SQL("CREATE DATABASE {} OWNER {}")
                connection.execute(create.format(sql.Identifier(database), sql.Identifier(ROLE)))

    def _superuser(self) -> psycopg.Connection:
        return psycopg.connect(
            host=LOOPBACK,
            port=self.port,
            user=SUPERUSER,
            password=self.password,
            dbname="postgres",
            connect_timeout=5,
            autocommit=True,
        )

    def _initialize(self) -> None:
        """Run initdb beside the final place and move the result there, so that a broken one is never used."""
        account, data = self.installation.account, self.installation.data
        part = data.with_name(f"{data.name}.new")
        shutil.rmtree(part, ignore_errors=True)
        account.own(part, 0o700)
        with tempfile.NamedTemporaryFile("w", encoding="ascii", dir=data.parent) as password:
            password.write(self.password)
            password.flush()
            os.chown(password.name, account.uid, account.gid)
            done = run(  # noqa: S603 - our own program and arguments
                self._initdb(part, password.name),
                stdin=DEVNULL,
                stdout=PIPE,
                stderr=STDOUT,
                text=True,
                check=False,
                cwd="/",
                **account.spawn_options(),
            )
        if done.returncode:
            message = f"PostgreSQL's initdb failed: {done.stdout.strip()}"
            raise EmbeddedServerError(message)
        part.rename(data)

    def _initdb(self, data: Path, password_file: str) -> list[str]:
        program = str(self.installation.program("initdb"))
        flags = ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        flags += ["--auth=scram-sha-256", "--no-instructions"] + ([] if self.durable else ["--no-sync"])
        return [program, "-D", str(data), "-U", SUPERUSER, f"--pwfile={password_file}", *flags]

    def _refuse_other_version(self) -> None:
        found = (self.installation.data / "PG_VERSION").read_text(encoding="ascii").strip()
        program = run(  # noqa: S603 - our own program
            [str(self.installation.program("postgres")), "--version"], stdout=PIPE, text=True, check=True
        )
        ours = program.stdout.split()[-1].partition(".")[0]
        if found != ours:
            message = f"The data in {self.installation.data} is of PostgreSQL {found}, this is {ours}; `make reset`."
            raise EmbeddedServerError(message)


def _ensure_role(connection: psycopg.Connection, password: str, *, may_create_databases: bool) -> None:
    known = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [ROLE]).fetchone()
    verb = sql.SQL("ALTER" if known else "CREATE")
    right = sql.SQL("CREATEDB" if may_create_databases else "NOCREATEDB")
    connection.execute(
        sql.SQL("{} ROLE {} LOGIN {} PASSWORD {}").format(verb, sql.Identifier(ROLE), right, sql.Literal(password))
    )


def _forget_dead_server(data: Path) -> None:
    """Remove the lock file of a server that is gone.

    PostgreSQL does so itself unless another process of the same account has got the number since, which happens at
    once in a restarted container.
    """
    lock = data / "postmaster.pid"
    try:
        pid = int(lock.read_text(encoding="ascii").split()[0])
    except (OSError, IndexError, ValueError):
        lock.unlink(missing_ok=True)
        return
    if not _serves(pid, data):
        lock.unlink(missing_ok=True)


def _serves(pid: int, data: Path) -> bool:
    """Tell whether process `pid` is a PostgreSQL server of `data`: its working directory is its data directory."""
    try:
        return Path(psutil.Process(pid).cwd()) == data.resolve()
    except psutil.Error:
        return False
