"""The ingest daemon: woken by NOTIFY, drains the inbox in batches until it is empty, sleeps again."""

import threading
import time
from collections.abc import Callable

import psycopg
import structlog
from django.db import DatabaseError, close_old_connections, connection
from redis.exceptions import RedisError

from ingest import actions
from ingest.claims import Claims
from ingest.handing import hand_down
from kernel import heartbeat

BATCH = 500
"""Deliveries taken at once; each may hold up to 1,000 updates."""
IDLE_S = 2.0
"""The longest sleep: what a lost wake-up costs."""
TROUBLE_S = 1.0
FEW, GATHER_S = 20, 0.01
"""After a small batch the next one may gather for a moment: at some hundred webhooks a second this halves the work,
and nobody sees ten milliseconds."""

log = structlog.get_logger("ingest")


def drain_once(claims: Claims) -> int:
    """Hand one batch down; returns how many deliveries it held."""
    with claims.take(BATCH) as deliveries:
        if deliveries:
            started = time.perf_counter()
            problems = hand_down(deliveries)
            actions.park(problems)
            spent = round((time.perf_counter() - started) * 1000, 1)
            log.info("handed_down", deliveries=len(deliveries), parked=len(problems), ms=spent)
    return len(deliveries)


def run(stop: threading.Event) -> None:
    """Drain until `stop` is set; a database in trouble is waited for."""
    while not stop.is_set():
        try:
            _run_connected(stop)
        except (DatabaseError, psycopg.Error, RedisError):
            log.exception("ingest_interrupted")
            close_old_connections()
            connection.close()
            stop.wait(TROUBLE_S)


def _run_connected(stop: threading.Event) -> None:
    with Claims() as claims, _listener() as listener:
        while not stop.is_set():
            heartbeat.beat("ingest")
            taken = drain_once(claims)
            if taken == 0:
                _sleep_until_woken(listener, stop.is_set)
            elif taken < FEW:
                stop.wait(GATHER_S)


def _listener() -> psycopg.Connection[tuple[object, ...]]:
    parameters = connection.get_connection_params()
    wanted = {name: parameters[name] for name in ("dbname", "user", "password", "host", "port") if name in parameters}
    listener = psycopg.connect(**wanted, autocommit=True)
    listener.execute("LISTEN redress_ingest")
    return listener


def _sleep_until_woken(listener: psycopg.Connection[tuple[object, ...]], stopped: Callable[[], bool]) -> None:
    """Return at the next NOTIFY, or after IDLE_S."""
    deadline = time.monotonic() + IDLE_S
    while not stopped() and time.monotonic() < deadline:
        for _notice in listener.notifies(timeout=0.25, stop_after=1):
            return
