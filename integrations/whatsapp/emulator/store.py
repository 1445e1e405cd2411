"""What the emulator remembers. With a file it survives being killed, as the vendor would."""

import json
import sqlite3
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from integrations.whatsapp.wire import Number

_KEPT = 20_000
_VERSION = 2
"""A file of another version is begun anew: it holds nothing but play."""
_SCHEMA = """
CREATE TABLE IF NOT EXISTS number (phone_number_id TEXT PRIMARY KEY, waba_id TEXT NOT NULL,
  display_phone_number TEXT NOT NULL, token TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS fact (node TEXT PRIMARY KEY, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS message (id TEXT PRIMARY KEY, phone_number_id TEXT NOT NULL, recipient TEXT NOT NULL,
  request TEXT NOT NULL, accepted_at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS webhook (id INTEGER PRIMARY KEY, message_id TEXT NOT NULL, about TEXT NOT NULL,
  phone_number_id TEXT NOT NULL, waba_id TEXT NOT NULL, body BLOB NOT NULL, due_at REAL NOT NULL,
  made_at REAL NOT NULL, attempts INTEGER NOT NULL DEFAULT 0, done_at REAL);
CREATE INDEX IF NOT EXISTS webhook_due ON webhook (due_at) WHERE done_at IS NULL;
CREATE INDEX IF NOT EXISTS webhook_message ON webhook (message_id);
"""


@dataclass(frozen=True, slots=True)
class Webhook:
    """A webhook that waits to be posted. `about` is a status, or the field it tells of."""

    id: int
    message_id: str
    about: str
    phone_number_id: str
    waba_id: str
    body: bytes
    due_at: float
    made_at: float
    attempts: int


