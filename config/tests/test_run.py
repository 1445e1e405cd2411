"""The launcher itself, from start to reset, as a person would use it. Slow: run alone with `-m contract`."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

import psutil
import pytest

from config.environment import ROOT
from config.programs import Supervisor
from config.runtime import Runtime
from kernel.embedded.ports import free_port

pytestmark = [pytest.mark.contract, pytest.mark.xdist_group("contract")]

FIRST_START_S = 180
LATER_START_S = 60
STOP_S = 10


class Launcher:
    """`python -m config.run` with a `var/` and a port of its own."""

    def __init__(self) -> None:
        self.var = Path(tempfile.mkdtemp(prefix="redress-contract-"))
        self.var.chmod(0o711)
        self.port = free_port()
        self.process: subprocess.Popen[str] | None = None

    def command(self, *words: str, **changes: str) -> subprocess.Popen[str]:
        """Start the launcher in an environment that knows nothing of the tests'."""
        keep = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
        environment = {**keep, "DATA_DIR": str(self.var), "PORT": str(self.port), **changes}
        return subprocess.Popen(
            [sys.executable, "-m", "config.run", *words],
            cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip

    def start(self, within_s: float) -> None:
        """Start and return when it says that it is ready."""
        self.process = self.command()
        assert self.process.stdout
        give_up = time.monotonic() + within_s
        said: list[str] = []
        for line in self.process.stdout:
            said.append(line)
            if line.startswith("Redress is ready") or time.monotonic() > give_up:
                break
        assert said, "it ended without a word"
        assert said[-1] == f"Redress is ready: http://localhost:{self.port}\n", "".join(said)

    def processes(self) -> dict[str, int]:
        """Return the process ids of the programs by name, as their manager knows them."""
        values = Runtime.load(self.var).values
        try:
            return Supervisor(int(values["SUPERVISOR_PORT"]), values["EMBEDDED_PASSWORD"]).processes()
        except OSError:
            return {}

    def servers(self) -> list[psutil.Process]:
        """Return PostgreSQL and Redis, which overwrite their environment."""
        data = {Path(Runtime.load(self.var).values["POSTGRES_DATA"]), self.var / "redis"}
        return [
            one for one in psutil.process_iter(["name", "cwd"]) if one.info["cwd"] and Path(one.info["cwd"]) in data
        ]

    def everything(self) -> list[psutil.Process]:
        """Return the launcher with all its descendants."""
        assert self.process
        launcher = psutil.Process(self.process.pid)
        return [launcher, *launcher.children(recursive=True)]

    def get(self, path: str, **headers: str) -> tuple[int, bytes]:
        """Fetch a page of the running product."""
        with closing(HTTPConnection("127.0.0.1", self.port, timeout=5)) as connection:
            connection.request("GET", path, headers=headers)
            response = connection.getresponse()
            return response.status, response.read()

    def is_ready(self) -> bool:
        """Ask /readyz."""
        try:
            return self.get("/readyz")[0] == 200
        except (OSError, HTTPException):
            return False

    def demo(self) -> dict[str, Any]:
        """Return what var/demo.json says."""
        document: dict[str, Any] = json.loads((self.var / "demo.json").read_text())
        return document

    def close(self) -> None:
        """Leave nothing behind whatever happened."""
        if self.process and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(30)
        if self.process and self.process.stdout:
            self.process.stdout.close()
        reset = self.command("reset")
        reset.communicate(timeout=60)
        shutil.rmtree(self.var, ignore_errors=True)


def _until(done: Callable[[], bool], seconds: float) -> None:
    give_up = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < give_up, f"not within {seconds} s"
        time.sleep(0.1)


@pytest.fixture(scope="session")
def launcher() -> Iterator[Launcher]:
    """One launcher for the tests of this file, which go through its life in order.

    It is the session's, because pytest-xdist may put tests of other files between those of this one.
    """
    started = Launcher()
    try:
        started.start(FIRST_START_S)
        yield started
    finally:
        started.close()


def test_these_tests_run_one_after_the_other(request: pytest.FixtureRequest):
    # A pytest-xdist that does not know this pytest forgets groups without a word, and they would run at once.
    assert "PYTEST_XDIST_WORKER" not in os.environ or request.node.nodeid.endswith("@contract")


def test_it_writes_how_to_get_in(launcher: Launcher):
    demo = launcher.demo()
    base = f"http://localhost:{launcher.port}"
    assert demo["base_url"] == base
    assert set(demo["operator"]) == {"email", "password"}
    assert demo["whatsapp"]["webhook_url"] == f"{base}/webhooks/whatsapp/"
    assert set(demo["whatsapp"]) == {"app_secret", "verify_token", "webhook_url", "graph_url"}
    assert [tenant["slug"] for tenant in demo["tenants"]] == ["northside", "harbor"]
    for tenant in demo["tenants"]:
        assert tenant["url"] == f"http://{tenant['slug']}.localhost:{launcher.port}"
        assert tenant["api_key"].startswith("rk_")
        assert {user["role"] for user in tenant["users"]} <= {"owner", "admin", "agent", "viewer"}
        assert all({"id", "phone_number_id", "display_phone_number"} <= set(outlet) for outlet in tenant["outlets"])
    assert (launcher.var / "demo.json").stat().st_mode & 0o077 == 0


def test_every_program_runs_and_listens_on_loopback_only(launcher: Launcher):
    assert set(launcher.processes()) == {
        "postgres",
        "redis",
        "whatsapp-emulator", "mail-emulator", "web", "ingest", "dispatcher", "worker", "beat", "health",
    }  # fmt: skip
    assert {one.name() for one in launcher.servers()} == {"postgres", "redis-server"}
    listening = {
        connection.laddr.ip
        for process in [*launcher.everything(), *launcher.servers()]
        for connection in process.net_connections(kind="inet")
        if connection.status == psutil.CONN_LISTEN
    }
    assert listening == {"127.0.0.1"}


def test_the_tenant_is_found_by_its_host_and_another_host_is_nobody(launcher: Launcher):
    assert launcher.get("/login/", Host=f"northside.localhost:{launcher.port}")[0] == 200
    assert launcher.get("/login/", Host="stranger.example")[0] == 404
    assert launcher.get("/healthz", Host="stranger.example")[0] == 200


def test_a_second_launcher_is_refused_with_one_line(launcher: Launcher):
    said, _ = launcher.command().communicate(timeout=30)
    assert launcher.process
    assert said == f"Redress already runs here (process {launcher.process.pid}); stop it first.\n"


@pytest.mark.parametrize(
    "part", ["web", "worker", "ingest", "dispatcher", "beat", "health", "whatsapp-emulator", "mail-emulator"]
)
def test_a_killed_part_is_started_again(launcher: Launcher, part: str):
    before = launcher.processes()[part]
    os.kill(before, signal.SIGKILL)
    _until(lambda: launcher.processes().get(part, before) != before, 15)
    _until(launcher.is_ready, 30)


def test_killed_servers_are_started_again_and_everybody_finds_them(launcher: Launcher):
    before = {one.pid for one in launcher.servers()}
    for one in launcher.servers():
        if one.is_running():
            one.kill()
    _until(lambda: len({one.name() for one in launcher.servers() if one.pid not in before}) == 2, 20)
    _until(launcher.is_ready, 30)
    assert launcher.get("/login/", Host=f"northside.localhost:{launcher.port}")[0] == 200


def test_a_killed_process_manager_is_started_again_with_everything(launcher: Launcher):
    manager = next(one for one in launcher.everything() if "supervisord" in " ".join(one.cmdline()))
    manager.kill()
    _until(lambda: not launcher.is_ready(), 15)
    _until(launcher.is_ready, LATER_START_S)


def test_after_a_kill_of_everything_the_next_run_recovers(launcher: Launcher):
    before = launcher.demo()
    victims = launcher.everything()
    for victim in victims:
        if victim.is_running():
            victim.kill()
    psutil.wait_procs(victims, timeout=10)
    assert launcher.process
    launcher.process.communicate()
    launcher.start(LATER_START_S)
    assert launcher.is_ready()
    assert launcher.demo()["tenants"] == before["tenants"]
    assert launcher.demo()["whatsapp"]["app_secret"] == before["whatsapp"]["app_secret"]


def test_it_stops_within_ten_seconds_and_leaves_nothing(launcher: Launcher):
    assert launcher.process
    everything = [*launcher.everything(), *launcher.servers()]
    started = time.monotonic()
    launcher.process.send_signal(signal.SIGINT)
    assert launcher.process.wait(STOP_S) == 0
    assert time.monotonic() - started < STOP_S
    assert [one for one in everything[1:] if one.is_running()] == []


def test_a_busy_port_is_said_in_one_line(launcher: Launcher):
    with socket.create_server(("127.0.0.1", launcher.port)):
        said, _ = launcher.command().communicate(timeout=30)
    assert said == f"Port {launcher.port} is in use; choose another one: PORT=9000 make run\n"


@pytest.mark.parametrize("port", ["0", "70000", "http"])
def test_an_impossible_port_is_said_in_one_line(launcher: Launcher, port: str):
    process = launcher.command(PORT=port)
    said, _ = process.communicate(timeout=30)
    assert (process.returncode, said) == (1, f"Setting PORT cannot be used: {port!r} is no port number.\n")


def test_lost_keys_are_said_in_one_line_and_nothing_is_overwritten(launcher: Launcher):
    keys = launcher.var / "runtime.env"
    keys.rename(launcher.var / "kept")
    said, _ = launcher.command().communicate(timeout=30)
    (launcher.var / "kept").rename(keys)
    assert said == f"{keys} is gone but its data is there; put it back, or `make reset`.\n"


def test_reset_deletes_everything(launcher: Launcher):
    data = Path(Runtime.load(launcher.var).values["POSTGRES_DATA"])
    assert data.exists()
    launcher.command("reset").communicate(timeout=60)
    assert not data.exists()
    assert not launcher.var.exists()
