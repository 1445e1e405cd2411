"""Logs: one JSON object a line, with time, level, event, process, tenant, request and correlation id, redacted.

Libraries that use the standard `logging` come out in the same shape. Get a logger with `structlog.get_logger(__name__)`
and give facts as keyword arguments: `log.info("message accepted", message_id=...)`.
"""

import logging
import os
import re
import sys
import time
from collections.abc import Callable, MutableMapping
from contextvars import ContextVar
from typing import Any

import structlog
from django.db import connection
from django.http import HttpRequest, HttpResponse

from kernel.ids import new_id
from kernel.redaction import redact_field

request_id: ContextVar[str] = ContextVar("request_id", default="")
correlation_id: ContextVar[str] = ContextVar("correlation_id", default="")
"""What caused this work: the request's id, in a task the id of the request or task that started the chain."""

_USABLE_ID = re.compile(r"[A-Za-z0-9._:/+=-]{1,128}")
_NEVER_REDACTED = frozenset({"time", "level", "process", "tenant", "logger"})

Line = MutableMapping[str, Any]


def accept_id(offered: str | None) -> str:
    """Return `offered` when it is a sane id (1-128 plain characters), else a fresh one."""
    return offered if offered and _USABLE_ID.fullmatch(offered) else str(new_id())


def configuration(*, level: str, console: bool) -> dict[str, Any]:
    """Return Django's LOGGING for everything this process says, and set structlog up to go the same way.

    `console` writes lines for people instead of JSON. Lines go to standard error, whose reader keeps them.
    """
    logging.captureWarnings(capture=True)
    structlog.configure(
        processors=[*_PROCESSORS, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"lines": {"()": formatter, "console": console}},
        "handlers": {"stream": {"class": "logging.StreamHandler", "formatter": "lines", "stream": sys.stderr}},
        "root": {"handlers": ["stream"], "level": level},
        "loggers": {
            "django.server": {"handlers": [], "propagate": True},
            "django.request": {"level": "ERROR"},  # 4xx are in the access line already
            "celery.app.trace": {"level": "WARNING"},  # a line for each task that went well tells nothing
            "celery.beat": {"level": "WARNING"},
            "celery.worker.strategy": {"level": "WARNING"},
            "httpx": {"level": "WARNING"},  # its lines carry whole URLs
            "httpcore": {"level": "WARNING"},
        },
    }


def formatter(*, console: bool) -> structlog.stdlib.ProcessorFormatter:
    """Return the formatter that finishes lines of structlog and of the standard library alike."""
    render = structlog.dev.ConsoleRenderer() if console else structlog.processors.JSONRenderer(ensure_ascii=False)
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[*_PROCESSORS, structlog.stdlib.ExtraAdder(), _drop_objects],
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _redact, render],
    )


class RequestIdMiddleware:
    """Gives every request an id, answers with it, and writes one line about the request when it is done."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.log = structlog.get_logger("access")

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Take the caller's `X-Request-ID` if it is sane, else make one; ids end with the request."""
        started = time.perf_counter()
        name = accept_id(request.headers.get("X-Request-ID"))
        request.request_id = name  # type: ignore[attr-defined]
        tokens = request_id.set(name), correlation_id.set(name)
        try:
            response = self.get_response(request)
            response["X-Request-ID"] = name
            self._tell(request, response, time.perf_counter() - started)
        finally:
            request_id.reset(tokens[0])
            correlation_id.reset(tokens[1])
        return response

    def _tell(self, request: HttpRequest, response: HttpResponse, seconds: float) -> None:
        tenant = getattr(request, "tenant", None)
        self.log.info(
            "request",
            method=request.method,
            path=request.path,
            status=response.status_code,
            ms=round(seconds * 1000, 1),
            tenant=getattr(tenant, "schema_name", "public"),
        )


def _add_context(_logger: object, _method: str, line: Line) -> Line:
    line.setdefault("process", os.environ.get("PROCESS_NAME", "manage"))
    line.setdefault("tenant", connection.schema_name)  # type: ignore[attr-defined]  # django-tenants' connection
    line.setdefault("request_id", request_id.get())
    line.setdefault("correlation_id", correlation_id.get())
    return line


def _drop_objects(_logger: object, _method: str, line: Line) -> Line:
    """Leave out what Django and Celery attach to records for their own handlers."""
    for name in ("request", "server_time", "data", "context", "color_message"):
        line.pop(name, None)
    return line


def _redact(_logger: object, _method: str, line: Line) -> Line:
    for name, value in line.items():
        if name not in _NEVER_REDACTED:
            line[name] = redact_field(name, value)
    return line


_PROCESSORS: list[structlog.typing.Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.PositionalArgumentsFormatter(),
    structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
    structlog.processors.format_exc_info,
    _add_context,
]
