"""Requests nobody thought of, made from the description: each answer is what the description says."""

from copy import deepcopy
from typing import Any

import pytest
import schemathesis
from django.core import signals
from django.db import close_old_connections
from hypothesis import HealthCheck, settings
from schemathesis import checks

from config.wsgi import application
from kernel.api.description import description
from tests.api.world import OF_PEOPLE, World

api = schemathesis.openapi.from_dict(deepcopy(description()))
api.app = application
BYTES = "getAttachmentContent"
"""A file's bytes, which this client leaves open; they are tested with their ranges beside the files."""

CHECKS = [
    checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
    checks.allow_header_conformance,
]
few = settings(
    max_examples=15,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.filter_too_much, HealthCheck.too_slow],
)


@pytest.fixture(autouse=True)
def _inside_the_tests_transaction():
    """Keep a real request from closing the connection whose transaction the test rolls back."""
    ends = (signals.request_started, signals.request_finished)
    for end in ends:
        end.disconnect(close_old_connections)
    yield
    for end in ends:
        end.connect(close_old_connections)


def headers(world: World) -> dict[str, str]:
    return {"Accept-Encoding": "identity", "Host": world.stage.host, "Authorization": f"Bearer {world.stage.api_key}"}


def in_world(case: Any, world: World) -> None:
    """Point a request at what is there."""
    real = {**world.ids, "tenant": world.stage.tenant.slug}
    case.path_parameters = {name: str(real[name]) for name in case.path_parameters}
    if isinstance(case.body, dict) and isinstance(case.body.get("outlet"), str):
        case.body = {**case.body, "outlet": str(world.stage.outlet_id)}


@api.exclude(operation_id=BYTES).exclude(tag=OF_PEOPLE).parametrize()
@few
def test_requests_about_what_is_there(case, world):
    in_world(case, world)
    answer = case.call(headers=headers(world))

    case.validate_response(answer, checks=CHECKS)


@api.include(path_regex=r"\{").exclude(operation_id=BYTES).parametrize()
@few
def test_requests_about_anything(case, world):
    case.validate_response(case.call(headers=headers(world)), checks=CHECKS)
