"""Reading request bodies: JSON only, bounded in size and depth, and nothing in it that would be lost or bite later."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import IO, Any

import orjson
from django.conf import settings
from django.core.files.uploadhandler import FileUploadHandler
from django.http import QueryDict
from django.utils.translation import gettext as _
from rest_framework.parsers import BaseParser, MultiPartParser

from kernel.api.refusals import Malformed, PayloadTooLarge, UploadTooLarge

DEPTH_LIMIT = 32
"""Levels of objects and lists inside each other."""


NAME_LENGTH = 80
NAMES_LIMIT = 20
"""Fields an error names at most: an answer does not grow with the nonsense of its request."""


def named(names: Iterable[str], sentence: str) -> dict[str, list[str]]:
    """Return the details of an error that says the same about several fields."""
    return {name[:NAME_LENGTH]: [sentence] for name in sorted(names)[:NAMES_LIMIT]}


class JSONParser(BaseParser):
    """Reads `application/json` in UTF-8 whose top level is an object."""

    media_type = "application/json"

    def parse(
        self,
        stream: IO[bytes],
        media_type: str | None = None,  # noqa: ARG002 - the framework's signature
        parser_context: Mapping[str, Any] | None = None,  # noqa: ARG002 - the framework's signature
    ) -> dict[str, Any]:
        """Return the body. Raises PayloadTooLarge, or Malformed with what is wrong and where."""
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        raw = stream.read(limit + 1)
        if len(raw) > limit:
            raise PayloadTooLarge
        return read_object(raw)


class FormParser(MultiPartParser):
    """Reads `multipart/form-data` with files; how much is taken is decided before the first byte is read."""

    def parse(
        self, stream: IO[bytes], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:  # noqa: ANN401 - the framework's
        """Return fields and files. Raises UploadTooLarge."""
        require_small_enough(parser_context["request"].META if parser_context else {})
        return super().parse(stream, media_type, parser_context)


def require_small_enough(meta: Mapping[str, Any]) -> None:
    """Raise UploadTooLarge for a form that says it is larger than any file we take."""
    length = str(meta.get("CONTENT_LENGTH") or "0")
    if not length.isdigit() or int(length) > settings.UPLOAD_MAX_BYTES:
        raise UploadTooLarge


class CappedUpload(FileUploadHandler):
    """Refuses a form that is too large before any of it is kept, whoever reads it first."""

    def handle_raw_input(
        self,
        input_data: object,  # noqa: ARG002 - Django's signature
        META: Mapping[str, Any],  # noqa: N803 - the same
        content_length: int,  # noqa: ARG002
        boundary: Any,  # noqa: ANN401, ARG002
        encoding: str | None = None,  # noqa: ARG002
    ) -> None:
        """Look at the length only. Raises UploadTooLarge."""
        require_small_enough(META)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:  # noqa: ARG002 - Django's signature
        """Hand the bytes on."""
        return raw_data

    def file_complete(self, file_size: int) -> None:
        """Leave the file to the next handler."""


def form_object(data: QueryDict) -> dict[str, Any]:
    """Return the fields and files of a form, each at most once. Raises Malformed."""
    twins = [name for name, values in data.lists() if len(values) > 1]
    if twins:
        raise Malformed(_("A field is given twice."), details=named(twins, _("This field is given twice.")))
    return data.dict()


def read_object(raw: bytes) -> dict[str, Any]:
    """Return the JSON object in `raw`; an empty body is an empty object. Raises Malformed."""
    if not raw.strip():
        return {}
    value = _strict(raw)
    if not isinstance(value, dict):
        raise Malformed(_("The body has to be a JSON object."))
    if _deeper_than(DEPTH_LIMIT, value):
        raise Malformed(_("The body is nested more than 32 levels deep."))
    # The fast reader above keeps the last of two fields with one name; this one, with all limits known to hold, tells.
    checked: dict[str, Any] = json.loads(raw, object_pairs_hook=_without_twins)
    if b"\\u0000" in raw and _has_nul(checked):
        raise Malformed(_("Text must not contain the character U+0000."))
    return checked


def _strict(raw: bytes) -> object:
    """Read as RFC 8259 says: UTF-8, no NaN, no lone surrogates, no control characters in text."""
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError as problem:
        where = {"line": str(problem.lineno), "column": str(problem.colno)}
        raise Malformed(
            _("The body is not valid JSON (line %(line)s, column %(column)s).") % where,
        ) from problem


def _without_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        times = Counter(name for name, _value in pairs)
        twins = [name for name, count in times.items() if count > 1]
        raise Malformed(_("A field is given twice."), details=named(twins, _("This field is given twice.")))
    return found


def _deeper_than(limit: int, value: object) -> bool:
    level: list[Any] = [value]
    for _step in range(limit):
        level = [child for container in level for child in _values(container) if isinstance(child, dict | list)]
        if not level:
            return False
    return True


def _has_nul(value: object) -> bool:
    if isinstance(value, str):
        return "\0" in value
    if isinstance(value, dict):
        return any("\0" in name for name in value) or any(map(_has_nul, value.values()))
    return isinstance(value, list) and any(map(_has_nul, value))


def _values(container: dict[str, Any] | list[Any]) -> Iterable[Any]:
    return container.values() if isinstance(container, dict) else container
