"""Whatever is sent, the answer is a documented one: never a failure of ours, and nothing is changed by halves."""

import json
from typing import Any

import pytest

from kernel.api.description import description
from tests.api.documented import problems
from tests.api.world import Described, World, operations

WRITING = [one for one in operations() if one.writes]
WITH_FIELDS = [one for one in WRITING if "requestBody" in one.facts]

ODD: list[Any] = [
    None, True, False, 0, -1, 1.5, 10**30, -(10**400), 1e308, "", " ", "x" * 65_536, "\u202eevil\u202c",
    "\U0001f469\u200d\U0001f467" * 500, "<script>alert(1)</script>", "'; DROP TABLE conversations_message; --", "%00",
    "\r\nSet-Cookie: a=b", "{{7*7}}", "../../etc/passwd", "null", "1e999", [], [[]], [None], ["a"] * 1000, {},
    {"a": {}}, {"id": "x"}, {"": ""}, "01936f5e-8c1a-7b3e-9d2f-4a5b6c7d8e9f", "00000000-0000-0000-0000-000000000000",
    "2026-02-30T25:61:61Z", "9999-12-31T23:59:59.999999+14:00", "\ufffe\uffff", "\u00e9" * 300, "+13055550142" * 40,
]  # fmt: skip
RAW = [b"", b"{}", b'{"type":"text","text":"' + b"x" * 65_536 + b'"}']
BROKEN = [
    b"{", b"[]", b"null", b'"x"', b'{"a":', b"\xff\xfe", b"\x00", b'{"a": NaN}', b'{"type": "\\ud800"}',
    b'{"text": "a\\u0000b"}', b'{"a": 1, "a": 2}', b'{"a":' * 900 + b"1" + b"}" * 900, b"[" * 100_000, b"0" * 5000,
]  # fmt: skip


def said(one: Described, answer: Any, *, whole: bool = True) -> None:
    """Hold an answer against the description; no error of ours is a documented answer to bad input."""
    assert answer.status_code < 500, answer.content
    assert problems(answer, one.path, one.method, whole=whole) == []


@pytest.mark.parametrize("one", WITH_FIELDS, ids=str)
def test_no_value_in_any_field_is_a_failure(world, one):
    body = one.body(world)
    schema = _fields(one)
    for name in schema:
        for value in ODD:
            said(one, one.call(world.client, one.address(world), json.dumps({**body, name: value}).encode()))


@pytest.mark.parametrize("one", WRITING, ids=str)
def test_no_body_is_a_failure(world, one):
    client, address = world.client, one.address(world)
    for raw in RAW:
        said(one, client.generic(one.method.upper(), address, raw, "application/json"))
    for raw in BROKEN:
        answer = client.generic(one.method.upper(), address, raw, "application/json")
        said(one, answer)
        assert answer.status_code == 400, raw[:50]


def test_a_body_beyond_2_mb_is_refused_unread(world):
    raw = b'{"a": "' + b"x" * 4_000_000
    for one in WRITING:
        answer = world.client.generic(one.method.upper(), one.address(world), raw, "application/json")
        assert (answer.status_code, answer.json()["error"]["code"]) == (413, "PAYLOAD_TOO_LARGE"), str(one)


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""]
)
def test_another_media_type_is_refused(world, kind):
    for one in WRITING:
        answer = world.client.generic(one.method.upper(), one.address(world), b'{"a": 1}', kind)
        assert (answer.status_code, answer.json()["error"]["code"]) == (415, "UNSUPPORTED_MEDIA_TYPE"), str(one)


def test_a_body_in_chunks_is_refused_instead_of_taken_as_empty(world):
    address = f"/api/v1/conversations/{world.ids['conversation_id']}/seen/"
    answer = world.client.generic(
        "POST", address, b"", "application/json", HTTP_TRANSFER_ENCODING="chunked", CONTENT_LENGTH=""
    )

    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "MALFORMED")


