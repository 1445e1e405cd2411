"""Counting attempts to sign in, so that nobody can try passwords for long. In Redis, shared by all processes.

A try is counted before the password is looked at: attempts that run at the same time cannot slip through together.
Unknown e-mails are counted like known ones, so counting tells nobody who exists.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from django.utils.crypto import salted_hmac
from redis.commands.core import Script

from kernel import redis

TRIES = 5
"""Per e-mail and tenant."""
TRIES_OF_ADDRESS = 30
"""Per network address, where a whole office may sit."""
LOCKED_FOR = timedelta(minutes=15)

COUNT = """
    local answer = {}
    for i, key in ipairs(KEYS) do
        local tries = redis.call('INCR', key)
        if tries <= tonumber(ARGV[i]) or redis.call('PTTL', key) < 0 then redis.call('PEXPIRE', key, ARGV[3]) end
        answer[2 * i - 1] = tries
        answer[2 * i] = redis.call('PTTL', key)
    end
    return answer
"""


@dataclass(frozen=True, slots=True)
class Counted:
    """A counted try: how many are left after it, and, when it came too late, until when all are refused."""

    tries_left: int
    locked_until: datetime | None


def count_try(schema: str, email: str, address: str, now: datetime) -> Counted:
    """Count an attempt for a person and for the place it comes from."""
    limits = (TRIES, TRIES_OF_ADDRESS)
    lock_ms = int(LOCKED_FOR.total_seconds() * 1000)
    tries, rest_ms, of_address, address_rest_ms = _script()(keys=_keys(schema, email, address), args=[*limits, lock_ms])
    waits = [rest for count, rest, limit in
             ((tries, rest_ms, TRIES), (of_address, address_rest_ms, TRIES_OF_ADDRESS)) if count > limit]  # fmt: skip
    left = min(TRIES - tries, TRIES_OF_ADDRESS - of_address)
    return Counted(max(left, 0), now + timedelta(milliseconds=max(waits)) if waits else None)


def forgive(schema: str, email: str, address: str) -> None:
    """Forget a person's tries after a right password; for the place only this one try does not count."""
    person, place = _keys(schema, email, address)
    pipeline = redis.client().pipeline(transaction=False)
    pipeline.delete(person)
    pipeline.decr(place)
    pipeline.execute()


def _keys(schema: str, email: str, address: str) -> list[str]:
    # Hashed, because Redis is no place for personal data.
    person = salted_hmac("redress.sign-in.email", email.strip().lower()).hexdigest()[:32]
    place = salted_hmac("redress.sign-in.address", address).hexdigest()[:32]
    return [redis.key(schema, "sign-in", person), redis.key("sign-in", place)]


@cache
def _script() -> Script:
    return redis.client().register_script(COUNT)
