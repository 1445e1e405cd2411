"""The programs of `make run` and how supervisor keeps them: its configuration and a client for its commands."""

import shlex
import sys
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast
from xmlrpc.client import Fault, ServerProxy

from kernel.embedded.ports import LOOPBACK

APP = "redress"
"""The group of everything but the servers. Its programs stop at the same time; groups stop one after the other, the
last one first, so that the servers outlive everything that uses them."""
USER = "redress"
STARTED = frozenset({"STARTING", "RUNNING", "BACKOFF"})


@dataclass(frozen=True, slots=True)
class Program:
    """One supervised command."""

    name: str
    command: list[str]
    stop_signal: str = "TERM"
    stop_within_s: int = 7
    """When the manager stops it without the launcher, which keeps shorter times of its own (`config.stopping`)."""
    account: str = ""
    starts_within_s: int = 5
    """A program that ends sooner has failed; supervisor then waits a little longer before each new try."""
    directory: Path = Path("/")
    environment: Mapping[str, str] = field(default_factory=dict)


def python(name: str, root: Path, *words: str, stop_signal: str = "TERM") -> Program:
    """Return a program that is a Python module of ours with its arguments."""
    return Program(name, [sys.executable, "-m", *words], stop_signal, directory=root)


def manage(name: str, root: Path, command: str) -> Program:
    """Return a program that is a management command."""
    return Program(name, [sys.executable, "manage.py", command], directory=root)


def configuration(
    *, var: Path, port: int, password: str, servers: Iterable[Program], app: Iterable[Program], account: str
) -> str:
    """Return supervisord.conf. Servers come up alone and first; everything waits to be told to start."""
    programs = list(app)
    server_list = list(servers)
    head = {
        "supervisord": {
            "nodaemon": "true",
            "silent": "true",
            "logfile": _literal(str(var / "logs" / "supervisord.log")),
            "logfile_maxbytes": "5MB",
            "logfile_backups": "1",
            "pidfile": _literal(str(var / "run" / "supervisord.pid")),
            **({"user": account} if account else {}),
        },
        "inet_http_server": {"port": f"{LOOPBACK}:{port}", "username": USER, "password": _literal(password)},
        "rpcinterface:supervisor": {
            "supervisor.rpcinterface_factory": "supervisor.rpcinterface:make_main_rpcinterface"
        },
        f"group:{APP}": {"programs": ",".join(program.name for program in programs), "priority": "100"},
    }
    sections = head | {
        f"program:{program.name}": _settings(program, var, priority)
        for priority, program in enumerate([*server_list, *programs], start=1)
    }
    return "\n".join(_section(name, settings) for name, settings in sections.items())


def _settings(program: Program, var: Path, priority: int) -> dict[str, str]:
    return {
        "command": _literal(shlex.join(program.command)),
        "directory": _literal(str(program.directory)),
        "environment": _environment(program),
        "priority": str(priority),
        "autostart": "false",
        "autorestart": "true",
        "startsecs": str(program.starts_within_s),
        "startretries": "60",
        "stopsignal": program.stop_signal,
        "stopwaitsecs": str(program.stop_within_s),
        "killasgroup": "true",
        "redirect_stderr": "true",
        "stdout_logfile": _literal(str(var / "logs" / f"{program.name}.log")),
        "stdout_logfile_maxbytes": "10MB",
        "stdout_logfile_backups": "2",
        **({"user": program.account} if program.account else {}),
    }


def _environment(program: Program) -> str:
    values = {"PROCESS_NAME": program.name, **program.environment}
    return ",".join(f'{name}="{_literal(value)}"' for name, value in values.items())


def _section(name: str, settings: Mapping[str, str]) -> str:
    return f"[{name}]\n" + "".join(f"{key} = {value}\n" for key, value in settings.items() if value)


def _literal(text: str) -> str:
    """Return `text` so that supervisor's own expansion leaves it alone."""
    return text.replace("%", "%%")


class Supervisor:
    """The commands of a running supervisord, over its loopback port; each call is a connection of its own."""

    def __init__(self, port: int, password: str) -> None:
        self._url = f"http://{USER}:{password}@{LOOPBACK}:{port}/RPC2"

    def answers(self) -> bool:
        """Tell whether it is up."""
        try:
            self._call("getState")
        except (OSError, Fault):
            return False
        return True

    def start(self, name: str) -> None:
        """Start a program without waiting for it."""
        self._call("startProcess", name, False)

    def start_app(self) -> None:
        """Start the whole group without waiting."""
        self._call("startProcessGroup", APP, False)

    def states(self) -> dict[str, str]:
        """Return the state of each program: RUNNING, STARTING, BACKOFF, FATAL, ..."""
        return {one["name"]: one["statename"] for one in self._programs()}

    def processes(self) -> dict[str, int]:
        """Return the process id of each program that runs."""
        return {one["name"]: one["pid"] for one in self._programs() if one["pid"]}

    def start_again(self, name: str) -> None:
        """Start a program that was given up."""
        group = next(one["group"] for one in self._programs() if one["name"] == name)
        self.start(f"{group}:{name}")

    def stop(self, names: Collection[str]) -> None:
        """Ask the programs of these names that run to stop, without waiting; they are not started again."""
        for one in self._programs():
            if one["name"] in names and one["statename"] in STARTED:
                self._call("stopProcess", f"{one['group']}:{one['name']}", False)

    def shut_down(self) -> None:
        """Ask the manager itself to end."""
        self._call("shutdown")

    def _programs(self) -> list[dict[str, Any]]:
        return cast("list[dict[str, Any]]", self._call("getAllProcessInfo"))

    def _call(self, method: str, *arguments: str | bool) -> object:
        with ServerProxy(self._url) as proxy:
            return getattr(proxy.supervisor, method)(*arguments)
