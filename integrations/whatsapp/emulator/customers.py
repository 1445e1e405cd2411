"""What the emulated vendor knows of people: when they last wrote to a number, and who wants no marketing."""

import sqlite3

from integrations.whatsapp.emulator.clock import Clock
from integrations.whatsapp.wire import user_id_of

WINDOW_SECONDS = 24 * 3600.0
SCHEMA = """
CREATE TABLE IF NOT EXISTS customer (phone_number_id TEXT NOT NULL, user_id TEXT NOT NULL,
  wrote_at REAL NOT NULL DEFAULT 0, stopped INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (phone_number_id, user_id));
"""


class Customers:
    """People by number and user id; a phone stands for its user id."""

    def __init__(self, db: sqlite3.Connection, clock: Clock) -> None:
        self._db = db
        self._clock = clock
        db.executescript(SCHEMA)

    def wrote(self, phone_number_id: str, person: str) -> None:
        """Note that a person wrote now, which opens the window."""
        self._set(phone_number_id, person, "wrote_at", self._clock.now())

    def stop_marketing(self, phone_number_id: str, person: str, *, stopped: bool) -> None:
        """Note whether a person wants no marketing."""
        self._set(phone_number_id, person, "stopped", int(stopped))

    def has_window(self, phone_number_id: str, person: str) -> bool:
        """Tell whether a person wrote within 24 hours."""
        wrote_at = self._get(phone_number_id, person, "wrote_at")
        return self._clock.now() - wrote_at < WINDOW_SECONDS

    def wants_no_marketing(self, phone_number_id: str, person: str) -> bool:
        """Tell whether a person has stopped marketing."""
        return bool(self._get(phone_number_id, person, "stopped"))

    def clear(self) -> None:
        """Forget everybody."""
        self._db.execute("DELETE FROM customer")

    def _set(self, phone_number_id: str, person: str, column: str, value: float) -> None:
        query = (
            f"INSERT INTO customer (phone_number_id, user_id, {column}) VALUES (?, ?, ?)"  # noqa: S608 - own names
            f" ON CONFLICT DO UPDATE SET {column} = excluded.{column}"
        )
        self._db.execute(query, (phone_number_id, _user_id(person), value))

    def _get(self, phone_number_id: str, person: str, column: str) -> float:
        query = f"SELECT {column} FROM customer WHERE phone_number_id = ? AND user_id = ?"  # noqa: S608 - own names
        row = self._db.execute(query, (phone_number_id, _user_id(person))).fetchone()
        return float(row[0]) if row else 0.0


def _user_id(person: str) -> str:
    return user_id_of(person) if person.removeprefix("+").isdigit() else person
