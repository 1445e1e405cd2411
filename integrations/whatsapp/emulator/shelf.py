"""The files that the emulated vendor keeps: uploaded ones for 30 days, customers' for 7."""

import hashlib
import secrets
import sqlite3
from base64 import b64encode
from dataclasses import dataclass
from typing import Any

from integrations.whatsapp.emulator.clock import Clock

UPLOADED_DAYS, RECEIVED_DAYS = 30, 7
DAY = 86_400.0
SCHEMA = """
CREATE TABLE IF NOT EXISTS media (id TEXT PRIMARY KEY, phone_number_id TEXT NOT NULL, mime_type TEXT NOT NULL,
  filename TEXT NOT NULL, sha256 TEXT NOT NULL, size INTEGER NOT NULL, expires_at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS content (sha256 TEXT PRIMARY KEY, bytes BLOB NOT NULL);
"""


@dataclass(frozen=True, slots=True)
class Media:
    """A file on the shelf. `sha256` is in hex."""

    id: str
    phone_number_id: str
    mime_type: str
    filename: str
    sha256: str
    size: int
    expires_at: float

    def reference(self) -> dict[str, Any]:
        """Return what a webhook says of it; there the digest is in base64."""
        named = {"filename": self.filename} if self.filename else {}
        digest = b64encode(bytes.fromhex(self.sha256)).decode()
        return {"id": self.id, "mime_type": self.mime_type, "sha256": digest, **named}


class Shelf:
    """Files by id. Equal contents are kept once, so that many customers can send the same picture."""

    def __init__(self, db: sqlite3.Connection, clock: Clock) -> None:
        self._db = db
        self._clock = clock
        db.executescript(SCHEMA)
        self._prune()

    def place(
        self, *, phone_number_id: str, mime_type: str, content: bytes, filename: str, days: float, count: int = 1
    ) -> list[Media]:
        """Keep a file for some days, under as many ids as wanted."""
        sha256 = hashlib.sha256(content).hexdigest()
        self._db.execute("INSERT OR IGNORE INTO content VALUES (?, ?)", (sha256, content))
        expires_at = self._clock.now() + days * DAY
        placed = [
            Media(_new_id(), phone_number_id, mime_type, filename, sha256, len(content), expires_at)
            for _ in range(count)
        ]
        rows = [(m.id, m.phone_number_id, m.mime_type, m.filename, m.sha256, m.size, m.expires_at) for m in placed]
        self._db.execute("BEGIN")
        self._db.executemany("INSERT INTO media VALUES (?, ?, ?, ?, ?, ?, ?)", rows)
        self._db.execute("COMMIT")
        return placed

    def find(self, media_id: str) -> Media | None:
        """Return a file that has not expired."""
        row = self._db.execute("SELECT * FROM media WHERE id = ?", (media_id,)).fetchone()
        media = Media(*row) if row else None
        return media if media and media.expires_at > self._clock.now() else None

    def content(self, media: Media) -> bytes:
        """Return the bytes of a file."""
        row = self._db.execute("SELECT bytes FROM content WHERE sha256 = ?", (media.sha256,)).fetchone()
        return bytes(row[0])

    def remove(self, media_id: str) -> None:
        """Forget a file."""
        self._db.execute("DELETE FROM media WHERE id = ?", (media_id,))

    def expire(self, media_id: str) -> None:
        """Let the time of a file be over."""
        self._db.execute("UPDATE media SET expires_at = 0 WHERE id = ?", (media_id,))

    def clear(self) -> None:
        """Forget every file."""
        self._db.executescript("DELETE FROM media; DELETE FROM content;")

    def _prune(self) -> None:
        self._db.execute("DELETE FROM media WHERE expires_at < ?", (self._clock.now(),))
        self._db.execute("DELETE FROM content WHERE sha256 NOT IN (SELECT sha256 FROM media)")


def _new_id() -> str:
    return str(secrets.randbelow(9 * 10**15) + 10**15)
