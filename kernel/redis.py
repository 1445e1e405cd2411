"""Redis: one pooled client per process for threads, one per event loop for asyncio."""

import asyncio
from functools import cache
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import redis
import redis.asyncio
from django.conf import settings
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import ExponentialBackoff
from redis.retry import Retry

if TYPE_CHECKING:
    AsyncClient = redis.asyncio.Redis

_RETRIES = 2
_BACKOFF = ExponentialBackoff(cap=0.2, base=0.02)
"""Seconds. Enough for a restarted Redis to be met again, and short enough that a page never waits for a dead one."""

_async_clients: "WeakKeyDictionary[asyncio.AbstractEventLoop, AsyncClient]" = WeakKeyDictionary()


def key(*parts: str) -> str:
    """Return the full name of a key; a part that belongs to a tenant starts with its schema."""
    return settings.REDIS_PREFIX + ":".join(parts)


@cache
def client() -> redis.Redis:
    """Return this process's client: thread-safe, fork-safe, answers in bytes."""
    return redis.Redis.from_url(settings.REDIS_URL, retry=Retry(_BACKOFF, _RETRIES), **_options())


def async_client() -> "AsyncClient":
    """Return the running event loop's client; a client must not be shared between loops."""
    loop = asyncio.get_running_loop()
    found = _async_clients.get(loop)
    if found is None:
        found = redis.asyncio.Redis.from_url(settings.REDIS_URL, retry=AsyncRetry(_BACKOFF, _RETRIES), **_options())
        _async_clients[loop] = found
    return found


def _options() -> dict[str, Any]:
    return {
        "socket_timeout": 5,
        "socket_connect_timeout": 2,
        "health_check_interval": 30,
        "client_name": "redress",
    }
