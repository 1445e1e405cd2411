"""The envelope around every answer, written by orjson."""

import json
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson
from django.utils.functional import Promise
from rest_framework.renderers import BaseRenderer

from kernel import clocks
from kernel.logs import request_id

VERSION = "v1"
_AS_IS = orjson.OPT_UTC_Z
_SORTED = orjson.OPT_UTC_Z | orjson.OPT_SORT_KEYS


class EnvelopeRenderer(BaseRenderer):
    """Wraps what a view answers: `success`, then `data` and `meta`, or `error`."""

    media_type = "application/json"
    format = "json"
    charset = None  # JSON is UTF-8 (RFC 8259)

    def render(
        self,
        data: object,
        accepted_media_type: str | None = None,  # noqa: ARG002 - the framework's signature
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        """Return the body; an answer without content has none."""
        response = (renderer_context or {}).get("response")
        if getattr(response, "exception", False):
            return error_body(data, getattr(response, "current", None))
        return success_body(data, getattr(response, "meta", None))


def success_body(data: object, meta: Mapping[str, Any] | None = None) -> bytes:
    """Return the bytes of a success; `meta` adds to version, timestamp and request id."""
    base = {"version": VERSION, "timestamp": clocks.rfc3339(clocks.now()), "request_id": request_id.get()}
    return dump({"success": True, "data": data, "meta": {**base, **(meta or {})}})


def error_body(error: object, current: Mapping[str, Any] | None = None) -> bytes:
    """Return the bytes of an error: code, message and details of `error`, with time and request id.

    `current` is the object the request was about, where the error shows it.
    """
    stamp = {"timestamp": clocks.rfc3339(clocks.now()), "request_id": request_id.get()}
    body = {"success": False, "error": {**error, **stamp} if isinstance(error, dict) else stamp}
    return dump(body if current is None else {**body, "data": current})


def dump(value: object, *, sort: bool = False) -> bytes:
    """Return `value` as JSON. Ids and times become text, decimals keep their digits, lazy sentences are spoken.

    `sort` orders the fields of objects, so that equal values give equal bytes.
    """
    try:
        return orjson.dumps(value, default=_plain, option=_SORTED if sort else _AS_IS)
    except TypeError:  # an integer beyond 64 bits, which raw JSON may hold and only the slow way can write
        return json.dumps(value, default=_spoken, ensure_ascii=False, separators=(",", ":"), sort_keys=sort).encode()


def _plain(value: object) -> str:
    if isinstance(value, Promise | Decimal):
        return str(value)
    raise TypeError


def _spoken(value: object) -> str:
    if isinstance(value, datetime):
        return clocks.rfc3339(value)
    return str(value) if isinstance(value, UUID) else _plain(value)
