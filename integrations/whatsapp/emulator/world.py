"""What the parts of the emulator share."""

import random
import sqlite3
from dataclasses import dataclass, field

from integrations.whatsapp.emulator.clock import Clock
from integrations.whatsapp.emulator.delivery import Delivery
from integrations.whatsapp.emulator.faults import Faults, Throughput
from integrations.whatsapp.emulator.refusals import no_object, signed_out
from integrations.whatsapp.emulator.shelf import Shelf
from integrations.whatsapp.emulator.store import Store, open_file
from integrations.whatsapp.wire import Number


@dataclass(frozen=True, slots=True)
class Options:
    """How the emulator behaves. `delay_scale` stretches or, with 0, removes the delays of statuses."""

    webhook_url: str
    app_secret: str = field(repr=False)
    is_open: bool = False
    delay_scale: float = 1.0
    seed: int | None = None
    state: str = ":memory:"


class World:
    """State, habits and helpers of one emulated vendor."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.clock = Clock()
        self._db: sqlite3.Connection = open_file(options.state)
        self.store = Store(self._db)
        self.shelf = Shelf(self._db, self.clock)
        self.faults = Faults()
        self.throughput = Throughput()
        self.chance = random.Random(options.seed)  # noqa: S311 - delays, not secrets
        self.delivery = Delivery(self.store, self.faults, options.webhook_url, options.app_secret)

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def number(self, phone_number_id: str, token: str) -> Number:
        """Return the number for a bearer of its token. Raises Refusal."""
        known = self.store.number(phone_number_id)
        if known is None and not self.options.is_open:
            raise no_object(phone_number_id)
        number, expected = known or (Number(phone_number_id, "0", "15550100000"), "")
        if not token or (expected and token != expected):
            raise signed_out()
        return number
