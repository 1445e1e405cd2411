"""Compressed answers: brotli, zstd or gzip, as the client would rather have it (RFC 9110, 12.5.3).

What is left as it is: what is shorter than a packet, what is packed already (pictures, archives), streams, and answers
that tell a secret once. The lengths of those must not tell anything (BREACH); of pages they may: the CSRF token in them
is masked anew each time, and a foreign site cannot make a browser ask for them with its cookie (`SameSite=Lax`).
"""

import gzip
import re
from collections.abc import Callable
from functools import lru_cache

import brotli  # type: ignore[import-untyped]  # has no types
import zstandard
from django.http import HttpRequest, HttpResponseBase
from django.http.response import HttpResponse
from django.utils.cache import patch_vary_headers

from kernel.api.tags import with_coding

SMALLEST = 1_400
"""Bytes that fit into one packet anyway."""
TEXTUAL = re.compile(r"text/(?!event-stream)|(application|image)/([\w.+-]*\+)?(json|xml|yaml|javascript|svg\+xml)")
BROTLI_QUALITY, ZSTD_LEVEL, GZIP_LEVEL = 4, 3, 6
"""Where one more step costs more time than it saves on the wire."""
_PREFERENCE = re.compile(r"\s*([\w*-]+)\s*(?:;\s*q\s*=\s*([01](?:\.\d{0,3})?)\s*)?")
UNCOMPRESSED = "is_secret"
"""Set on an answer that must not be compressed."""


def _brotli(content: bytes) -> bytes:
    packed: bytes = brotli.compress(content, quality=BROTLI_QUALITY)
    return packed


def _zstd(content: bytes) -> bytes:
    return zstandard.ZstdCompressor(level=ZSTD_LEVEL).compress(content)


def _gzip(content: bytes) -> bytes:
    return gzip.compress(content, GZIP_LEVEL, mtime=0)


CODINGS: dict[str, Callable[[bytes], bytes]] = {"br": _brotli, "zstd": _zstd, "gzip": _gzip}
"""By our preference; the client's goes before it."""


@lru_cache(maxsize=256)
def coding_for(accepted: str) -> str:
    """Return the coding a client wants most of those we have, "" for none; equal wishes are decided by us."""
    wishes = _wishes(accepted)
    others = wishes.get("*", 0.0)
    best = max(CODINGS, key=lambda coding: wishes.get(coding, others))
    wanted = wishes.get(best, others)
    return best if wanted > 0 and wanted >= wishes.get("identity", 0.0) else ""


def _wishes(accepted: str) -> dict[str, float]:
    """Return what `Accept-Encoding` says about each coding; what cannot be read says nothing."""
    read = [_PREFERENCE.fullmatch(one) for one in accepted.lower().split(",")]
    return {found[1]: min(float(found[2] or 1), 1.0) for found in read if found}


class CompressionMiddleware:
    """Compresses the answer to whoever can read it so, and says that the answer depends on that."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer, compressed where that helps."""
        response = self.get_response(request)
        if not isinstance(response, HttpResponse) or not _may_be_compressed(response):
            return response
        patch_vary_headers(response, ["Accept-Encoding"])
        coding = coding_for(request.headers.get("Accept-Encoding", "")[:200])
        if coding and len(response.content) >= SMALLEST:
            _compress(response, coding)
        return response


def _may_be_compressed(response: HttpResponse) -> bool:
    textual = TEXTUAL.match(response.headers.get("Content-Type", "")) is not None
    return textual and not response.has_header("Content-Encoding") and not getattr(response, UNCOMPRESSED, False)


def _compress(response: HttpResponse, coding: str) -> None:
    response.content = CODINGS[coding](response.content)
    response["Content-Encoding"], response["Content-Length"] = coding, str(len(response.content))
    if response.has_header("ETag"):
        response["ETag"] = with_coding(response["ETag"], coding)
