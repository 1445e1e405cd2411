"""Sending the traffic at a steady rate, and counting how it was taken."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx

from integrations.whatsapp import courier
from integrations.whatsapp.simulation.traffic import Post, Traffic
from integrations.whatsapp.wire import encode

GIVE_UP_AFTER = 60.0
"""Seconds after which a webhook that nobody takes is counted as failed."""
_REPORT_EVERY = 5.0


@dataclass(slots=True)
class Tally:
    """What happened so far. Times of answers (of the first try that was taken) are in seconds."""

    sent: int = 0
    accepted: int = 0
    failed: int = 0
    retries: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    people: set[str] = field(default_factory=set)
    answers: list[float] = field(default_factory=list)

    @property
    def waiting(self) -> int:
        """Return how many webhooks are on their way."""
        return self.sent - self.accepted - self.failed

    def summary(self, seconds: float) -> dict[str, Any]:
        """Return everything as JSON values."""
        return {
            "sent": self.sent,
            "accepted": self.accepted,
            "failed": self.failed,
            "waiting": self.waiting,
            "retries": self.retries,
            "customers": len(self.people),
            "seconds": round(seconds, 1),
            "by_type": dict(sorted(self.kinds.items())),
            "ack_ms": {"p50": self.percentile(0.5), "p95": self.percentile(0.95), "max": self.percentile(1.0)},
        }

    def percentile(self, share: float) -> float | None:
        """Return the answer time in milliseconds that this share of webhooks did not exceed."""
        if not self.answers:
            return None
        ordered = sorted(self.answers)
        return round(1000 * ordered[min(int(share * len(ordered)), len(ordered) - 1)], 1)


@dataclass(frozen=True, slots=True)
class Target:
    """Where webhooks go and what signs them."""

    url: str
    app_secret: str = field(repr=False)


def planned(*, rate: float, seconds: float, most: int | None) -> int:
    """Return how many messages a run has."""
    wanted = max(1, round(rate * seconds))
    return wanted if most is None else min(wanted, most)


async def run(
    traffic: Traffic,
    target: Target,
    *,
    rate: float,
    seconds: float,
    report: Callable[[Tally, float], None],
    stop: asyncio.Event,
    most: int | None = None,
) -> Tally:
    """Send `rate` messages a second for `seconds`, whether or not they are taken, then wait for those on their way.

    No more than `most`, if that is given.
    `stop` ends it early. `report` is called now and then with the tally and the seconds so far.
    """
    tally, posts, started = Tally(), iter(traffic), time.monotonic()
    deliveries: set[asyncio.Task[None]] = set()
    async with courier.new_client() as client, asyncio.TaskGroup() as group:
        reporter = group.create_task(_report(report, tally, started))
        for number in range(planned(rate=rate, seconds=seconds, most=most)):
            if await _stopped(stop, started + number / rate):
                break
            delivery = group.create_task(_deliver(client, target, next(posts), tally))
            deliveries.add(delivery)
            delivery.add_done_callback(deliveries.discard)
        await _settled(deliveries, stop)
        reporter.cancel()
    return tally


async def _deliver(client: httpx.AsyncClient, target: Target, post: Post, tally: Tally) -> None:
    raw = encode(post.payload)
    tally.sent += 1
    tally.kinds[post.kind] += 1
    tally.people.add(post.person.phone)
    started, attempt = time.monotonic(), 0
    while time.monotonic() - started < GIVE_UP_AFTER:
        attempt += 1
        tried = time.monotonic()
        if await courier.post(client, target.url, target.app_secret, raw):
            tally.accepted += 1
            tally.answers.append(time.monotonic() - tried)
            return
        tally.retries += 1
        await asyncio.sleep(courier.wait_before(attempt))
    tally.failed += 1


async def _settled(deliveries: set[asyncio.Task[None]], stop: asyncio.Event) -> None:
    """Wait for those on their way, unless somebody asks to stop: then they are left."""
    stopping = asyncio.ensure_future(stop.wait())
    while deliveries and not stop.is_set():
        await asyncio.wait({*deliveries, stopping}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    for delivery in set(deliveries):
        delivery.cancel()


async def _stopped(stop: asyncio.Event, until: float) -> bool:
    """Wait until the time comes; tell whether somebody asked to stop."""
    left = until - time.monotonic()
    if left > 0:
        try:
            await asyncio.wait_for(stop.wait(), left)
        except TimeoutError:
            return False
    return stop.is_set()


async def _report(report: Callable[[Tally, float], None], tally: Tally, started: float) -> None:
    while True:
        await asyncio.sleep(_REPORT_EVERY)
        report(tally, time.monotonic() - started)
