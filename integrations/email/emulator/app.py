"""The outbox in a browser and as JSON; both servers live in this one ASGI application."""

import json
import re
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from integrations.email.emulator import smtp
from integrations.email.emulator.outbox import Outbox, Received
from integrations.email.emulator.smtp import Faults

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

HTML, JSON = "text/html; charset=utf-8", "application/json"
_ONE = re.compile(r"/(\d{1,8})/(html)?")
_STYLE = """
:root{color-scheme:light dark}body{font:15px/1.5 system-ui,sans-serif;max-width:56rem;margin:2rem auto;padding:0 1rem}
a{color:inherit}li{padding:.5rem 0;border-top:1px solid #8884}ul{list-style:none;padding:0}
iframe{width:100%;height:44rem;border:1px solid #8884;background:#fff}pre{white-space:pre-wrap;overflow-wrap:anywhere}
"""


@dataclass(frozen=True, slots=True)
class Page:
    """An answer."""

    body: str
    kind: str = HTML
    status: int = 200


class Emulator:
    """Takes mail by SMTP while it lives, and shows it over HTTP."""

    def __init__(self, folder: Path, smtp_port: int) -> None:
        self._outbox = Outbox(folder)
        self._faults = Faults()
        self._smtp_port = smtp_port

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one ASGI connection."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http":
            body = b""
            while True:
                event = await receive()
                body += event.get("body", b"")
                if not event.get("more_body"):
                    break
            await _answer(send, self._page(scope, body))

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        server = await smtp.serve(self._outbox, self._faults, self._smtp_port)
        await send({"type": "lifespan.startup.complete"})
        await receive()
        server.close()
        await send({"type": "lifespan.shutdown.complete"})

    def _page(self, scope: Scope, body: bytes) -> Page:
        method, path = scope["method"], scope["path"]
        query = {name: values[0] for name, values in parse_qs(scope["query_string"].decode("latin-1")).items()}
        if path == "/_emulator/mails" and method == "DELETE":
            self._outbox.clear()
            return Page("{}", JSON)
        if path == "/_emulator/mails":
            return Page(json.dumps([mail.shape() for mail in self._outbox.newest_first(query.get("to", ""))]), JSON)
        if path == "/_emulator/inject" and method == "POST":
            return self._inject(body)
        if path == "/":
            return Page(_list(self._outbox.newest_first()))
        return self._one(path)

    def _inject(self, body: bytes) -> Page:
        order = json.loads(body or b"{}")
        self._faults.step = str(order.get("step", ""))
        self._faults.code, self._faults.count = int(order.get("code", 0)), int(order.get("count", 1))
        return Page("{}", JSON)

    def _one(self, path: str) -> Page:
        found = _ONE.fullmatch(path)
        mail = self._outbox.read(int(found[1])) if found else None
        if found is None or mail is None:
            return Page(_frame("Nothing here", "<p>There is no such mail.</p>"), status=404)
        return Page(mail.side("html")) if found[2] else Page(_mail(mail))


def _list(mails: list[Received]) -> str:
    rows = "".join(
        f'<li><a href="/{mail.number}/">{escape(str(mail.message["Subject"]))}</a><br>'
        f"{escape(', '.join(mail.to))} · {escape(str(mail.message['Date']))}</li>"
        for mail in mails
    )
    return _frame("Outbox", f"<ul>{rows}</ul>" if rows else "<p>No mail has been sent yet.</p>")


def _mail(mail: Received) -> str:
    headers = "\n".join(f"{name}: {value}" for name, value in mail.message.items())
    return _frame(
        str(mail.message["Subject"]),
        f'<p><a href="/">Outbox</a></p><pre>{escape(headers)}</pre>'
        f'<iframe sandbox="allow-popups allow-popups-to-escape-sandbox" title="HTML" src="/{mail.number}/html">'
        "</iframe>"
        f"<pre>{_linked(mail.side('plain'))}</pre>",
    )


def _linked(text: str) -> str:
    return re.sub(r"(https?://[^\s<>&\"]+)", r'<a href="\1">\1</a>', escape(text))


def _frame(title: str, body: str) -> str:
    head = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><style>{_STYLE}</style>'
    return f'<!doctype html><html lang="en">{head}<title>{escape(title)}</title><h1>{escape(title)}</h1>{body}</html>'


async def _answer(send: Send, page: Page) -> None:
    body = page.body.encode()
    headers = [
        (b"content-type", page.kind.encode()),
        (b"content-length", str(len(body)).encode()),
        (b"content-security-policy", b"default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-src 'self'"),
        (b"x-content-type-options", b"nosniff"),
        (b"cache-control", b"no-store"),
    ]
    await send({"type": "http.response.start", "status": page.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
