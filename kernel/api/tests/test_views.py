import json
from types import SimpleNamespace

import pytest
from rest_framework import serializers
from rest_framework.test import APIRequestFactory, force_authenticate

from kernel.api.calls import Answer, Call
from kernel.api.operations import Caching, Operation
from kernel.api.principal import Principal, RateClass
from kernel.api.shapes import Shape
from kernel.api.views import ApiView
from kernel.ids import new_id


class ThingShape(Shape):
    name = serializers.CharField()


class Things(ApiView):
    @Operation(
        name="listTestThings", summary="", scope="things:read", returns=ThingShape, rate_class=RateClass.INGEST,
        caching=Caching.SHORT,
    )  # fmt: skip
    def get(self, call: Call) -> Answer:
        return Answer(data={"name": str(call.principal.id)})

    @Operation(name="failTestThings", summary="", scope="things:write", returns=ThingShape)
    def post(self, _call: Call) -> Answer:
        message = "password=hunter2"
        raise RuntimeError(message)


@pytest.fixture
def caller(northside):
    def make(**options):
        return Principal(
            **{
                "schema": northside.schema, "kind": "api_key", "id": new_id(), "member_id": None, "role": "",
                "scopes": frozenset({"things:read", "things:write"}), "rate_class": RateClass.API, "per_minute": 2,
                **options,
            }
        )  # fmt: skip

    return make


def ask(method, principal, northside):
    request = getattr(APIRequestFactory(), method)("/api/v1/things/")
    request.tenant = SimpleNamespace(id=northside.tenant.id, slug="northside", schema_name=northside.schema)
    if principal is not None:
        force_authenticate(request, user=principal)
    else:
        request.member = None
    return Things.as_view()(request)


def test_an_operation_may_have_a_class_of_limits_of_its_own(caller, northside):
    principal = caller()
    answers = [ask("get", principal, northside) for _time in range(4)]

    assert [answer.status_code for answer in answers] == [200] * 4
    assert answers[-1]["X-RateLimit-Limit"] == "6000"
    assert answers[-1]["X-RateLimit-Remaining"] == "5996"


def test_classes_are_counted_apart(caller, northside):
    principal = caller(scopes=frozenset())
    ask("get", principal, northside)
    answer = ask("post", principal, northside)

    assert (answer["X-RateLimit-Limit"], answer["X-RateLimit-Remaining"]) == ("2", "1")


def test_answer_is_kept_as_long_as_the_operation_says(caller, northside):
    answer = ask("get", caller(), northside)

    assert answer["Cache-Control"] == "private, max-age=30"
    assert "ETag" in answer


def test_failure_of_a_handler_tells_nothing_and_is_logged(caller, northside, caplog):
    answer = ask("post", caller(), northside)
    body = json.loads(answer.content)

    assert (answer.status_code, body["error"]["code"], body["error"]["details"]) == (500, "INTERNAL", {})
    assert b"hunter2" not in answer.content
    assert answer["Cache-Control"] == "no-store"
    assert "RuntimeError" in caplog.text


def test_method_is_looked_at_before_the_caller(northside):
    answer = ask("delete", None, northside)

    assert (answer.status_code, answer["Allow"]) == (405, "GET, HEAD, POST")
    assert answer["X-RateLimit-Limit"] == "300"


def test_scope_is_looked_at_after_the_limits(caller, northside):
    principal = caller(scopes=frozenset(), per_minute=1)

    assert [ask("post", principal, northside).status_code for _time in range(2)] == [403, 429]


def test_view_without_a_declaration_is_closed(northside):
    class Bare(ApiView):
        def get(self, _call: Call) -> Answer:
            raise AssertionError

    request = APIRequestFactory().get("/api/v1/bare/")
    assert Bare.as_view()(request).status_code == 405
