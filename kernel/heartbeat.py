"""Signs of life: every daemon says that it is there, and the health manager reads who is silent.

They are fields of one Redis hash, so that reading them never scans the key space.
"""

import json
import os
import socket
import time
from dataclasses import dataclass
from typing import cast

import structlog
from redis.exceptions import RedisError

from kernel import redis

log = structlog.get_logger(__name__)

EVERY_S = 5.0
FORGOTTEN_AFTER_S = 600.0

_last_beat: dict[str, float] = {}


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """The last sign of life of one process of the part `name`; `age` in seconds."""

    name: str
    host: str
    pid: int
    age: float


def beat(name: str, pid: int | None = None) -> None:
    """Say that this process of the part `name` is alive. Call it in every turn; it writes every 5 seconds.

    `pid` is for whoever speaks for another process. Without Redis there is nobody to tell: that is logged, and the
    caller goes on with its work.
    """
    tick = time.monotonic()
    if tick - _last_beat.get(name, -EVERY_S) < EVERY_S:
        return
    host, pid = socket.gethostname(), os.getpid() if pid is None else pid
    value = json.dumps({"name": name, "host": host, "pid": pid, "at": time.time()})
    _last_beat[name] = tick
    try:
        redis.client().hset(_key(), f"{name}:{host}:{pid}", value)
    except RedisError as problem:
        log.warning("heartbeat lost", part=name, reason=str(problem))


def heartbeats() -> list[Heartbeat]:
    """Return every process seen within the last ten minutes, the freshest first."""
    now = time.time()
    raw = cast("dict[bytes, bytes]", redis.client().hgetall(_key()))
    found = [json.loads(value) for value in raw.values()]
    beats = [Heartbeat(one["name"], one["host"], one["pid"], max(0.0, now - one["at"])) for one in found]
    return sorted((one for one in beats if one.age < FORGOTTEN_AFTER_S), key=lambda one: one.age)


def forget_this_host() -> None:
    """Drop every process of this machine: none of them lives, and an old sign of life must not pass for a new one."""
    own = f":{socket.gethostname()}:".encode()
    fields = [field for field in _fields() if own in field]
    if fields:
        redis.client().hdel(_key(), *fields)


def forget_the_gone() -> int:
    """Drop processes silent for ten minutes; returns how many."""
    known = {f"{one.name}:{one.host}:{one.pid}" for one in heartbeats()}
    gone = [field for field in _fields() if field.decode() not in known]
    return int(redis.client().hdel(_key(), *gone)) if gone else 0


def _fields() -> list[bytes]:
    return cast("list[bytes]", redis.client().hkeys(_key()))


def _key() -> str:
    return redis.key("heartbeats")
