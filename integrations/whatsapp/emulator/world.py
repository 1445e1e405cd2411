"""What the parts of the emulator share."""

import math
import random
import time
from dataclasses import dataclass, field
from typing import Any

from integrations.whatsapp.emulator.clock import Clock
from integrations.whatsapp.emulator.customers import Customers
from integrations.whatsapp.emulator.delivery import Delivery
from integrations.whatsapp.emulator.faults import Faults
from integrations.whatsapp.emulator.habits import Habits
from integrations.whatsapp.emulator.library import Library
from integrations.whatsapp.emulator.limits import Limits
from integrations.whatsapp.emulator.refusals import no_object, signed_out
from integrations.whatsapp.emulator.shelf import Shelf
from integrations.whatsapp.emulator.store import Store, open_file
from integrations.whatsapp.wire import Number, encode

_GATHERED = 0.5
"""Seconds whose webhooks come together, where batches are wanted."""
_UNKNOWN_ACCOUNT, _UNKNOWN_PHONE = "0", "15550100000"


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
    """State and habits of one emulated vendor."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self._db = open_file(options.state)
        self.clock = Clock()
        self.habits = Habits()
        self.faults = Faults()
        self.limits = Limits(self.habits)
        self.store = Store(self._db)
        self.shelf = Shelf(self._db, self.clock)
        self.library = Library(self._db, self.clock)
        self.customers = Customers(self._db, self.clock)
        self.chance = random.Random(options.seed)  # noqa: S311 - delays, not secrets
        self.delivery = Delivery(self.store, self.habits, options.webhook_url, options.app_secret)

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def reset(self) -> None:
        """Begin anew."""
        self.clock.reset()
        self.habits.reset()
        self.faults.clear()
        self.limits.reset()
        for kept in (self.store, self.shelf, self.library, self.customers):
            kept.clear()
        self.delivery.log.clear()

    def named(self, phone_number_id: str) -> Number:
        """Return a number as webhooks name it, also one that nobody has made known."""
        known = self.store.number(phone_number_id)
        return known[0] if known else Number(phone_number_id, _UNKNOWN_ACCOUNT, _UNKNOWN_PHONE)

    def number(self, phone_number_id: str, token: str) -> Number:
        """Return the number for a bearer of its token. Raises Refusal."""
        known = self.store.number(phone_number_id)
        if known is None and not self.options.is_open:
            raise no_object(phone_number_id)
        if not token or (known and known[1] and token != known[1]):
            raise signed_out()
        return self.named(phone_number_id)

    def account(self, waba_id: str, token: str) -> str:
        """Return the account for a bearer of the token of one of its numbers, and count the call. Raises Refusal."""
        tokens = {known for _number, known in self.store.numbers_of(waba_id)}
        if not tokens and not self.options.is_open:
            raise no_object(waba_id)
        if not token or (tokens and "" not in tokens and token not in tokens):
            raise signed_out()
        self.limits.take_call(waba_id, self.clock.now())
        return waba_id

    def template(self, number: Number, name: str, language: str) -> dict[str, Any] | None:
        """Return the template that a number may send; of a number without a known account, that of any account."""
        found = self.library.find(number.waba_id, name, language)
        if number.waba_id == _UNKNOWN_ACCOUNT:
            return self.library.newest(name, language) or found
        return found

    def announce(
        self, number: Number, about: str, payload: dict[str, Any], *, after: float = 0.0, message_id: str = ""
    ) -> None:
        """Send a webhook after some seconds, if the app listens to the account."""
        if self.store.facts(number.waba_id).get("subscribed", True):
            due_at = time.time() + after + self.habits.webhook_delay_s
            if self.habits.webhook_batch > 1:
                due_at = math.ceil(due_at / _GATHERED) * _GATHERED
            self.store.schedule(number, about, encode(payload), due_at, message_id=message_id)
            self.delivery.wake()
