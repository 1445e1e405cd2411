"""Who is calling: the one value that authentication hands to everything behind it."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, Protocol
from uuid import UUID

from kernel.actors import Actor, ActorKind


class RateClass(StrEnum):
    """The kinds of caller that have limits of their own."""

    API = "api"
    """A program with a key."""
    BROWSER = "browser"
    """A person with a session."""
    INGEST = "ingest"
    """Bulk routes of vendors."""
    ANONYMOUS = "anonymous"
    """Nobody we know, counted by address."""


class Proof(Protocol):
    """What a caller came in with, so that whatever stays open can ask again whether it still counts."""

    def holds(self) -> bool:
        """Tell whether the caller would be let in now. Uses the database: call it in the public schema."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """A caller whose credentials were checked: a member with a session, or a program with a key of this tenant.

    `scopes` are what it may do here, for a member the scopes of the role. `per_minute` and `per_hour` are its request
    limits after plan, entitlements and overrides; None leaves the hour unlimited.
    """

    schema: str
    kind: Literal["member", "api_key"]
    id: UUID
    """Of the member or of the key."""
    member_id: UUID | None
    """The person behind it; None for a key, which is nobody's inbox."""
    role: str
    """Empty for a key."""
    scopes: frozenset[str]
    rate_class: RateClass
    per_minute: int
    per_hour: int | None = None
    tenant_per_minute: int | None = None
    """What all keys of the tenant share; None for callers who share nothing."""
    operator_id: UUID | None = None
    """The operator who looks with this member's eyes."""

    @property
    def actor(self) -> Actor:
        """Return the author that actions and events record."""
        if self.operator_id is not None:
            return Actor(ActorKind.OPERATOR, str(self.operator_id))
        return Actor(ActorKind.MEMBER if self.kind == "member" else ActorKind.API_KEY, str(self.id))

    @property
    def is_authenticated(self) -> bool:
        """Tell Django REST framework that somebody is there."""
        return True

    @property
    def is_active(self) -> bool:
        """Tell Django that the account was checked: authentication refuses inactive ones."""
        return True

    @property
    def pk(self) -> UUID:
        """Return the id under the name Django REST framework uses."""
        return self.id

    def may(self, scope: str) -> bool:
        """Tell whether this caller holds a scope (`messages:write`)."""
        return scope in self.scopes
