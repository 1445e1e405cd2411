"""An emulator and a webhook receiver, both over real connections."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from integrations import http
from integrations.tests.servers import Recorder, Seen, asgi_server, raw_server, wait_for
from integrations.whatsapp.emulator.app import Emulator, Options
from integrations.whatsapp.inbound import split
from integrations.whatsapp.types import Piece, StatusUpdate

SECRET = "app-secret-of-the-tests"


@dataclass
class Receiver:
    """Takes webhooks; `recorder.answers` decides how it answers."""

    url: str
    recorder: Recorder = field(default_factory=Recorder)

    @property
    def seen(self) -> list[Seen]:
        return self.recorder.seen

    def wait_for_one(self) -> Seen:
        """Return the first webhook once it has come."""
        wait_for(lambda: self.seen)
        return self.seen[0]

    def statuses(self, vendor_id: str = "") -> list[StatusUpdate]:
        """Return the statuses that came, in the order they came."""
        pieces: list[Piece] = [piece for request in list(self.seen) for piece in split(request.body)]
        found = [piece.value for piece in pieces if isinstance(piece.value, StatusUpdate)]
        return [status for status in found if vendor_id in {"", status.vendor_id}]

    def wait(self, vendor_id: str, *words: str) -> list[StatusUpdate]:
        """Return the statuses of a message once all of `words` have come."""
        wait_for(lambda: set(words) <= {status.status for status in self.statuses(vendor_id)})
        return self.statuses(vendor_id)


@dataclass
class Emulated:
    """The emulated vendor, and its control API."""

    url: str

    def inject(self, **order: Any) -> None:
        httpx.post(f"{self.url}/_emulator/inject", json=order).raise_for_status()

    def messages(self, **query: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = httpx.get(f"{self.url}/_emulator/messages", params=query).json()
        return found


@pytest.fixture(autouse=True)
def _connections_closed() -> Iterator[None]:
    yield
    http.close_clients()


@pytest.fixture(scope="module")
def servers() -> Iterator[tuple[Receiver, Emulated]]:
    """Start both once for a module; the fixtures below wipe what the test before has left."""
    recorder = Recorder()
    with raw_server(recorder) as webhook:
        receiver = Receiver(f"{webhook}/webhooks/whatsapp/", recorder)
        options = Options(webhook_url=receiver.url, app_secret=SECRET, is_open=True, delay_scale=0.05, seed=7)
        with asgi_server(Emulator(options)) as url:
            yield receiver, Emulated(url)


@pytest.fixture
def receiver(servers: tuple[Receiver, Emulated]) -> Receiver:
    receiver, _emulator = servers
    receiver.recorder.answers = [(200, {})]
    receiver.recorder.seen.clear()
    return receiver


@pytest.fixture
def emulator(servers: tuple[Receiver, Emulated]) -> Emulated:
    _receiver, emulator = servers
    httpx.post(f"{emulator.url}/_emulator/reset").raise_for_status()
    return emulator
