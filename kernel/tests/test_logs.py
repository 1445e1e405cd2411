import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from kernel import logs
from kernel.redaction import MASK


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """Everything this process logs, as the handler of production would write it."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logs.formatter(console=False))
    root = logging.getLogger()
    root.addHandler(handler)
    yield stream
    root.removeHandler(handler)


def _parsed(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_line_is_json_with_everything_needed_to_follow_it(lines: io.StringIO):
    token = logs.correlation_id.set("chain-1")
    structlog.get_logger("shop").info("sold", apples=3)
    logs.correlation_id.reset(token)
    [line] = _parsed(lines)
    assert line.pop("time").endswith("Z")
    assert line == {
        "apples": 3, "event": "sold", "level": "info", "logger": "shop", "process": "manage", "tenant": "public",
        "request_id": "", "correlation_id": "chain-1",
    }  # fmt: skip


def test_lines_of_libraries_look_the_same_and_are_redacted_too(lines: io.StringIO):
    logging.getLogger("library").warning("mail to %s failed", "ana@mail.example", extra={"text": "hola", "vendor": "x"})
    [line] = _parsed(lines)
    assert line["event"] == "mail to [e-mail] failed"
    assert (line["text"], line["vendor"], line["level"], line["logger"]) == (MASK, "x", "warning", "library")


def test_an_exception_is_one_redacted_field_of_the_line(lines: io.StringIO):
    try:
        int("no row for +13055550123")
    except ValueError:
        structlog.get_logger("shop").exception("failed")
    [line] = _parsed(lines)
    assert "ValueError: invalid literal for int() with base 10: 'no row for [phone]'" in line["exception"]
    assert "3055550123" not in lines.getvalue()


def test_the_middleware_keeps_a_sane_request_id_and_writes_one_line(lines: io.StringIO, rf: RequestFactory):
    seen: list[str] = []

    def view(_request: HttpRequest) -> HttpResponse:
        seen.append(logs.request_id.get() + "|" + logs.correlation_id.get())
        return HttpResponse(status=204)

    response = logs.RequestIdMiddleware(view)(rf.get("/inbox/?q=ana@mail.example", headers={"X-Request-ID": "abc-123"}))
    assert response["X-Request-ID"] == "abc-123"
    assert seen == ["abc-123|abc-123"]
    assert logs.request_id.get() == ""
    [line] = _parsed(lines)
    assert (line["event"], line["method"], line["path"], line["status"]) == ("request", "GET", "/inbox/", 204)
    assert (line["request_id"], line["tenant"]) == ("abc-123", "public")
    assert "mail.example" not in lines.getvalue()


@pytest.mark.parametrize("offered", ["", "with space", "ünïcode", "a" * 129, "<script>"])
def test_the_middleware_replaces_an_id_that_is_not_sane(offered: str, rf: RequestFactory):
    request = rf.get("/", headers={"X-Request-ID": offered})
    response = logs.RequestIdMiddleware(lambda _request: HttpResponse())(request)
    assert response["X-Request-ID"] != offered
    assert len(response["X-Request-ID"]) == 36
