"""Customers write and agents answer while parts, and then everything, are killed without warning.

What was acknowledged is there once; what was sent went out at most once, and a doubt is shown as `MAYBE_SENT`.
"""

import hashlib
import hmac
import itertools
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPException
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from config.environment import ROOT
from config.runtime import Runtime
from config.tests.test_run import FIRST_START_S, LATER_START_S, Launcher

pytestmark = [pytest.mark.contract, pytest.mark.xdist_group("survival")]

POSTS_PER_S, REPLIES_PER_S = 40, 4
BETWEEN_KILLS_S = 3.0
PARTS = ("ingest", "worker", "dispatcher", "web", "redis", "postgres", "worker", "ingest")
SETTLED_WITHIN_S = 150


class Traffic:
    """Customers and a program that answers them, each remembering what was acknowledged."""

    def __init__(self, launcher: Launcher) -> None:
        demo = launcher.demo()
        self.port, self.secret = launcher.port, demo["whatsapp"]["app_secret"]
        tenant = demo["tenants"][0]
        self.host, self.key = f"northside.localhost:{launcher.port}", tenant["api_key"]
        self.outlet = tenant["outlets"][0]
        self.acknowledged: set[str] = set()
        self.accepted: dict[str, str] = {}
        """Our text of each reply that was answered with 202, by message id."""
        self.conversations: list[str] = []
        self.stop = threading.Event()
        self._numbers = itertools.count()
        self._dice = random.Random(7)  # noqa: S311 - which messages come twice, nothing secret

    def start(self) -> list[threading.Thread]:
        """Begin; returns the threads."""
        self.stop.clear()
        threads = [threading.Thread(target=self._write), threading.Thread(target=self._answer)]
        for thread in threads:
            thread.start()
        return threads

    def call(self, method: str, path: str, body: bytes = b"", **headers: str) -> tuple[int, bytes]:
        """Make one request on a connection of its own."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request(method, path, body, {"Host": self.host, "Content-Type": "application/json", **headers})
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()

    def api(self, method: str, path: str, body: object = None, **headers: str) -> tuple[int, Any]:
        """Call the API with the demo key."""
        raw = b"" if body is None else json.dumps(body).encode()
        status, answer = self.call(method, path, raw, Authorization=f"Bearer {self.key}", **headers)
        return status, json.loads(answer)

    def _write(self) -> None:
        while not self.stop.wait(1 / POSTS_PER_S):
            vendor_id, body = self._message(next(self._numbers))
            signature = "sha256=" + hmac.new(self.secret.encode(), body, hashlib.sha256).hexdigest()
            for _delivery in range(2 if self._dice.random() < 0.1 else 1):  # vendors deliver some twice
                try:
                    status, _answer = self.call(
                        "POST", "/webhooks/whatsapp/", body, **{"X-Hub-Signature-256": signature}
                    )
                except (OSError, HTTPException):
                    continue
                if status == 200:
                    self.acknowledged.add(vendor_id)

    def _message(self, number: int) -> tuple[str, bytes]:
        vendor_id, phone, user = f"wamid.SURVIVAL{number}", f"1305555{number % 20 + 200:04}", f"US.77{number % 20:04}"
        value = {
            "messaging_product": "whatsapp",
            "metadata": {"display_phone_number": "1", "phone_number_id": self.outlet["phone_number_id"]},
            "contacts": [{"profile": {"name": f"Survivor {number % 20}"}, "wa_id": phone, "user_id": user}],
            "messages": [
                {
                    "from": phone, "from_user_id": user, "id": vendor_id, "timestamp": str(int(time.time())),
                    "type": "text", "text": {"body": f"message {number}"},
                }
            ],
        }  # fmt: skip
        entry = {"id": "102290129340398", "changes": [{"field": "messages", "value": value}]}
        return vendor_id, json.dumps({"object": "whatsapp_business_account", "entry": [entry]}).encode()

    def _answer(self) -> None:
        """Answer customers; a request that was not answered is made again with its idempotency key."""
        pending: list[tuple[str, str]] = []
        while not self.stop.wait(1 / REPLIES_PER_S):
            if not pending and self.conversations:
                pending.append((str(uuid4()), self._dice.choice(self.conversations)))
            try:
                self._learn_conversations()
                for key, conversation in list(pending):
                    self._reply(key, conversation)
                    pending.remove((key, conversation))
            except (OSError, HTTPException, ValueError):
                continue

    def _learn_conversations(self) -> None:
        if len(self.conversations) < 10:
            _status, answer = self.api("GET", "/api/v1/conversations/?limit=50&order=-last_message_at")
            self.conversations = [
                one["id"] for one in answer["data"] if (one["contact"]["name"] or "").startswith("Survivor")
            ]

    def _reply(self, key: str, conversation: str) -> None:
        text = {"type": "text", "text": f"reply {key}"}
        path = f"/api/v1/conversations/{conversation}/messages/"
        status, answer = self.api("POST", path, text, **{"Idempotency-Key": key})
        if status == 202:
            self.accepted[answer["data"]["id"]] = text["text"]
        elif status >= 500 or status == 409:
            raise ValueError(status)


@pytest.fixture
def launcher() -> Iterator[Launcher]:
    started = Launcher()
    try:
        started.start(FIRST_START_S)
        yield started
    finally:
        started.close()


def kill_everything(launcher: Launcher) -> None:
    for process in [*launcher.everything(), *launcher.servers()]:
        try:
            os.kill(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            continue
    assert launcher.process
    assert launcher.process.stdout
    launcher.process.wait()
    launcher.process.stdout.close()


def database(launcher: Launcher) -> str:
    return Runtime.load(launcher.var).values["DATABASE_URL"]


def rows(launcher: Launcher, statement: str) -> list[Any]:
    with psycopg.connect(database(launcher)) as connection:
        return connection.execute(statement).fetchall()


def settle(launcher: Launcher) -> None:
    """Wait until nothing is on its way any more."""
    busy = """
        SELECT (SELECT count(*) FROM public.ingest_delivery WHERE done_at IS NULL)
             + (SELECT count(*) FROM t_northside.conversations_outbox WHERE dead_at IS NULL AND parked_at IS NULL)
    """
    give_up = time.monotonic() + SETTLED_WITHIN_S
    while rows(launcher, busy)[0][0]:
        assert time.monotonic() < give_up, "messages are still on their way"
        time.sleep(0.5)


def test_nothing_acknowledged_is_lost_or_doubled_whatever_is_killed(launcher: Launcher):
    traffic = Traffic(launcher)
    threads = traffic.start()
    try:
        time.sleep(BETWEEN_KILLS_S)
        for part in PARTS:
            os.kill(launcher.processes()[part], signal.SIGKILL)
            time.sleep(BETWEEN_KILLS_S)
        kill_everything(launcher)
        launcher.start(LATER_START_S)
        time.sleep(BETWEEN_KILLS_S)
    finally:
        traffic.stop.set()
        for thread in threads:
            thread.join()
    settle(launcher)

    stored = Counter(
        row[0]
        for row in rows(
            launcher, "SELECT vendor_id FROM t_northside.conversations_message WHERE vendor_id LIKE 'wamid.SURVIVAL%'"
        )
    )
    assert len(traffic.acknowledged) > 300
    assert traffic.acknowledged - set(stored) == set()
    assert max(stored.values()) == 1
    unread = "SELECT sum(n) FROM (SELECT count(*) AS n FROM t_northside.conversations_message GROUP BY vendor_id) AS x"
    assert rows(launcher, unread)[0][0] >= len(stored)

    assert len(traffic.accepted) > 20
    fates = dict(
        rows(
            launcher,
            "SELECT id::text, status || ':' || failure_code FROM t_northside.conversations_message"
            " WHERE text LIKE 'reply %'",
        )
    )
    assert set(traffic.accepted) - set(fates) == set()
    assert {fate for fate in fates.values() if fate.startswith("queued")} == set()
    sent = Counter(message["tag"] for message in received(launcher))
    assert {tag: times for tag, times in sent.items() if times > 1} == {}
    told_sent = {one for one, fate in fates.items() if fate.split(":")[0] in {"sent", "delivered", "read"}}
    assert told_sent - set(sent) == set()
    doubtful = {one for one, fate in fates.items() if fate == "failed:MAYBE_SENT"}
    assert (set(fates) & set(sent)) - told_sent - doubtful == set()

    verified = subprocess.run(
        [sys.executable, "manage.py", "events", "verify", "--tenant", "northside"],
        cwd=ROOT, env={**os.environ, "DATA_DIR": str(launcher.var), **Runtime.load(launcher.var).values}, check=False,
    )  # fmt: skip
    assert verified.returncode == 0


def received(launcher: Launcher) -> list[dict[str, Any]]:
    address = launcher.demo()["whatsapp"]["graph_url"].removeprefix("http://")
    connection = HTTPConnection(address, timeout=10)
    connection.request("GET", "/_emulator/messages?limit=100000")
    messages: list[dict[str, Any]] = json.loads(connection.getresponse().read())
    connection.close()
    return messages
