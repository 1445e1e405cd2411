"""The client over real connections to the emulator: what arrives, and what each kind of failure means."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from integrations.email.addresses import server
from integrations.email.client import EmailClient
from integrations.email.emulator.app import Emulator
from integrations.email.types import Mail
from integrations.errors import BreakerOpen, Fate, VendorError
from integrations.tests.servers import asgi_server
from kernel.embedded.ports import free_port

SENDER = "no-reply@redress.example"
MAIL = Mail(
    tag="01936f5b", to="maria@example.com", subject="Confirma tu dirección", text="Hola,\n.\n.con puntos\nñandú",
    html="<p>Hola <b>ñandú</b></p>", language="es", sender_name="Northside Crédit, Inc.",
)  # fmt: skip


@dataclass
class Emulated:
    url: str
    smtp_port: int

    def mails(self, to: str = "") -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = httpx.get(f"{self.url}/_emulator/mails", params={"to": to}).json()
        return found

    def inject(self, step: str, code: int, count: int = 1) -> None:
        httpx.post(f"{self.url}/_emulator/inject", json={"step": step, "code": code, "count": count})

    def client(self) -> EmailClient:
        return EmailClient(f"smtp://127.0.0.1:{self.smtp_port}", SENDER)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulated]:
    port = free_port()
    with asgi_server(Emulator(tmp_path_factory.mktemp("mail"), port)) as url:
        yield Emulated(url, port)


@pytest.fixture
def emulator(running: Emulated) -> Emulated:
    httpx.delete(f"{running.url}/_emulator/mails")
    running.inject("", 0, 0)
    return running


def test_mail_arrives_with_both_sides_and_honest_headers(emulator: Emulated) -> None:
    emulator.client().send(MAIL)
    (arrived,) = emulator.mails()
    assert arrived["to"] == ["maria@example.com"]
    assert arrived["text"].splitlines() == ["Hola,", ".", ".con puntos", "ñandú"]
    assert arrived["html"].strip() == "<p>Hola <b>ñandú</b></p>"
    headers = arrived["headers"]
    assert headers["from"] == '"Northside Crédit, Inc." <no-reply@redress.example>'
    assert headers["subject"] == "Confirma tu dirección"
    assert headers["message-id"] == "<01936f5b@redress.example>"
    assert headers["auto-submitted"] == "auto-generated"
    assert headers["content-language"] == "es"
    assert "date" in headers


def test_headers_cannot_be_smuggled_in(emulator: Emulated) -> None:
    emulator.client().send(replace(MAIL, subject="Hi\r\nBcc: eve@example.com", sender_name="A\r\nBcc: eve@x.example"))
    (arrived,) = emulator.mails()
    assert "bcc" not in arrived["headers"]
    assert arrived["to"] == ["maria@example.com"]


@pytest.mark.parametrize("to", ["maria", "maria@exa mple.com", "a@b\r\nRCPT TO:<c@d.example>", "ñ@example.com"])
def test_address_no_server_takes_is_refused_for_good(emulator: Emulated, to: str) -> None:
    with pytest.raises(VendorError) as refused:
        emulator.client().send(replace(MAIL, to=to))
    assert (refused.value.retryable, refused.value.fate) == (False, Fate.NOT_SENT)
    assert emulator.mails() == []


@pytest.mark.parametrize("step", ["connect", "mail", "rcpt", "data", "dot"])
@pytest.mark.parametrize(("code", "retryable"), [(451, True), (550, False)])
def test_refusals_are_temporary_or_for_good(emulator: Emulated, step: str, code: int, *, retryable: bool) -> None:
    emulator.inject(step, code)
    with pytest.raises(VendorError) as refused:
        emulator.client().send(MAIL)
    assert (refused.value.code, refused.value.retryable) == (f"MAIL_{code}", retryable)
    assert refused.value.fate == Fate.NOT_SENT
    assert not refused.value.outage
    assert emulator.mails() == []


@pytest.mark.parametrize("step", ["connect", "mail", "rcpt", "data"])
def test_server_that_hangs_up_early_has_sent_nothing(emulator: Emulated, step: str) -> None:
    emulator.inject(step, 0)
    with pytest.raises(VendorError) as away:
        emulator.client().send(MAIL)
    assert (away.value.code, away.value.retryable, away.value.outage) == ("MAIL_SERVER_AWAY", True, True)


def test_answer_lost_after_the_whole_message_is_of_unknown_fate(emulator: Emulated) -> None:
    emulator.inject("dot", 0)
    with pytest.raises(VendorError) as lost:
        emulator.client().send(MAIL)
    assert (lost.value.fate, lost.value.retryable) == (Fate.UNKNOWN, False)
    assert len(emulator.mails()) == 1


def test_breaker_rests_a_server_that_is_away(emulator: Emulated) -> None:
    emulator.inject("connect", 0, count=5)
    for _try in range(5):
        with pytest.raises(VendorError):
            emulator.client().send(MAIL)
    with pytest.raises(BreakerOpen):
        emulator.client().send(MAIL)
    assert emulator.mails() == []


def test_outbox_shows_mail_without_letting_it_run_anything(emulator: Emulated) -> None:
    emulator.client().send(replace(MAIL, subject="<script>alert(1)</script>", html="<script>alert(1)</script>"))
    page = httpx.get(f"{emulator.url}/")
    assert "<script>" not in page.text
    assert "&lt;script&gt;alert(1)" in page.text
    number = emulator.mails()[0]["number"]
    assert "default-src 'none'" in httpx.get(f"{emulator.url}/{number}/html").headers["content-security-policy"]
    assert httpx.get(f"{emulator.url}/99999/").status_code == 404


def test_outbox_survives_a_restart_and_forgets_the_oldest(tmp_path: Path) -> None:
    from integrations.email.emulator import outbox  # noqa: PLC0415 - only this test looks inside

    box = outbox.Outbox(tmp_path)
    for n in range(outbox.KEPT + 2):
        box.keep(["a@b.example"], f"Subject: {n}\r\n\r\nx\r\n".encode())
    again = outbox.Outbox(tmp_path).newest_first()
    assert len(again) == outbox.KEPT
    assert str(again[0].message["Subject"]) == str(outbox.KEPT + 1)


@pytest.mark.parametrize(
    ("url", "security", "port"),
    [
        ("smtp://mail.example", "none", 25),
        ("smtp+tls://mail.example", "starttls", 587),
        ("smtps://m.example", "tls", 465),
    ],
)
def test_server_address_names_security_and_port(url: str, security: str, port: int) -> None:
    assert (server(url).security, server(url).port) == (security, port)


def test_server_address_holds_a_login_it_never_shows() -> None:
    found = server("smtps://user%40x:p%2Fw@mail.example:2465")
    assert (found.user, found.password, found.port) == ("user@x", "p/w", 2465)
    assert "p/w" not in repr(found)
    for bad in ("http://mail.example", "mail.example:25", "smtp://", "smtp://secret@host:port"):
        with pytest.raises(ValueError, match="smtp") as problem:
            server(bad)
        assert "secret" not in str(problem.value)
