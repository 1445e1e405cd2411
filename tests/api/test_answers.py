"""What every operation answers to those who may ask: the documented shape, whole, with the headers of all answers."""

from typing import Any

import pytest

from kernel.api.description import description
from tests.api.documented import differences, problems
from tests.api.world import Described, World, operations

EVERY = [one for one in operations() if not (one.streams or one.is_raw)]
EXPECTED = {"createApiKey": 201, "createContact": 201, "createTicket": 201, "createWebChat": 201,
            "createMessage": 202, "createOutlet": 201,
            "createTag": 201, "createCalendar": 201, "createSlaPolicy": 201, "createCannedReply": 201,
            "createOutletOfTenant": 201, "sendMessage": 202, "retryMessage": 202,
            "sendMessageNow": 202, "retryAttachment": 202}  # fmt: skip


def ask(world: World, one: Described, **headers: Any) -> Any:
    return one.call(world.client, one.address(world), one.body(world), **headers)


@pytest.mark.parametrize("one", EVERY, ids=str)
def test_answer_is_the_documented_shape(world, one):
    answer = ask(world, one)

    assert answer.status_code == EXPECTED.get(one.facts["operationId"], 200), answer.content
    assert problems(answer, one.path, one.method) == []


@pytest.mark.parametrize("one", EVERY, ids=str)
def test_answer_has_the_headers_of_all_answers(world, one):
    answer = ask(world, one, HTTP_X_REQUEST_ID="my-own-id")

    assert answer["X-Request-ID"] == "my-own-id"
    assert answer.json()["meta"]["request_id"] == "my-own-id"
    assert (answer["X-RateLimit-Limit"], answer["X-RateLimit-Remaining"]) == ("100000", "99999")
    assert int(answer["X-RateLimit-Reset"]) > 1_700_000_000
    assert answer["RateLimit-Policy"] == '"minute";q=100000;w=60'
    assert answer["RateLimit"].startswith('"minute";r=99999;t=')
    assert answer["Content-Type"] == "application/json"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert ("no-store" in answer["Cache-Control"]) == (one.method != "get")
    assert "Authorization" in answer["Vary"]


@pytest.mark.parametrize("one", EVERY, ids=str)
def test_operation_works_without_its_last_slash(world, one):
    answer = one.call(world.client, one.address(world).rstrip("/"), one.body(world))

    assert answer.status_code == EXPECTED.get(one.facts["operationId"], 200)


@pytest.mark.parametrize("one", [one for one in EVERY if one.method == "get"], ids=str)
def test_unknown_parameter_is_named(world, one):
    answer = world.client.get(one.address(world) + "?page=2")

    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "VALIDATION_ERROR"
    assert list(answer.json()["error"]["details"]) == ["page"]
    assert problems(answer, one.path, one.method) == []


@pytest.mark.parametrize("one", [one for one in EVERY if one.writes], ids=str)
def test_unknown_field_is_named(world, one):
    answer = one.call(world.client, one.address(world), {**one.body(world), "colour": "red"})

    assert answer.status_code == 400
    assert list(answer.json()["error"]["details"]) == ["colour"]


@pytest.mark.parametrize("one", [one for one in EVERY if one.method == "get"], ids=str)
def test_head_answers_like_get(world, one):
    assert world.client.head(one.address(world)).status_code == 200


@pytest.mark.parametrize("one", EVERY, ids=str)
def test_other_methods_are_refused_with_the_list_of_those_that_work(world, one):
    known = {method.upper() for method in description()["paths"][one.path] if method != "parameters"}
    for method in {"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"} - known:
        answer = world.client.generic(method, one.address(world))
        assert (answer.status_code, answer.json()["error"]["code"]) == (405, "METHOD_NOT_ALLOWED")
        assert {name for name in answer["Allow"].split(", ") if name != "HEAD"} == known


@pytest.mark.parametrize("one", EVERY, ids=str)
def test_operation_is_described_in_full(one):
    facts = one.facts

    assert facts["summary"]
    assert f"Scope: `{one.scope}`" in facts["description"]
    assert facts["tags"] != [""]
    assert {"400", "401", "403", "423", "429", "500", "503"} <= set(facts["responses"])
    assert "404" in facts["responses"] or "{" not in one.path
    assert "example" in next(iter(facts["responses"].values()))["content"]["application/json"]
    if one.writes and "requestBody" in facts:
        assert one.example


@pytest.mark.parametrize("one", EVERY, ids=str)
def test_examples_are_valid(one):
    contents = [
        answer["content"]["application/json"] for answer in one.facts["responses"].values() if "content" in answer
    ]
    if "requestBody" in one.facts:
        contents.append(one.facts["requestBody"]["content"]["application/json"])

    for content in contents:
        if "example" in content:
            assert differences(content["example"], content["schema"]) == []


def test_shared_examples_are_valid():
    components = description()["components"]

    for name, example in components["examples"].items():
        assert example["value"]["error"]["code"] == name
        assert differences(example["value"], components["schemas"]["Error"]) == []


def test_operation_ids_are_unique_and_say_a_verb():
    names = [one.facts["operationId"] for one in EVERY]

    assert len(names) == len(set(names))
    assert {name.rstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz") for name in names} == {""}
