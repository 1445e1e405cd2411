"""`Idempotency-Key`: a `POST` that is sent again is answered again, and done once.

The key's row, the work and the stored answer are ONE transaction of the tenant's database. A crash at any point
leaves either all of it (the next try gets the stored answer) or nothing (the next try does the work): there is no
state "begun, nobody knows how it ended", which a store beside the database could not avoid. A second request with the
same key while the first still runs finds its advisory lock taken and is told so at once.

What is stored: every answer of the work itself, success or refusal. Not stored, so that the same key can be used
again: a request that was never understood (400), and a failure of ours (5xx), after which nothing was done.
Source: draft-ietf-httpapi-idempotency-key-header-07; the key may come without its quotes, as other vendors take it.
"""

import hashlib
import re
from collections.abc import Callable
from datetime import timedelta
from http import HTTPStatus
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import connection, transaction
from django.http import HttpResponse, QueryDict
from django.utils.translation import gettext_lazy as _
from rest_framework.request import Request
from rest_framework.response import Response

from kernel import clocks
from kernel.api.models import IdempotentRequest
from kernel.api.principal import Principal
from kernel.api.refusals import ApiRefusal
from kernel.api.rendering import dump
from kernel.errors import Invalid, Refusal

HEADER = "Idempotency-Key"
KEPT = timedelta(hours=24)
_QUOTED = re.compile(r'"((?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])+)"')
_BARE = re.compile(r"[\x21\x23-\x7e]+")
_KEY_LENGTH = 255


class IdempotencyMismatch(ApiRefusal):
    """The key was used before with another body or query."""

    code = "IDEMPOTENCY_MISMATCH"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    sentence = _("This Idempotency-Key was used for another request.")


class IdempotencyInFlight(ApiRefusal):
    """The first request with this key is still running; try again in a second."""

    code = "IDEMPOTENCY_IN_FLIGHT"
    status = HTTPStatus.CONFLICT
    sentence = _("The first request with this Idempotency-Key is still running.")

    def __init__(self) -> None:
        super().__init__(headers={"Retry-After": "1"})


def once(
    request: Request, principal: Principal, work: Callable[[], Response], refuse: Callable[[Refusal], Response]
) -> HttpResponse:
    """Return the answer of `work`, or the stored one of an earlier request with the same key.

    `work` and `refuse` return rendered answers. Without the header it just works. Raises Invalid for a key that
    cannot be one, IdempotencyMismatch, IdempotencyInFlight, and whatever `work` raises.
    """
    given = request.headers.get(HEADER)
    if given is None:
        return work()
    digest = _digest(request, principal, read_key(given))
    fingerprint = _fingerprint(request)
    with transaction.atomic():
        _lock(digest)
        return _replay(digest, fingerprint) or _first(digest, fingerprint, work, refuse)


def read_key(given: str) -> str:
    """Return the key of a header value, quoted or bare. Raises Invalid."""
    quoted = _QUOTED.fullmatch(given)
    key = re.sub(r"\\(.)", r"\1", quoted[1]) if quoted else given
    if not (quoted or _BARE.fullmatch(given)) or len(key) > _KEY_LENGTH:
        sentence = _("Use 1 to 255 printable ASCII characters.")
        raise Invalid(_("The Idempotency-Key cannot be used."), details={HEADER: [sentence]})
    return key


def forget_expired() -> int:
    """Drop the answers of the current tenant that are kept no longer; returns how many."""
    forgotten, _by_model = IdempotentRequest.objects.filter(created_at__lt=clocks.now() - KEPT).delete()
    return forgotten


def _digest(request: Request, principal: Principal, key: str) -> str:
    path = request.path.rstrip("/")
    scope = [principal.schema, principal.kind, str(principal.id), request.method, path, key]
    return hashlib.sha256(dump(scope)).hexdigest()


def _fingerprint(request: Request) -> str:
    given: Any = request.data  # our parsers make objects
    data: dict[str, Any] = given.dict() if isinstance(given, QueryDict) else given
    named = {name: _file_digest(value) if isinstance(value, UploadedFile) else value for name, value in data.items()}
    return hashlib.sha256(dump([sorted(request.query_params.items()), named], sort=True)).hexdigest()


def _file_digest(file: "UploadedFile[Any]") -> list[str | None]:
    digest = hashlib.sha256()
    for piece in file.chunks():
        digest.update(piece)
    file.seek(0)
    return [file.name, digest.hexdigest()]


def _lock(digest: str) -> None:
    number = int.from_bytes(bytes.fromhex(digest[:16]), signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s::bigint)", [number])
        (taken,) = cursor.fetchone()
    if not taken:
        raise IdempotencyInFlight


def _replay(digest: str, fingerprint: str) -> HttpResponse | None:
    known = IdempotentRequest.objects.filter(digest=digest).first()
    if known is None:
        return None
    if known.created_at < clocks.now() - KEPT:
        known.delete()
        return None
    if known.fingerprint != fingerprint:
        raise IdempotencyMismatch
    replayed = HttpResponse(known.body, status=known.status, content_type="application/json")
    replayed["Idempotency-Replayed"] = "true"
    if known.location:
        replayed["Location"] = known.location
    return replayed


def _first(
    digest: str, fingerprint: str, work: Callable[[], Response], refuse: Callable[[Refusal], Response]
) -> Response:
    IdempotentRequest.objects.create(digest=digest, fingerprint=fingerprint, created_at=clocks.now())
    try:
        with transaction.atomic():
            response = work()
    except Refusal as refusal:
        if not HTTPStatus.BAD_REQUEST < refusal.status < HTTPStatus.INTERNAL_SERVER_ERROR:
            raise
        response = refuse(refusal)
    IdempotentRequest.objects.filter(digest=digest).update(
        status=response.status_code, location=response.headers.get("Location", ""), body=response.content.decode()
    )
    return response
