"""Tickets: a caller's right to open one live connection, for clients that can send neither header nor cookie with it.

A ticket is 256 random bits, kept in Redis as a SHA-256 for 30 seconds under its tenant, and gone with its first use.
It stands for its caller and nothing more: what it opens ends with the caller's session or key.
"""

import hashlib
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeAlias, cast

import orjson

from kernel import clocks, redis
from tenants.proofs import KeyProof, SessionProof

Proof: TypeAlias = SessionProof | KeyProof

KEPT = timedelta(seconds=30)
LENGTH = 43
"""Characters of a ticket."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """A ticket just made; it is told this once."""

    ticket: str = field(repr=False)
    expires_at: datetime


def issue(proof: Proof) -> Ticket:
    """Make a ticket for whoever came in with `proof`, in the tenant of the proof."""
    ticket, now = secrets.token_urlsafe(32), clocks.now()
    kept = orjson.dumps(_packed(proof))
    redis.client().set(_key(proof.schema, ticket), kept, ex=KEPT)
    return Ticket(ticket, now + KEPT)


def redeem(schema: str, ticket: str) -> Proof | None:
    """Return what the caller of a ticket came in with, and forget it; None for a used, old or foreign one."""
    if len(ticket) != LENGTH:
        return None
    kept = cast("bytes | None", redis.client().getdel(_key(schema, ticket)))
    return _unpacked(schema, orjson.loads(kept)) if kept else None


def _packed(proof: Proof) -> list[str]:
    return ["session", proof.session_key] if isinstance(proof, SessionProof) else ["key", proof.digest.hex()]


def _unpacked(schema: str, kept: list[str]) -> Proof:
    kind, value = kept
    return SessionProof(schema, value) if kind == "session" else KeyProof(schema, bytes.fromhex(value))


def _key(schema: str, ticket: str) -> str:
    return redis.key("ticket", schema, hashlib.sha256(ticket.encode()).hexdigest())
