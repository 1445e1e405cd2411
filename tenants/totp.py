"""Codes of authenticator apps: RFC 6238 with SHA-1, six digits and steps of 30 seconds, as every app understands."""

import base64
import hmac
import secrets
import struct
from datetime import datetime
from urllib.parse import quote, urlencode

import segno
from django.utils.crypto import constant_time_compare

STEP_S = 30
DIGITS = 6
DRIFT = 1
"""Steps a clock may be wrong, either way."""
SECRET_BYTES = 20


def new_secret() -> str:
    """Return a fresh secret as apps take it typed in."""
    return base64.b32encode(secrets.token_bytes(SECRET_BYTES)).decode()


def code_at(secret: str, step: int) -> str:
    """Return the code of one step."""
    digest = hmac.digest(base64.b32decode(secret), struct.pack(">Q", step), "sha1")
    start = digest[-1] & 0xF
    (number,) = struct.unpack(">I", digest[start : start + 4])
    return f"{(number & 0x7FFFFFFF) % 10**DIGITS:0{DIGITS}}"


def step_of(moment: datetime) -> int:
    """Return the step a moment is in."""
    return int(moment.timestamp()) // STEP_S


def matching_step(secret: str, code: str, now: datetime, after: int) -> int | None:
    """Return the step a code belongs to, None for a wrong, old or used one: only steps after `after` count."""
    current = step_of(now)
    found = [
        step
        for step in range(current - DRIFT, current + DRIFT + 1)
        if constant_time_compare(code_at(secret, step), code) and step > after
    ]
    return found[0] if found else None


def address(secret: str, account: str, issuer: str) -> str:
    """Return the address that apps read from a QR code."""
    label = quote(f"{issuer}:{account}")
    return f"otpauth://totp/{label}?{urlencode({'secret': secret, 'issuer': issuer, 'period': STEP_S})}"


def spaced(secret: str) -> str:
    """Return a secret as people type it in."""
    return " ".join(secret[start : start + 4] for start in range(0, len(secret), 4))


def picture(secret: str, account: str, issuer: str) -> str:
    """Return the QR code as a `data:` address: black on white in either theme, because cameras want it so."""
    made: str = segno.make(address(secret, account, issuer), error="m").svg_data_uri(
        scale=4, border=3, dark="#000", light="#fff"
    )
    return made
