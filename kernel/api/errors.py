"""Errors of the API: every problem becomes one envelope with a code that programs read and a sentence people read.

What is not a refusal, and not a known exception of the framework, is answered as `INTERNAL` without a word about why.
"""

import sys
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from itertools import islice
from typing import TYPE_CHECKING, Any

import structlog
from django.core.exceptions import (
    BadRequest,
    PermissionDenied,
    RequestDataTooBig,
    SuspiciousOperation,
    TooManyFieldsSent,
)
from django.core.signals import got_request_exception
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.http.request import UnreadablePostError
from django.utils.translation import gettext_lazy as _
from redis.exceptions import RedisError
from rest_framework import exceptions as drf
from rest_framework.response import Response

from kernel.api.parsing import NAMES_LIMIT
from kernel.api.refusals import (
    ApiRefusal,
    Internal,
    Malformed,
    MethodNotAllowed,
    NotAuthenticated,
    PayloadTooLarge,
    RateLimited,
    Unavailable,
    UnsupportedMediaType,
)
from kernel.api.rendering import error_body
from kernel.errors import Forbidden, Invalid, NotFound, Refusal

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

log = structlog.get_logger(__name__)

RETRY_LATER_S = 5
"""Seconds after which a caller may try again when the database was away."""


_TRANSLATIONS: tuple[tuple[tuple[type[Exception], ...], type[Refusal]], ...] = (
    ((drf.ParseError, BadRequest, UnreadablePostError, TooManyFieldsSent), Malformed),
    ((drf.NotAuthenticated, drf.AuthenticationFailed), NotAuthenticated),
    ((drf.PermissionDenied, PermissionDenied), Forbidden),
    ((drf.NotFound, Http404), NotFound),
    ((drf.MethodNotAllowed,), MethodNotAllowed),
    ((drf.UnsupportedMediaType,), UnsupportedMediaType),
    ((drf.Throttled,), RateLimited),
    ((RequestDataTooBig,), PayloadTooLarge),
    ((SuspiciousOperation,), Malformed),
    ((OperationalError, InterfaceError, RedisError), Unavailable),
)
_SENTENCES: "dict[type[Refusal], _StrOrPromise]" = {
    Forbidden: _("You may not do this."),
    NotFound: _("There is nothing here."),
}


def handle(problem: Exception, context: Mapping[str, Any]) -> Response:
    """Turn any exception of a view into the answer; Django REST framework calls this."""
    refusal = refusal_for(problem)
    if isinstance(refusal, Internal):
        log.error("request failed", exc_info=problem)
        got_request_exception.send(sender=handle, request=context.get("request"))
    elif isinstance(refusal, Unavailable):
        log.warning("request refused: a part does not answer", reason=str(problem))
    response = Response(_body(refusal), status=refusal.status, headers=_headers(refusal))
    response.exception = True
    response.current = getattr(refusal, "current", None)  # type: ignore[attr-defined]  # read by the renderer
    return response


def refusal_for(problem: Exception) -> Refusal:
    """Return the refusal an exception stands for; Internal when nobody has thought of it."""
    if isinstance(problem, Refusal):
        return problem
    if isinstance(problem, drf.ValidationError):
        return Invalid(_("Some values cannot be taken."), details=_first(flat(problem.detail)))
    for kinds, refusal in _TRANSLATIONS:
        if isinstance(problem, kinds):
            return refusal(_SENTENCES.get(refusal, ""))
    return Internal()


def flat(detail: object, path: str = "") -> dict[str, list[Any]]:
    """Return the errors of a serializer by dotted field path: `template.body.1`; of the whole under `body`."""
    if isinstance(detail, Mapping):
        return _merged(flat(inner, _step(path, name)) for name, inner in detail.items())
    items = detail if isinstance(detail, list) else [detail]
    if any(isinstance(item, Mapping | list) for item in items):
        return _merged(flat(item, _step(path, position)) for position, item in enumerate(items) if item)
    return {path or "body": list(items)}


def _first(details: dict[str, list[Any]]) -> dict[str, list[Any]]:
    """Return as many as an error names: an answer does not grow with the nonsense of its request."""
    return dict(islice(details.items(), NAMES_LIMIT))


def _step(path: str, name: object) -> str:
    if name == "non_field_errors":
        return path
    return f"{path}.{name}" if path else str(name)


def _merged(parts: Iterable[dict[str, list[Any]]]) -> dict[str, list[Any]]:
    merged: dict[str, list[Any]] = {}
    for part in parts:
        for name, sentences in part.items():
            merged.setdefault(name, []).extend(sentences)
    return merged


def answer(refusal: Refusal) -> HttpResponse:
    """Return the envelope of a refusal for code outside views: middleware, and the handlers below."""
    return HttpResponse(
        error_body(_body(refusal)),
        status=refusal.status,
        content_type="application/json",
        headers=_headers(refusal) | {"Cache-Control": "no-store"},
    )


def is_api(request: HttpRequest) -> bool:
    """Tell whether a request asks the API, whose problems are envelopes instead of pages."""
    return request.path_info.startswith("/api/")


def not_found(_request: HttpRequest, _problem: Exception | None = None) -> HttpResponse:
    """Answer an address of the API that does not exist; Django's `handler404` calls this for API requests."""
    return answer(NotFound(_SENTENCES[NotFound]))


def server_error(_request: HttpRequest) -> HttpResponse:
    """Answer a failure outside any view; Django's `handler500` calls this for API requests and has logged it.

    It is called while the exception is being handled, so a database that is away is told from a fault.
    """
    problem = sys.exc_info()[1]
    refusal = refusal_for(problem) if isinstance(problem, Exception) else Internal()
    return answer(refusal if isinstance(refusal, Unavailable) else Internal())


def _body(refusal: Refusal) -> dict[str, Any]:
    details = {name: [str(sentence) for sentence in sentences] for name, sentences in refusal.details.items()}
    return {"code": refusal.code, "message": str(refusal.message), "details": details}


def _headers(refusal: Refusal) -> dict[str, str]:
    headers = dict(refusal.headers) if isinstance(refusal, ApiRefusal) else {}
    if refusal.status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = 'Bearer realm="redress"'
    if refusal.status == HTTPStatus.SERVICE_UNAVAILABLE:
        headers.setdefault("Retry-After", str(RETRY_LATER_S))
    return headers
