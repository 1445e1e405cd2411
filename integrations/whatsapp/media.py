"""Downloading what customers sent: the access token goes only to hosts on a list, and nowhere by redirect.

The list is the setting `WHATSAPP_MEDIA_HOSTS`. A host (`lookaside.fbsbx.com`) or the hosts below one (`*.fbcdn.net`)
are reached by https at addresses of the public internet. A whole origin (`http://127.0.0.1:9000`) is what an operator
names on purpose, such as an emulator: exactly that one, wherever it is.
"""

import base64
import binascii
from contextlib import closing
from dataclasses import dataclass
from http import HTTPStatus
from typing import BinaryIO
from urllib.parse import SplitResult, urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

from integrations import http
from integrations.breaker import Breaker
from integrations.errors import Fate, VendorError
from integrations.whatsapp import answers
from integrations.whatsapp.errors import reason_for

VENDOR = "whatsapp_media"
TOO_LARGE, HOST_REFUSED, GONE, DAMAGED = "FILE_TOO_LARGE", "FILE_HOST_REFUSED", "FILE_GONE", "FILE_DAMAGED"
TIMEOUT = 120.0
"""Seconds for a whole download: 100 MB over a line of 7 Mbit/s."""
_SHA256_BYTES = 32
_HTTPS_PORT = 443


@dataclass(frozen=True, slots=True)
class MediaInfo:
    """Where the vendor keeps a file, for about five minutes. `sha256` in hex, empty when it was not said."""

    url: str
    mime_type: str
    sha256: str


def download(url: str, *, tenant: str, token: str, into: BinaryIO, max_bytes: int) -> None:
    """Write a customer's file into `into`. Raises VendorError; looking it up and loading it again does no harm."""
    Breaker(VENDOR, tenant).call(lambda: _download(url, token, into, max_bytes))


def _download(url: str, token: str, into: BinaryIO, max_bytes: int) -> None:
    parts, named_by_operator = _trusted(url)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    headers = {"authorization": f"Bearer {token}", "user-agent": "Redress"}
    door = http.HttpClient(f"{parts.scheme}://{parts.netloc}", operator_url=named_by_operator, timeout=TIMEOUT)
    with closing(door):
        try:
            answer = door.download(path, into=into, max_bytes=max_bytes, headers=headers)
        except http.TooLargeError as error:
            raise refused(TOO_LARGE, str(error)) from error
        except http.ForbiddenAddressError as error:
            raise refused(HOST_REFUSED, str(error)) from error
        except http.NotReachedError as error:
            raise answers.unreachable(str(error)) from error
        except http.AnswerLostError as error:
            raise answers.lost(str(error), harmless=True) from error
    _judge(answer)


def _judge(answer: http.Answer) -> None:
    """Raise VendorError unless the file came. An address that has died is looked up again by the next try."""
    if answer.status == HTTPStatus.OK:
        return
    if HTTPStatus.MULTIPLE_CHOICES <= answer.status < HTTPStatus.BAD_REQUEST:
        raise refused(HOST_REFUSED, f"redirected by HTTP {answer.status}")
    raise VendorError(
        code=f"HTTP_{answer.status}",
        reason=_("The file could not be loaded."),
        retryable=True,
        fate=Fate.NOT_SENT,
        outage=answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR,
    )


def _trusted(url: str) -> tuple[SplitResult, bool]:
    """Return the parts of an address on the list, and whether the operator named this very origin.

    Raises VendorError for every other address, before anything is sent.
    """
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").lower(), parts.port or _HTTPS_PORT
    except ValueError as error:
        raise refused(HOST_REFUSED, "no address") from error
    if parts.username is None and f"{parts.scheme}://{parts.netloc.lower()}" in settings.WHATSAPP_MEDIA_HOSTS:
        return parts, True
    is_plain = parts.scheme == "https" and port == _HTTPS_PORT and parts.username is None
    if is_plain and any(_covers(entry, host) for entry in settings.WHATSAPP_MEDIA_HOSTS):
        return parts, False
    raise refused(HOST_REFUSED, host[:200])


def _covers(entry: str, host: str) -> bool:
    return host == entry or (entry.startswith("*.") and host.endswith(entry[1:]))


def refused(code: str, detail: str = "", *, retryable: bool = False) -> VendorError:
    """Return the error for a file that was not had; most will not be had by trying again either."""
    return VendorError(code=code, reason=reason_for(code), retryable=retryable, fate=Fate.NOT_SENT, detail=detail)


def damaged() -> VendorError:
    """Return the error for bytes that are not those the vendor speaks of; another try may bring the right ones."""
    return refused(DAMAGED, retryable=True)


def hex_digest(told: str) -> str:
    """Return a SHA-256 in hex, which the vendor writes in hex or in base64; empty for what is neither."""
    raw = _from_hex(told) or _from_base64(told)
    return raw.hex() if len(raw) == _SHA256_BYTES else ""


def _from_hex(told: str) -> bytes:
    try:
        raw = bytes.fromhex(told)
    except ValueError:
        return b""
    return raw if len(raw) == _SHA256_BYTES else b""


def _from_base64(told: str) -> bytes:
    try:
        return base64.b64decode(told.encode(), altchars=b"-_" if {"-", "_"} & set(told) else None, validate=True)
    except (binascii.Error, UnicodeEncodeError):
        return b""
