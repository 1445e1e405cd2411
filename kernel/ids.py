"""Identifiers: UUIDv7, so that they sort by the time they were made."""

from uuid import UUID

import uuid_utils.compat


def new_id() -> UUID:
    """Return a fresh UUIDv7 (RFC 9562); ids made later in one process sort later."""
    return UUID(int=uuid_utils.compat.uuid7().int)
