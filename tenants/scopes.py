"""What keys and roles may do: one list of scopes for both."""

from typing import Final

from tenants.enums import Role

READ: Final = frozenset(
    {
        "contacts:read", "conversations:read", "messages:read", "outlets:read", "templates:read", "team:read",
        "events:read", "health:read", "api-keys:read", "tags:read", "settings:read", "canned-replies:read",
        "jobs:read",
    }
)  # fmt: skip
WRITE: Final = frozenset(
    {
        "contacts:write", "conversations:write", "messages:write", "outlets:write", "team:write", "api-keys:write",
        "tags:write", "settings:write", "canned-replies:write", "jobs:write",
    }
)  # fmt: skip
SCOPES: Final = READ | WRITE

ROLE_SCOPES: Final[dict[str, frozenset[str]]] = {
    Role.OWNER: SCOPES,
    Role.ADMIN: SCOPES,
    Role.AGENT: (READ - {"api-keys:read"})
    | {
        "contacts:write",
        "conversations:write",
        "messages:write",
        "canned-replies:write",
        "jobs:write",
    },
    Role.VIEWER: READ - {"api-keys:read"},
}
"""A person's scopes are those of the role in this tenant, nothing else."""


BORROWED: Final = READ - {"api-keys:read"}
"""The most an operator may do who looks with a member's eyes: no write, no key."""

MANAGING: Final = frozenset({"api-keys:read", "api-keys:write", "outlets:write", "settings:write", "team:write"})
"""What changes how the tenant works; only from its listed networks, when it lists any."""


def unknown_scopes(scopes: frozenset[str]) -> list[str]:
    """Return the words that are no scope, sorted."""
    return sorted(scopes - SCOPES)
