"""Proof that a webhook comes from the vendor: HMAC-SHA256 of the raw bytes under the app secret."""

import hashlib
import hmac

HEADER = "X-Hub-Signature-256"
_SCHEME = "sha256="


def sign(secret: str, raw: bytes) -> str:
    """Return the header value for a body: `sha256=<hex>`."""
    return _SCHEME + hmac.new(secret.encode(), raw, hashlib.sha256).hexdigest()


def matches(secret: str, raw: bytes, header: str | bytes | None) -> bool:
    """Tell whether `header` proves `raw` came from a holder of `secret`; constant time, false for any garbage."""
    if not header or not secret:
        return False
    shown = header if isinstance(header, bytes) else header.encode("utf-8", "replace")
    return hmac.compare_digest(sign(secret, raw).encode(), shown.strip().lower())
