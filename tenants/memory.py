"""What a process remembers of tenants, members and keys, so that a warm request asks the database for none of them.

Everything remembered belongs to a generation, a counter in Redis that moves whenever one of these rows changes. A
process looks at the counter twice a second, so a suspended tenant or a revoked key stops working everywhere within
about half a second; without Redis within 30 seconds.
"""

from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from time import monotonic
from typing import Generic, TypeVar

import structlog
from django.db import transaction
from redis.exceptions import RedisError

from kernel import redis

log = structlog.get_logger(__name__)

K = TypeVar("K")
V = TypeVar("V")

KEEP_S = 30.0
KEEP_ABSENCE_S = 5.0
"""How long "there is no such thing" is believed."""
LOOK_EVERY_S = 0.5
LOOK_AGAIN_S = 5.0
"""Pause after Redis did not answer, so that requests do not wait for it one after the other."""


class _Generation:
    """The generation this process goes by."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._shared = b""
        self._own = 0
        self._next_look = 0.0

    def current(self) -> tuple[bytes, int]:
        """Return the generation, asking Redis when the last answer is older than half a second."""
        with self._lock:
            if monotonic() >= self._next_look:
                self._look()
            return self._shared, self._own

    def _look(self) -> None:
        try:
            answer = redis.client().get(_key())
        except RedisError as problem:
            log.warning("tenant memory cannot ask Redis", reason=str(problem))
            self._next_look = monotonic() + LOOK_AGAIN_S
            return
        self._shared = answer if isinstance(answer, bytes) else b""
        self._next_look = monotonic() + LOOK_EVERY_S

    def next(self) -> None:
        """Make everything this process remembers old."""
        with self._lock:
            self._own += 1
            self._next_look = 0.0


_generation = _Generation()


@dataclass(frozen=True, slots=True)
class _Kept(Generic[V]):
    value: V | None
    generation: tuple[bytes, int]
    until: float


class Memory(Generic[K, V]):
    """Values by key, at most `most` of them, loaded when they are missing or older than `keep_s`. Safe in threads."""

    def __init__(self, most: int, keep_s: float = KEEP_S) -> None:
        self._most = most
        self._keep_s = keep_s
        self._kept: dict[K, _Kept[V]] = {}
        self._lock = Lock()

    def recall(self, key: K, load: Callable[[K], V | None]) -> V | None:
        """Return the value of `key`; None, also remembered, when `load` finds nothing.

        The generation is read before the value, so what changes in between is loaded again next time.
        """
        generation = _generation.current()
        found = self._kept.get(key)
        if found and found.generation == generation and monotonic() < found.until:
            return found.value
        value = load(key)
        seconds = KEEP_ABSENCE_S if value is None else self._keep_s
        self._keep(key, _Kept(value, generation, monotonic() + seconds))
        return value

    def _keep(self, key: K, kept: _Kept[V]) -> None:
        with self._lock:
            self._kept.pop(key, None)
            while len(self._kept) >= self._most:
                del self._kept[next(iter(self._kept))]
            self._kept[key] = kept


def forget_on_commit() -> None:
    """Let this process load tenants, members and keys anew now, and every process once this transaction commits."""
    forget_here()
    transaction.on_commit(forget, robust=True)


def forget() -> None:
    """Let every process load everything anew: this one at once, the others within half a second."""
    _generation.next()
    redis.client().incr(_key())


def forget_here() -> None:
    """Let this process load everything anew."""
    _generation.next()


def _key() -> str:
    return redis.key("tenants", "generation")
