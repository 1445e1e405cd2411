import json

import pytest
from django.core.exceptions import BadRequest, PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.db import IntegrityError, OperationalError
from django.http import Http404
from django.test import RequestFactory
from redis.exceptions import ConnectionError as RedisConnectionError
from rest_framework import exceptions as drf

from kernel.api.errors import answer, flat, handle, is_api, not_found, refusal_for, server_error
from kernel.api.refusals import Malformed, NotAuthenticated, RateLimited, Unavailable
from kernel.errors import Conflict, Invalid, NotFound

CASES: list[tuple[Exception, str, int]] = [
    (NotFound("x"), "NOT_FOUND", 404),
    (Conflict("x"), "CONFLICT", 409),
    (Invalid("x"), "VALIDATION_ERROR", 400),
    (drf.ValidationError({"a": ["b"]}), "VALIDATION_ERROR", 400),
    (drf.ParseError(), "MALFORMED", 400),
    (drf.NotAuthenticated(), "NOT_AUTHENTICATED", 401),
    (drf.AuthenticationFailed(), "NOT_AUTHENTICATED", 401),
    (drf.PermissionDenied(), "FORBIDDEN", 403),
    (PermissionDenied(), "FORBIDDEN", 403),
    (Http404(), "NOT_FOUND", 404),
    (drf.MethodNotAllowed("TRACE"), "METHOD_NOT_ALLOWED", 405),
    (drf.UnsupportedMediaType("text/plain"), "UNSUPPORTED_MEDIA_TYPE", 415),
    (drf.Throttled(), "RATE_LIMITED", 429),
    (RequestDataTooBig(), "PAYLOAD_TOO_LARGE", 413),
    (SuspiciousOperation(), "MALFORMED", 400),
    (BadRequest(), "MALFORMED", 400),
    (OperationalError(), "UNAVAILABLE", 503),
    (RedisConnectionError(), "UNAVAILABLE", 503),
    (IntegrityError("duplicate key value (phone)=(+13055550142)"), "INTERNAL", 500),
    (ZeroDivisionError("secret detail"), "INTERNAL", 500),
]


@pytest.mark.parametrize(("problem", "code", "status"), CASES)
def test_every_exception_becomes_one_envelope(problem, code, status):
    response = handle(problem, {})

    assert response.status_code == status
    assert response.exception is True
    assert response.data["code"] == code
    assert set(response.data) == {"code", "message", "details"}
    assert response.data["message"] not in {"", "x y"}


def test_internal_error_says_nothing_about_its_cause_and_logs_it(caplog):
    response = handle(ZeroDivisionError("secret detail"), {})

    assert "secret" not in json.dumps(response.data)
    assert "ZeroDivisionError" in caplog.text


def test_refusal_is_answered_without_a_log_line(caplog):
    handle(Conflict("taken"), {})

    assert caplog.text == ""


def test_flat_names_fields_by_dotted_path():
    detail = {
        "template": {"body": {"1": ["too long"]}, "non_field_errors": ["odd"]},
        "tags": [{}, {"name": ["empty"]}],
        "non_field_errors": ["all wrong"],
        "text": ["a", "b"],
    }

    assert flat(detail) == {
        "template.body.1": ["too long"],
        "template": ["odd"],
        "tags.1.name": ["empty"],
        "body": ["all wrong"],
        "text": ["a", "b"],
    }
    assert flat(["x"]) == {"body": ["x"]}


def test_answer_has_the_headers_of_its_status():
    assert answer(NotAuthenticated())["WWW-Authenticate"] == 'Bearer realm="redress"'
    assert answer(RateLimited(headers={"Retry-After": "7"}))["Retry-After"] == "7"
    assert answer(Unavailable())["Retry-After"] == "5"
    assert answer(Malformed())["Cache-Control"] == "no-store"


def test_answer_is_the_documented_envelope():
    body = json.loads(answer(Malformed(details={"a": ["b"]})).content)

    assert body["success"] is False
    assert body["error"]["code"] == "MALFORMED"
    assert body["error"]["details"] == {"a": ["b"]}
    assert set(body["error"]) == {"code", "message", "details", "timestamp", "request_id"}


def test_handlers_of_django_answer_envelopes_too():
    request = RequestFactory().get("/api/v1/x/")

    assert is_api(request)
    assert not is_api(RequestFactory().get("/inbox/"))
    assert json.loads(not_found(request).content)["error"]["code"] == "NOT_FOUND"
    assert json.loads(server_error(request).content)["error"]["code"] == "INTERNAL"


@pytest.mark.parametrize(("cause", "status"), [(OperationalError, 503), (ZeroDivisionError, 500), (Conflict, 500)])
def test_failure_outside_a_view_is_told_from_a_database_that_is_away(cause, status):
    def fail() -> None:
        raise cause(404)

    try:
        fail()
    except Exception:  # noqa: BLE001 - as Django does it
        answered = server_error(RequestFactory().get("/api/v1/x/"))

    assert answered.status_code == status


def test_refusal_for_returns_a_refusal_as_it_is():
    refusal = Conflict("x")

    assert refusal_for(refusal) is refusal
