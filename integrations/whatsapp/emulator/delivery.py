"""Getting webhooks to our side: each until it is taken, also across a restart of either side."""

import asyncio
import json
import time
from collections import deque
from typing import Any

import httpx

from integrations.whatsapp import courier
from integrations.whatsapp.emulator.habits import Habits
from integrations.whatsapp.emulator.store import Store, Webhook
from integrations.whatsapp.wire import encode

_AT_ONCE = 16
_IDLE = 1.0
_LOGGED = 2000
_TAKEN = 200


class Delivery:
    """Posts what is due, several at once and in no promised order, as the vendor does."""

    def __init__(self, store: Store, habits: Habits, url: str, app_secret: str) -> None:
        self._store = store
        self._habits = habits
        self._url = url
        self._app_secret = app_secret
        self._wake = asyncio.Event()
        self._busy: dict[int, asyncio.Task[None]] = {}
        self.log: deque[dict[str, Any]] = deque(maxlen=_LOGGED)

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
        room = (_AT_ONCE - len(set(self._busy.values()))) * self._habits.webhook_batch
        due = self._store.due(time.time(), room, set(self._busy)) if room > 0 else []
        for group in _grouped([(self._target(webhook), webhook) for webhook in due], self._habits.webhook_batch):
            url, webhooks = group
            task = asyncio.create_task(self._deliver(client, url, webhooks))
            self._busy.update((webhook.id, task) for webhook in webhooks)
            task.add_done_callback(lambda _task, done=webhooks: self._finished(done))  # type: ignore[misc]

    def _target(self, webhook: Webhook) -> str:
        """Return where a webhook goes: a number's own address goes before its account's, that before the app's."""
        for node in (webhook.phone_number_id, webhook.waba_id):
            if url := self._store.facts(node).get("override_callback_uri"):
                return str(url)
        return self._url

    async def _deliver(self, client: httpx.AsyncClient, url: str, webhooks: list[Webhook]) -> None:
        raw = _joined(webhooks)
        taken = await self._post(client, url, raw, webhooks)
        if taken:
            for _copy in range(self._habits.webhook_copies):
                await self._post(client, url, raw, webhooks)
        now = time.time()
        if taken or now - webhooks[0].made_at > courier.GIVE_UP_AFTER:
            self._store.taken(webhooks)
        else:
            self._store.postpone(webhooks, now + courier.wait_before(webhooks[0].attempts + 1))

    async def _post(self, client: httpx.AsyncClient, url: str, raw: bytes, webhooks: list[Webhook]) -> bool:
        started = time.monotonic()
        status = await courier.send(client, url, self._app_secret, raw)
        self.log.append(
            {
                "at": time.time(),
                "url": url,
                "about": [webhook.about for webhook in webhooks],
                "message_ids": [webhook.message_id for webhook in webhooks if webhook.message_id],
                "attempt": webhooks[0].attempts + 1,
                "answer": status,
                "ms": round(1000 * (time.monotonic() - started), 1),
            }
        )
        return status == _TAKEN

    def _finished(self, webhooks: list[Webhook]) -> None:
        for webhook in webhooks:
            del self._busy[webhook.id]
        self._wake.set()

    async def _pause(self) -> None:
        """Wait until the next webhook is due, a second passes, or somebody wakes us."""
        next_due = self._store.next_due(set(self._busy))
        left = _IDLE if next_due is None or len(self._busy) >= _AT_ONCE else next_due - time.time()
        try:
            await asyncio.wait_for(self._wake.wait(), min(max(left, 0.0), _IDLE))
        except TimeoutError:
            return


def _grouped(due: list[tuple[str, Webhook]], most: int) -> list[tuple[str, list[Webhook]]]:
    """Return webhooks by where they go, at most so many together."""
    groups: list[tuple[str, list[Webhook]]] = []
    filling: dict[str, list[Webhook]] = {}
    for url, webhook in due:
        group = filling.get(url)
        if group is None or len(group) >= most:
            group = filling[url] = []
            groups.append((url, group))
        group.append(webhook)
    return groups


def _joined(webhooks: list[Webhook]) -> bytes:
    first, *others = webhooks
    if not others:
        return first.body
    body = json.loads(first.body)
    for webhook in others:
        body["entry"] += json.loads(webhook.body)["entry"]
    return encode(body)
