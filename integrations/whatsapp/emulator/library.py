"""The templates of every emulated business account, each begun with the catalogue."""

import hashlib
import json
import sqlite3
import time
from typing import Any

from integrations.whatsapp.emulator.catalogue import CATALOGUE
from integrations.whatsapp.emulator.clock import Clock

Template = dict[str, Any]
SCHEMA = """
CREATE TABLE IF NOT EXISTS template (waba_id TEXT NOT NULL, name TEXT NOT NULL, language TEXT NOT NULL,
  id TEXT NOT NULL UNIQUE, changed_at REAL NOT NULL, body TEXT NOT NULL, PRIMARY KEY (waba_id, name, language));
CREATE INDEX IF NOT EXISTS template_name ON template (name, language, changed_at);
CREATE TABLE IF NOT EXISTS account (waba_id TEXT PRIMARY KEY);
"""


class Library:
    """Templates by account, name and language."""

    def __init__(self, db: sqlite3.Connection, clock: Clock) -> None:
        self._db = db
        self._clock = clock
        db.executescript(SCHEMA)

    def add(self, waba_id: str, template: Template) -> Template:
        """Keep a template, new or changed, and return it with its id."""
        kept = {"id": _id(waba_id, template["name"], template["language"]), **template}
        self._open(waba_id)
        row = (waba_id, kept["name"], kept["language"], kept["id"], time.time(), json.dumps(kept))
        self._db.execute("INSERT OR REPLACE INTO template VALUES (?, ?, ?, ?, ?, ?)", row)
        return kept

    def all(self, waba_id: str) -> list[Template]:
        """Return the templates of an account."""
        self._open(waba_id)
        rows = self._db.execute("SELECT body FROM template WHERE waba_id = ? ORDER BY rowid", (waba_id,))
        return [self._read(row[0]) for row in rows]

    def find(self, waba_id: str, name: str, language: str) -> Template | None:
        """Return one template of an account."""
        self._open(waba_id)
        query = "SELECT body FROM template WHERE waba_id = ? AND name = ? AND language = ?"
        row = self._db.execute(query, (waba_id, name, language)).fetchone()
        return self._read(row[0]) if row else None

    def newest(self, name: str, language: str) -> Template | None:
        """Return the template of that name that was changed last, in whatever account."""
        query = "SELECT body FROM template WHERE name = ? AND language = ? ORDER BY changed_at DESC LIMIT 1"
        row = self._db.execute(query, (name, language)).fetchone()
        return self._read(row[0]) if row else None

    def by_id(self, template_id: str) -> tuple[str, Template] | None:
        """Return the account and the template of an id."""
        row = self._db.execute("SELECT waba_id, body FROM template WHERE id = ?", (template_id,)).fetchone()
        return (row[0], self._read(row[1])) if row else None

    def remove(self, waba_id: str, template_id: str) -> None:
        """Forget a template."""
        self._db.execute("DELETE FROM template WHERE waba_id = ? AND id = ?", (waba_id, template_id))

    def clear(self) -> None:
        """Begin every account anew."""
        self._db.executescript("DELETE FROM template; DELETE FROM account;")

    def _read(self, body: str) -> Template:
        """Return a template with the status it has by now: a review that was to end later may have ended."""
        template: Template = json.loads(body)
        if template.get("reviewed_at", 0) <= self._clock.now() and "next_status" in template:
            template["status"] = template["next_status"]
        return template

    def _open(self, waba_id: str) -> None:
        if self._db.execute("INSERT OR IGNORE INTO account VALUES (?)", (waba_id,)).rowcount:
            for template in CATALOGUE:
                self.add(waba_id, template)


def _id(waba_id: str, name: str, language: str) -> str:
    digest = hashlib.blake2s(f"{waba_id} {name} {language}".encode(), digest_size=8).digest()
    return str(10**15 + int.from_bytes(digest) % (9 * 10**15))
