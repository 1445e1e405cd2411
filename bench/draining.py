"""How fast the inbox is drained: contacts, conversations, messages, events, all in the tenants' schemas."""

import hashlib
import time
from collections.abc import Sequence

from django.db import connection

from bench import ground, wire
from bench.ground import Ground
from bench.results import Result
from bench.stack import Stack
from bench.wire import Size
from ingest.actions import wake_workers
from ingest.claims import Claims
from ingest.lanes import lane_of
from ingest.models import Delivery, VendorApp
from ingest.queries import backlog
from ingest.worker import drain_once
from kernel import clocks

BATCH = 5_000


def run(stack: Stack, size: Size) -> list[Result]:
    """Measure messages a second, of one tenant and of fifty, beside COPY of the same bytes into one bare table."""
    stack.only()
    count = size.of(20_000, 1_000)
    limit = _copy(bodies([ground.tenant()], count))
    results = []
    for tenants in (1, size.of(50, 5)):
        places = [ground.tenant() for _number in range(tenants)]
        put(bodies(places, count))
        rate = count / _drained()
        name = f"inbox drained with events, {tenants} tenant{'s' if tenants > 1 else ''}"
        results.append(Result(name, rate, "msg/s", limit, 5_000 if tenants == 1 else None, at_least=True))
    return results


def bodies(places: Sequence[Ground], count: int) -> list[bytes]:
    """Return so many webhooks of one message each, the tenants taking turns."""
    lines = [place.outlets[0] for place in places]
    return [wire.message(lines[n % len(lines)], f"drain {n}", n % 500)[1] for n in range(count)]


def put(bodies: Sequence[bytes]) -> None:
    """Write webhooks as the receiver does."""
    app = VendorApp.objects.get()
    Delivery.objects.bulk_create(
        [
            Delivery(
                vendor="whatsapp",
                app=app,
                digest=hashlib.sha256(body).digest(),
                lane=lane_of(body),
                body=body,
                received_at=clocks.now(),
            )
            for body in bodies
        ],
        BATCH,
    )
    wake_workers()


def _drained() -> float:
    started = time.perf_counter()
    with Claims() as claims:
        while drain_once(claims):
            pass
    spent = time.perf_counter() - started
    left = backlog()
    if left["waiting"] or left["parked"]:
        message = f"not everything was handed down: {left}"
        raise RuntimeError(message)
    return spent


def _copy(bodies: Sequence[bytes]) -> float:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE public.bench_copy (id bigint, body bytea)")
        started = time.perf_counter()
        with cursor.copy("COPY public.bench_copy FROM STDIN") as copy:
            for number, body in enumerate(bodies):
                copy.write_row((number, body))
        spent = time.perf_counter() - started
        cursor.execute("DROP TABLE public.bench_copy")
    return len(bodies) / spent