@pytest.mark.parametrize("one", list(operations()), ids=str)
def test_no_address_is_a_failure(world, one):
    for name in one.names:
        for bad in (
            "x",
            "0",
            "%00",
            "%ff",
            "../..",
            "01936F5E-8C1A-7B3E-9D2F-4A5B6C7D8E9F",
            "' OR 1=1",
            "é",
            "null",
            "a" * 3000,
        ):
            ids = {**world.ids, name: bad}
            answer = one.call(world.client, one.address(world, ids), one.body(world))
            assert answer.status_code in {404, 405}, (bad, answer.content)
            assert answer.json()["success"] is False


@pytest.mark.parametrize("one", [one for one in operations() if one.method == "get"], ids=str)
def test_no_parameter_is_a_failure(world, one):
    for parameter in one.facts["parameters"]:
        if parameter["in"] != "query":
            continue
        for value in [value for value in ODD if isinstance(value, str)] + [
            "\0",
            "-1",
            "9" * 40,
            "a,b",
            ",,",
            "id,",
            "seq",
        ]:
            answer = world.client.get(one.address(world), {parameter["name"]: value})
            said(one, answer, whole=parameter["name"] != "fields")
            for close in answer._resource_closers:  # a file; closing the answer would take the test's connection along
                close()


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("HTTP_ACCEPT", "text/html"), ("HTTP_ACCEPT", "*"), ("HTTP_ACCEPT_LANGUAGE", "xx-" * 500),
        ("HTTP_RANGE", "bytes=0-"), ("HTTP_IF_NONE_MATCH", '"' * 1000), ("HTTP_X_REQUEST_ID", "a\tb" * 99),
        ("HTTP_X_TENANT_ID", "\u202e"),
        ("HTTP_X_TENANT_ID", "northside' --"), ("HTTP_X_TENANT_ID", ""), ("HTTP_AUTHORIZATION", "Bearer " + "x" * 9999),
        ("HTTP_AUTHORIZATION", "Bearer \xff"), ("HTTP_COOKIE", "redress_session=" + "x" * 500),
        ("HTTP_X_FORWARDED_FOR", "1.2.3.4, evil"), ("HTTP_X_HTTP_METHOD_OVERRIDE", "DELETE"),
    ],
)  # fmt: skip
def test_no_header_is_a_failure(world, header, value):
    answer = world.client.get("/api/v1/conversations/", **{header: value})

    assert answer.status_code in {200, 401, 404}


def test_emoji_right_to_left_and_html_come_back_as_they_were_written(world):
    address = f"/api/v1/conversations/{world.ids['conversation_id']}/messages/"
    for text in (
        "👩‍👩‍👧‍👦 ok",
        "\u202e\u05e9\u05dc\u05d5\u05dd\u202c مرحبا",
        "<b onclick=x>&amp;</b>",
        "a\u2028b\u2029c",
        "line\r\nline\ttab",
        "é",
    ):
        answer = world.client.post(address, {"type": "text", "text": text}, content_type="application/json")
        assert answer.json()["data"]["text"] == text
        assert answer["Content-Type"] == "application/json"
        assert answer["X-Content-Type-Options"] == "nosniff"


def test_a_note_may_have_64_kb_and_not_a_character_more(world):
    address = f"/api/v1/conversations/{world.ids['conversation_id']}/messages/"
    for length, status in ((65_536, 202), (65_537, 400)):
        body = {"type": "note", "text": "é" * length}
        assert world.client.post(address, body, content_type="application/json").status_code == status


def _fields(one: Described) -> list[str]:
    reference = one.facts["requestBody"]["content"]["application/json"]["schema"]["$ref"]
    return list(description()["components"]["schemas"][reference.rpartition("/")[2]]["properties"])


def test_every_body_is_tried(world: World):
    assert len(WITH_FIELDS) >= 8
    assert all(_fields(one) for one in WITH_FIELDS)
