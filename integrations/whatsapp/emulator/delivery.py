"""Getting statuses to our webhook: each until it is taken, also across a restart of either side."""

import asyncio
import time

import httpx

from integrations.whatsapp import courier
from integrations.whatsapp.emulator.faults import Faults
from integrations.whatsapp.emulator.store import Store, Webhook

_AT_ONCE = 16
_IDLE = 1.0


class Delivery:
    """Posts what is due, several at once and in no promised order, as the vendor does."""

    def __init__(self, store: Store, faults: Faults, url: str, app_secret: str) -> None:
        self._store = store
        self._faults = faults
        self._url = url
        self._app_secret = app_secret
        self._wake = asyncio.Event()
        self._busy: dict[int, asyncio.Task[None]] = {}

    def wake(self) -> None:
        """Look at once: something new may be due."""
        self._wake.set()

    def aim(self, url: str, app_secret: str = "") -> None:
        """Send webhooks elsewhere from now on; an empty secret keeps the one there is."""
        self._url = url
        self._app_secret = app_secret or self._app_secret

    async def run(self) -> None:
        """Deliver until cancelled."""
        async with courier.new_client() as client:
            while True:
                self._wake.clear()
                self._start_due(client)
                await self._pause()

    def _start_due(self, client: httpx.AsyncClient) -> None:
        room = _AT_ONCE - len(self._busy)
        for webhook in self._store.due(time.time(), room, set(self._busy)) if room > 0 else []:
            task = asyncio.create_task(self._deliver(client, webhook))
            self._busy[webhook.id] = task
            task.add_done_callback(lambda _task, done=webhook.id: self._finished(done))  # type: ignore[misc]

    async def _deliver(self, client: httpx.AsyncClient, webhook: Webhook) -> None:
        taken = await courier.post(client, self._url, self._app_secret, webhook.body)
        if taken and self._faults.webhook_duplicates:
            await courier.post(client, self._url, self._app_secret, webhook.body)
        now = time.time()
        if taken or now - webhook.made_at > courier.GIVE_UP_AFTER:
            self._store.taken(webhook.id)
        else:
            self._store.postpone(webhook.id, now + courier.wait_before(webhook.attempts + 1))

    def _finished(self, webhook_id: int) -> None:
        del self._busy[webhook_id]
        self._wake.set()

    async def _pause(self) -> None:
        """Wait until the next webhook is due, a second passes, or somebody wakes us."""
        next_due = self._store.next_due(set(self._busy))
        left = _IDLE if next_due is None or len(self._busy) >= _AT_ONCE else next_due - time.time()
        try:
            await asyncio.wait_for(self._wake.wait(), min(max(left, 0.0), _IDLE))
        except TimeoutError:
            return
