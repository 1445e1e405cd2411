import json
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from uuid import UUID

import pytest
from django.utils.translation import gettext_lazy, override

from kernel.api.rendering import dump, error_body, success_body
from kernel.logs import request_id


def test_success_body_is_the_documented_envelope():
    token = request_id.set("req-1")
    body = json.loads(success_body([1], {"pagination": {"limit": 50}}))
    request_id.reset(token)

    assert body["success"] is True
    assert body["data"] == [1]
    assert body["meta"] | {"timestamp": ""} == {
        "version": "v1", "timestamp": "", "request_id": "req-1", "pagination": {"limit": 50},
    }  # fmt: skip
    assert datetime.fromisoformat(body["meta"]["timestamp"]).utcoffset() == timedelta(0)


def test_error_body_is_the_documented_envelope():
    body = json.loads(error_body({"code": "X", "message": "m", "details": {}}))

    assert body["success"] is False
    assert set(body["error"]) == {"code", "message", "details", "timestamp", "request_id"}


def test_dump_speaks_the_words_of_the_api():
    moment = datetime(2026, 11, 20, 15, 4, 5, tzinfo=UTC)
    value = {"id": UUID(int=1), "at": moment, "money": Decimal("118.80"), "text": "é😀\u202e"}

    assert json.loads(dump(value)) == {
        "id": "00000000-0000-0000-0000-000000000001", "at": "2026-11-20T15:04:05Z", "money": "118.80",
        "text": "é😀\u202e",
    }  # fmt: skip


def test_dump_speaks_lazy_sentences_in_the_language_of_the_moment():
    with override("es"):
        assert json.loads(dump([gettext_lazy("Open")])) == [str(gettext_lazy("Open"))]


def test_dump_writes_integers_of_any_size():
    at = datetime(2026, 11, 20, 15, 4, 5, tzinfo=UTC)

    assert json.loads(dump({"n": 2**200, "text": "é", "at": at, "id": UUID(int=0), "money": Decimal("1.50")})) == {
        "n": 2**200, "text": "é", "at": "2026-11-20T15:04:05.000Z", "id": str(UUID(int=0)), "money": "1.50",
    }  # fmt: skip


def test_dump_sorts_on_request_so_that_equal_values_are_equal_bytes():
    assert dump({"b": 1, "a": {"d": 1, "c": 2**70}}, sort=True) == dump({"a": {"c": 2**70, "d": 1}, "b": 1}, sort=True)
    assert dump({"b": 1, "a": 2}, sort=True) == b'{"a":2,"b":1}'


def test_dump_refuses_what_is_no_value():
    with pytest.raises(TypeError):
        dump({"a": timezone})
