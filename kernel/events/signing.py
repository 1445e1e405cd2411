"""Signatures over heads: what shows a history that was cut or rewritten together with its anchor."""

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime

from django.conf import settings

from kernel.events.canonical import encode, instant


def _keys() -> Mapping[str, bytes]:
    """Return the signing keys by id; the first of the setting signs, the others still verify."""
    keys = [key.strip().encode() for key in settings.AUDIT_SIGNING_KEY.split(",") if key.strip()]
    return {hashlib.sha256(b"redress.key-id:" + key).hexdigest()[:16]: key for key in keys}


def current_key_id() -> str:
    """Return the id of the key that signs."""
    return next(iter(_keys()))


def sign_head(schema: str, seq: int, head_hash: bytes, at: datetime) -> bytes:
    """Return the HMAC-SHA256 of a head under the key that signs."""
    return _mac(_keys()[current_key_id()], schema, seq, head_hash, at)


def is_signed(key_id: str, signature: bytes, *, schema: str, seq: int, head_hash: bytes, at: datetime) -> bool:
    """Tell whether a signature is ours and over exactly this head. An unknown key is not ours."""
    key = _keys().get(key_id)
    return key is not None and hmac.compare_digest(signature, _mac(key, schema, seq, head_hash, at))


def _mac(key: bytes, schema: str, seq: int, head_hash: bytes, at: datetime) -> bytes:
    body = encode({"at": instant(at), "hash": head_hash.hex(), "schema": schema, "seq": seq})
    return hmac.digest(key, body, "sha256")