def open_file(path: str) -> sqlite3.Connection:
    """Open the state; the connection is made before the event loop runs, and used only in it."""
    db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    db.executescript("PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF; PRAGMA busy_timeout = 2000;")
    if db.execute("PRAGMA user_version").fetchone()[0] != _VERSION:
        tables = db.execute("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
        for (name,) in tables.fetchall():
            db.execute(f"DROP TABLE {name}")
        db.execute(f"PRAGMA user_version = {_VERSION}")
    return db


class Store:
    """Numbers, facts about them, accepted messages and webhooks on their way."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        db.executescript(_SCHEMA)
        self._prune()

    def add_number(self, number: Number, token: str) -> None:
        """Remember a number and the access token that may use it; an empty token admits every one."""
        row = (number.phone_number_id, number.waba_id, number.display_phone_number, token)
        self._db.execute("INSERT OR REPLACE INTO number VALUES (?, ?, ?, ?)", row)

    def number(self, phone_number_id: str) -> tuple[Number, str] | None:
        """Return a number and its token."""
        query = "SELECT phone_number_id, waba_id, display_phone_number, token FROM number WHERE phone_number_id = ?"
        row = self._db.execute(query, (phone_number_id,)).fetchone()
        return (Number(*row[:3]), row[3]) if row else None

    def numbers_of(self, waba_id: str) -> list[tuple[Number, str]]:
        """Return the numbers of an account, each with its token."""
        query = "SELECT phone_number_id, waba_id, display_phone_number, token FROM number WHERE waba_id = ? ORDER BY 1"
        return [(Number(*row[:3]), row[3]) for row in self._db.execute(query, (waba_id,))]

    def numbers(self) -> list[dict[str, str]]:
        """Return every number that was made known, without its token."""
        rows = self._db.execute("SELECT phone_number_id, waba_id, display_phone_number FROM number ORDER BY 1")
        names = ("phone_number_id", "waba_id", "display_phone_number")
        return [dict(zip(names, row, strict=True)) for row in rows]

    def facts(self, node: str) -> dict[str, Any]:
        """Return what was said of a number or an account."""
        row = self._db.execute("SELECT body FROM fact WHERE node = ?", (node,)).fetchone()
        return json.loads(row[0]) if row else {}

    def add_facts(self, node: str, facts: dict[str, Any]) -> None:
        """Say something of a number or an account."""
        body = json.dumps({**self.facts(node), **facts})
        self._db.execute("INSERT OR REPLACE INTO fact VALUES (?, ?)", (node, body))

    def add_message(self, message_id: str, phone_number_id: str, recipient: str, request: dict[str, Any]) -> None:
        """Remember a message that was accepted now."""
        row = (message_id, phone_number_id, recipient, json.dumps(request), time.time())
        self._db.execute("INSERT INTO message VALUES (?, ?, ?, ?, ?)", row)

    def messages(self, *, phone_number_id: str = "", recipient: str = "", limit: int = 1000) -> list[dict[str, Any]]:
        """Return accepted messages, oldest first, with the statuses our webhook has taken."""
        query = (
            "SELECT rowid, id, phone_number_id, recipient, request, accepted_at FROM message"
            " WHERE (? = '' OR phone_number_id = ?) AND (? = '' OR recipient = ?) ORDER BY rowid DESC LIMIT ?"
        )
        values = (phone_number_id, phone_number_id, recipient, recipient, limit)
        return [self._shown(row) for row in reversed(self._db.execute(query, values).fetchall())]

    def forget_messages(self) -> None:
        """Drop every message, and every webhook that waits."""
        self._db.executescript("DELETE FROM message; DELETE FROM webhook;")

    def clear(self) -> None:
        """Drop everything."""
        self.forget_messages()
        self._db.executescript("DELETE FROM fact; DELETE FROM number;")

    def schedule(self, number: Number, about: str, body: bytes, due_at: float, *, message_id: str = "") -> None:
        """Have a webhook posted at `due_at` (unix seconds)."""
        row = (message_id, about, number.phone_number_id, number.waba_id, body, due_at, time.time())
        self._db.execute(
            "INSERT INTO webhook (message_id, about, phone_number_id, waba_id, body, due_at, made_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            row,
        )

    def due(self, now: float, limit: int, busy: set[int]) -> list[Webhook]:
        """Return webhooks whose time has come and that nobody is posting."""
        query = (
            "SELECT id, message_id, about, phone_number_id, waba_id, body, due_at, made_at, attempts FROM webhook"
            " WHERE done_at IS NULL AND due_at <= ? ORDER BY due_at LIMIT ?"
        )
        rows = self._db.execute(query, (now, limit + len(busy)))
        return [Webhook(*row) for row in rows if row[0] not in busy][:limit]

    def next_due(self, busy: set[int]) -> float | None:
        """Return when the next webhook is due that nobody is posting."""
        query = "SELECT id, due_at FROM webhook WHERE done_at IS NULL ORDER BY due_at LIMIT ?"
        rows = self._db.execute(query, (len(busy) + 1,))
        return next((due_at for webhook_id, due_at in rows if webhook_id not in busy), None)

    def waiting(self) -> int:
        """Return how many webhooks nobody has taken yet."""
        return int(self._db.execute("SELECT count(*) FROM webhook WHERE done_at IS NULL").fetchone()[0])

    def taken(self, webhooks: Iterable[Webhook]) -> None:
        """Note that our webhook answered 200, or that we gave up on them."""
        now = time.time()
        rows = [(now, webhook.id) for webhook in webhooks]
        self._db.executemany("UPDATE webhook SET done_at = ?, body = '' WHERE id = ?", rows)

    def postpone(self, webhooks: Iterable[Webhook], due_at: float) -> None:
        """Note a failed try and when the next one is."""
        rows = [(due_at, webhook.id) for webhook in webhooks]
        self._db.executemany("UPDATE webhook SET attempts = attempts + 1, due_at = ? WHERE id = ?", rows)

    def _shown(self, row: tuple[Any, ...]) -> dict[str, Any]:
        request = json.loads(row[4])
        statuses = self._db.execute(
            "SELECT about FROM webhook WHERE message_id = ? AND done_at IS NOT NULL ORDER BY done_at, id", (row[1],)
        )
        return {
            "id": row[1],
            "phone_number_id": row[2],
            "to": row[3],
            "type": request.get("type", "text"),
            "tag": request.get("biz_opaque_callback_data"),
            "request": request,
            "accepted_at": row[5],
            "statuses": [status[0] for status in statuses],
        }

    def _prune(self) -> None:
        """Keep the newest messages, so that a file of a long-lived installation stays small."""
        self._db.execute("DELETE FROM message WHERE rowid <= (SELECT max(rowid) FROM message) - ?", (_KEPT,))
        self._db.execute("DELETE FROM webhook WHERE done_at IS NOT NULL AND message_id NOT IN (SELECT id FROM message)")
