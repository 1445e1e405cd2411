"""Handing out the bytes of files: to be seen where that is safe, else to be saved; in parts where a player asks."""

import re
from collections.abc import Iterator
from http import HTTPStatus

from django.core.files.base import File
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext_lazy as _

from conversations.filenames import saved_name
from conversations.models import Attachment, StoredFile
from conversations.shapes import may_be_shown
from integrations.storage import store
from integrations.storage.inspection import UNKNOWN
from kernel.errors import NotFound

FOR_GOOD = "private, immutable, max-age=31536000"
"""The address holds the hash of the content, so what it leads to never changes; private: only for this reader."""
POLICY = "sandbox; default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'"
THUMBNAIL_TYPE = "image/webp"
_PIECE = 64 * 1024
_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


def file_response(request: HttpRequest, attachment: Attachment) -> HttpResponseBase:
    """Return the file of an attachment, or the part of it that is asked for. Raises NotFound while it is not here."""
    file = _file_of(attachment)
    shown = may_be_shown(attachment.kind, file.media_type, is_shown=file.is_shown)
    name = saved_name(attachment.filename, kind=attachment.kind, media_type=file.media_type)
    response = _part(request, _opened(file), file.size)
    response["Content-Type"] = file.media_type if shown else UNKNOWN
    response["Content-Disposition"] = content_disposition_header(not shown, name) or "attachment"
    response["Accept-Ranges"] = "bytes"
    response["ETag"] = f'"{file.sha256}"'
    return _guarded(response)


def thumbnail_response(attachment: Attachment) -> HttpResponseBase:
    """Return the small picture of an attachment. Raises NotFound when there is none."""
    file = _file_of(attachment)
    if not file.has_thumbnail:
        raise _nothing()
    try:
        return _guarded(FileResponse(store.open_thumbnail(file.sha256), content_type=THUMBNAIL_TYPE))
    except FileNotFoundError as problem:
        raise _nothing() from problem


def _file_of(attachment: Attachment) -> StoredFile:
    if attachment.file is None:
        raise NotFound(_("This file is not here (yet)."))
    return attachment.file


def _opened(file: StoredFile) -> "File[bytes]":
    try:
        return store.open_file(file.sha256)
    except FileNotFoundError as problem:
        raise _nothing() from problem


def _nothing() -> NotFound:
    return NotFound(_("There is no such file."))


def _guarded(response: HttpResponseBase) -> HttpResponseBase:
    response["Cache-Control"] = FOR_GOOD
    response["Content-Security-Policy"] = POLICY
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _part(request: HttpRequest, opened: "File[bytes]", size: int) -> HttpResponseBase:
    """Answer a request for one range (RFC 9110, 14); for several, or nonsense, the whole."""
    asked = _RANGE.fullmatch(request.headers.get("Range", "").strip())
    if asked is None or asked[0] == "bytes=-":
        response: HttpResponseBase = FileResponse(opened)
        response["Content-Length"] = str(size)
        return response
    first, last = _bounds(asked[1], asked[2], size)
    if first >= size or first > last:
        opened.close()
        return HttpResponse(
            status=HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, headers={"Content-Range": f"bytes */{size}"}
        )
    response = StreamingHttpResponse(_slice(opened, first, last), status=HTTPStatus.PARTIAL_CONTENT)
    response["Content-Range"] = f"bytes {first}-{last}/{size}"
    response["Content-Length"] = str(last - first + 1)
    return response


def _bounds(first: str, last: str, size: int) -> tuple[int, int]:
    if not first:
        return max(size - int(last), 0), size - 1
    return int(first), min(int(last), size - 1) if last else size - 1


def _slice(opened: "File[bytes]", first: int, last: int) -> Iterator[bytes]:
    with opened:
        opened.seek(first)
        left = last - first + 1
        while left and (piece := opened.read(min(_PIECE, left))):
            left -= len(piece)
            yield piece
