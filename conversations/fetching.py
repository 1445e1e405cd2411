"""Bringing a customer's file here: look it up, load it from a trusted host, prove it, see what it is, keep it."""

import tempfile
from datetime import datetime
from typing import BinaryIO
from uuid import UUID

from conversations import actions
from conversations.types import FetchFailure, FileFacts, Line, ToFetch
from integrations.errors import NotTried, VendorError
from integrations.storage import store
from integrations.storage.inspection import Inspection, inspect
from integrations.storage.store import Digest
from integrations.whatsapp import media
from integrations.whatsapp.client import WhatsAppClient
from kernel.tenancy import current_schema


def client_of(line: Line) -> WhatsAppClient:
    """Return the client of one outlet of the current tenant."""
    return WhatsAppClient(
        tenant=current_schema(),
        phone_number_id=line.phone_number_id,
        access_token=line.access_token,
        version=line.graph_version or None,
    )


def fetch(attachment_id: UUID) -> datetime | None:
    """Fetch one file; returns when to try again, None when its fate is known. Safe to run twice."""
    claimed = actions.claim_attachment(attachment_id)
    if claimed is None:
        return None
    try:
        facts = _bring(claimed)
    except VendorError as problem:
        return actions.record_fetch_failure(attachment_id, _failure_of(problem))
    actions.record_fetched(attachment_id, facts)
    return None


def _bring(claimed: ToFetch) -> FileFacts:
    client = client_of(claimed.line)
    info = client.look_up_media(claimed.vendor_id)
    with tempfile.TemporaryFile() as loaded:
        client.download_media(info, into=loaded, max_bytes=claimed.max_bytes)
        return keep(loaded, frozenset({info.sha256, media.hex_digest(claimed.sha256)} - {""}))


def keep(file: BinaryIO, promised: frozenset[str] = frozenset()) -> FileFacts:
    """Keep a file in the current tenant's storage and return what it is.

    Raises VendorError when its hash is not every one that was `promised` (SHA-256 in hex).
    """
    digest, seen = facts_of(file)
    if not promised <= {digest.sha256}:
        raise media.damaged()
    return kept(file, digest, seen)


def facts_of(file: BinaryIO) -> tuple[Digest, Inspection]:
    """Return what a file is, before it is kept."""
    return store.digest_of(file), inspect(file)


def kept(file: BinaryIO, digest: Digest, seen: Inspection) -> FileFacts:
    """Keep a file that was looked at, and return what it is."""
    store.keep(file, digest)
    if seen.thumbnail:
        store.keep_thumbnail(digest.sha256, seen.thumbnail)
    return FileFacts(
        sha256=digest.sha256,
        size=digest.size,
        media_type=seen.media_type,
        is_shown=seen.is_shown,
        width=seen.width,
        height=seen.height,
        is_animated=seen.is_animated,
        has_thumbnail=seen.thumbnail is not None,
    )


def _failure_of(problem: VendorError) -> FetchFailure:
    return FetchFailure(
        code=problem.code[:40],
        retryable=problem.retryable,
        counts=not isinstance(problem, NotTried),
        retry_after=problem.retry_after,
    )
