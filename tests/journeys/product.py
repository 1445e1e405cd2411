"""The product as processes: web, ingest, dispatcher, worker and the vendor's emulator, on free ports."""

import hashlib
import hmac
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from config.environment import ROOT
from kernel.embedded.ports import free_port
from kernel.testing.servers import program_environment
from tests.cast import Stage

UP_WITHIN_S = 120
STOP_WITHIN_S = 15
PREFIX = "journeys:"
REDIS_OF_JOURNEYS = 8
"""The first of the Redis databases that the processes use: tests empty those of their own worker all the time."""

_messages = count(1)


@dataclass
class Product:
    """The processes, started once per test process. `restart("web")` is a deploy, `stop("web")` an outage."""

    directory: Path
    web_port: int = field(default_factory=free_port)
    emulator_port: int = field(default_factory=free_port)
    smtp_port: int = field(default_factory=free_port)
    outbox_port: int = field(default_factory=free_port)
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def commands(self) -> dict[str, list[str]]:
        """Return the command of each process, as `make run` starts them."""
        webhook = f"http://127.0.0.1:{self.web_port}/webhooks/whatsapp/"
        emulator = ("--open", "--port", str(self.emulator_port), "--webhook", webhook, "--delay-scale", "0.05")
        ports = ("--smtp-port", str(self.smtp_port), "--port", str(self.outbox_port))
        mail = (*ports, "--folder", str(self.directory / "mail"))
        worker = ("worker", "-P", "threads", "-c", "2", "-Q", "send,default", "--without-gossip", "--without-mingle")
        return {
            "emulator": ["-m", "integrations.whatsapp.emulator", *emulator],
            "mail": ["-m", "integrations.email.emulator", *mail],
            "web": ["-m", "config.serve", str(self.web_port)],
            "ingest": ["manage.py", "ingest_worker"],
            "dispatcher": ["manage.py", "event_dispatcher"],
            "worker": ["-m", "celery", "-A", "config.celery", "--skip-checks", *worker],
        }

    def environment(self) -> dict[str, str]:
        """Return the settings: the test's database and secrets, a Redis database and a host of their own."""
        environment = program_environment()
        redis = urlsplit(environment["REDIS_URL"])
        number = REDIS_OF_JOURNEYS + int(redis.path.lstrip("/") or 0) % REDIS_OF_JOURNEYS
        return environment | {
            "BASE_URL": f"http://localhost:{self.web_port}",
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "EMAIL_URL": f"smtp://127.0.0.1:{self.smtp_port}",
            "REDIS_PREFIX": PREFIX + environment["REDIS_PREFIX"],  # pub/sub knows no databases
            "REDIS_URL": redis._replace(path=f"/{number}").geturl(),
            "WHATSAPP_GRAPH_URL": f"http://127.0.0.1:{self.emulator_port}",
        }

    def start_all(self) -> None:
        """Start everything and return when the pages answer."""
        for name in self.commands():
            self.start(name)
        self.wait_until_up()

    def start(self, name: str) -> None:
        """Start one process; what it prints goes to a file beside the others."""
        environment = self.environment() | {"PROCESS_NAME": name}
        environment.pop("DJANGO_ALLOW_ASYNC_UNSAFE", None)  # only the tests' own process may need it
        with (self.directory / f"{name}.log").open("ab") as log:
            self.running[name] = subprocess.Popen(
                [sys.executable, *self.commands()[name]],
                cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT,
            )  # fmt: skip

    def stop(self, name: str) -> None:
        """Stop one process as a deploy does, by force when it does not listen."""
        process = self.running.pop(name)
        process.terminate()
        try:
            process.wait(STOP_WITHIN_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def kill(self, name: str) -> None:
        """Kill one process without warning."""
        process = self.running.pop(name)
        process.kill()
        process.wait()

    def stop_all(self) -> None:
        """Stop everything that runs."""
        for name in list(self.running):
            self.stop(name)

    def wait_until_up(self) -> None:
        """Wait until pages, emulator and everything behind them answer; the logs say why when they do not."""
        until(lambda: self._answers(f"http://127.0.0.1:{self.web_port}/readyz"), self._story("web"))
        until(lambda: self._answers(f"http://127.0.0.1:{self.emulator_port}/_emulator/health"), self._story("emulator"))

    def _answers(self, url: str) -> bool:
        try:
            with urlopen(url, timeout=2) as answer:  # noqa: S310 - our own process
                return bool(answer.status == 200)
        except (URLError, OSError):
            return False

    def _story(self, name: str) -> str:
        log = self.directory / f"{name}.log"
        return f"{name} is not up; its log ends with:\n{log.read_text()[-2000:] if log.exists() else 'nothing'}"

    def url(self, stage: Stage, path: str = "/") -> str:
        """Return an address on the tenant's host."""
        return f"http://{stage.tenant.slug}.localhost:{self.web_port}{path}"

    def inject(self, **fault: object) -> None:
        """Make the vendor misbehave."""
        self._emulator("POST", "inject", fault)

    def heal(self) -> None:
        """Let everything go well at the vendor again, and let it forget what it took."""
        self._emulator("DELETE", "inject")
        self._emulator("DELETE", "messages")

    def accepted(self, phone: str) -> list[dict[str, Any]]:
        """Return what the vendor has taken for a recipient."""
        found: list[dict[str, Any]] = self._emulator("GET", f"messages?to={phone.removeprefix('+')}")
        return found

    def texts_sent(self, phone: str) -> list[str]:
        """Return the texts the vendor has taken for a recipient."""
        return [one["request"]["text"]["body"] for one in self.accepted(phone)]

    def mails(self, to: str) -> list[dict[str, Any]]:
        """Return the mails to an address, the newest first."""
        with urlopen(f"http://127.0.0.1:{self.outbox_port}/_emulator/mails?to={to}", timeout=5) as answer:
            found: list[dict[str, Any]] = json.loads(answer.read())
            return found

    def link_in_mail(self, to: str, subject: str) -> str:
        """Wait for a mail and return the link its button leads to."""
        found: list[str] = []

        def look() -> bool:
            found.extend(one["text"] for one in self.mails(to) if subject in one["subject"])
            return bool(found)

        until(look, f"no mail {subject!r} to {to}")
        return next(line for line in found[0].splitlines() if line.startswith("http"))

    def _emulator(self, method: str, path: str, body: object = None) -> Any:
        url = f"http://127.0.0.1:{self.emulator_port}/_emulator/{path}"
        data = None if body is None else json.dumps(body).encode()
        request = Request(url, data=data, method=method, headers={"Content-Type": "application/json"})
        with urlopen(request, timeout=5) as answer:  # noqa: S310 - our own process
            return json.loads(answer.read())


@dataclass(frozen=True)
class Customer:
    """Somebody with a phone who writes to a tenant."""

    product: Product
    stage: Stage
    phone: str
    name: str

    def says(self, text: str, *, ago_s: int = 0) -> str:
        """Send a text as the vendor's signed webhook; returns its vendor id. `ago_s` makes it an old one."""
        vendor_id = f"wamid.JOURNEY{next(_messages)}"
        message = {"id": vendor_id, "timestamp": str(int(time.time()) - ago_s), "type": "text", "text": {"body": text}}
        self._post(message)
        return vendor_id

    def _post(self, message: dict[str, Any]) -> None:
        number, user = self.phone.removeprefix("+"), f"US.{self.phone.removeprefix('+')}"
        value = {
            "messaging_product": "whatsapp",
            "metadata": {"display_phone_number": "1", "phone_number_id": self.stage.phone_number_id},
            "contacts": [{"profile": {"name": self.name}, "wa_id": number, "user_id": user}],
            "messages": [{"from": number, "from_user_id": user, **message}],
        }
        entry = {"id": self.stage.waba_id, "changes": [{"field": "messages", "value": value}]}
        body = json.dumps({"object": "whatsapp_business_account", "entry": [entry]}).encode()
        secret = os.environ["WHATSAPP_APP_SECRET"].encode()
        signature = "sha256=" + hmac.new(secret, body, hashlib.sha256).hexdigest()
        request = Request(
            f"http://127.0.0.1:{self.product.web_port}/webhooks/whatsapp/",
            data=body,
            headers={"Content-Type": "application/json", "X-Hub-Signature-256": signature},
        )
        with urlopen(request, timeout=10) as answer:  # noqa: S310 - our own process
            assert answer.status == 200


def until(met: Callable[[], bool], what: str, within_s: float = UP_WITHIN_S) -> None:
    """Wait until something is so; fail with `what` when it is not in time."""
    deadline = time.monotonic() + within_s
    while not met():
        assert time.monotonic() < deadline, what
        time.sleep(0.1)
