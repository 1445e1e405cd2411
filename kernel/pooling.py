"""The in-process pool of database connections: how large, how old, and what a returned connection forgets."""

from typing import Any

import psycopg

LONGEST_LIFE_S = 600
"""A backend's memory grows with every tenant it meets and never shrinks (5.6 MB at 10 tenants, 282 MB at 1,000)."""
WAIT_S = 5.0
"""How long a request waits for a free connection before it is refused."""


def pool_options(size: int) -> dict[str, Any]:
    """Return Django's `OPTIONS["pool"]` for at most `size` connections."""
    return {
        "min_size": min(2, size),
        "max_size": size,
        "max_lifetime": LONGEST_LIFE_S,
        "timeout": WAIT_S,
        "reset": forget_tenant,
    }


def forget_tenant(connection: psycopg.Connection[Any]) -> None:
    """Empty the search path of a connection that goes back to the pool.

    Without it the next user that goes round Django's wrapper would work in the previous tenant's schema.
    """
    connection.autocommit = True
    connection.execute("SET search_path = ''")
