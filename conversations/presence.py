"""Who is here, and who looks at what: kept in Redis, gone by itself 60 seconds after the last sign of life."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from uuid import UUID

import orjson

from kernel.redis import async_client, client, key

LIFE_S = 60
STATES = ("online", "away", "offline")
DEVICES = ("desktop", "tablet", "phone")
PHONE_WORDS, TABLET_WORDS = ("iphone", "mobile"), ("ipad", "tablet")


@dataclass(frozen=True, slots=True)
class Seen:
    """One socket of a member: what it said last, and when (unix seconds)."""

    member: str
    name: str
    state: str
    device: str
    at: float

    def is_alive(self, now: float) -> bool:
        """Tell whether the sign of life is fresh enough."""
        return now - self.at < LIFE_S


def device_of(user_agent: str) -> str:
    """Return what kind of device a browser says it runs on."""
    words = user_agent.lower()
    if any(word in words for word in TABLET_WORDS) or ("android" in words and "mobile" not in words):
        return "tablet"
    return "phone" if any(word in words for word in PHONE_WORDS) else "desktop"


def summary(sockets: Iterable[Seen], now: float) -> dict[str, Seen]:
    """Return for each member the best of their living sockets: online before away, then the newest."""
    best: dict[str, Seen] = {}
    for seen in sockets:
        known = best.get(seen.member)
        if seen.is_alive(now) and (known is None or _rank(seen) > _rank(known)):
            best[seen.member] = seen
    return best


def _rank(seen: Seen) -> tuple[int, float]:
    return (-STATES.index(seen.state), seen.at)


def online_members(schema: str) -> frozenset[UUID]:
    """Return who of a tenant is online at this moment, for code that does not run on an event loop."""
    rows = client().hgetall(key(schema, "presence"))
    seen = summary((Seen(*orjson.loads(raw)) for raw in rows.values()), time.time())
    return frozenset(UUID(member) for member, one in seen.items() if one.state == "online")


class Presence:
    """The signs of life of one tenant. `clock` gives unix seconds."""

    def __init__(self, schema: str, clock: Callable[[], float] = time.time) -> None:
        self._presence, self._viewers = key(schema, "presence"), key(schema, "viewers")
        self._clock = clock

    async def sign(self, socket: str, member: str, name: str, state: str, device: str) -> bool:
        """Take a sign of life; tells whether others should hear of it."""
        now = self._clock()
        before = summary(await self._sockets(), now).get(member)
        value = orjson.dumps([member, name, state, device, now])
        await async_client().hset(self._presence, socket, value)
        await async_client().expire(self._presence, LIFE_S * 2)
        after = summary(await self._sockets(), now)[member]
        return before is None or (before.state, before.device) != (after.state, after.device)

    async def leave(self, socket: str) -> None:
        """Forget a socket that closed."""
        await async_client().hdel(self._presence, socket)

    async def here(self) -> dict[str, Seen]:
        """Return who is here, by member id."""
        return summary(await self._sockets(), self._clock())

    async def bury(self) -> list[Seen]:
        """Forget sockets without a sign of life and return the members who are gone with them.

        Of several processes that do this at once, each member is returned by one.
        """
        now, gone = self._clock(), dict[str, Seen]()
        for socket, seen in (await self._by_socket()).items():
            if not seen.is_alive(now) and await async_client().hdel(self._presence, socket):
                gone[seen.member] = seen
        living = await self.here()
        return [seen for member, seen in gone.items() if member not in living]

    async def look(self, socket: str, member: str, name: str, conversation: str) -> list[dict[str, str]]:
        """Note that a socket shows a conversation; returns who looks at it now."""
        value = orjson.dumps([member, name, conversation, self._clock()])
        await async_client().hset(self._viewers, socket, value)
        await async_client().expire(self._viewers, LIFE_S * 2)
        return await self.viewers(conversation)

    async def look_away(self, socket: str, conversation: str) -> list[dict[str, str]]:
        """Note that a socket shows it no more; returns who still looks at it."""
        await async_client().hdel(self._viewers, socket)
        return await self.viewers(conversation)

    async def viewers(self, conversation: str) -> list[dict[str, str]]:
        """Return who looks at a conversation, each member once, by name."""
        now, names = self._clock(), dict[str, str]()
        for socket, raw in (await async_client().hgetall(self._viewers)).items():
            member, name, where, at = orjson.loads(raw)
            if now - at >= LIFE_S:
                await async_client().hdel(self._viewers, socket)
            elif where == conversation:
                names[member] = name
        return [{"id": member, "name": name} for member, name in sorted(names.items(), key=lambda one: one[1])]

    async def viewing(self) -> dict[str, str]:
        """Return which conversation each member looks at, by member id; of several sockets the one seen last."""
        now = self._clock()
        rows = [orjson.loads(raw) for raw in (await async_client().hgetall(self._viewers)).values()]
        return {member: where for member, _name, where, at in sorted(rows, key=lambda row: row[3]) if now - at < LIFE_S}

    async def _sockets(self) -> list[Seen]:
        return list((await self._by_socket()).values())

    async def _by_socket(self) -> dict[bytes | str, Seen]:
        rows = await async_client().hgetall(self._presence)
        return {socket: Seen(*orjson.loads(raw)) for socket, raw in rows.items()}
