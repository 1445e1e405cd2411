"""Compressed answers: what the client can read, never a secret, and tags that still hold."""

import gzip
import json

import brotli  # type: ignore[import-untyped]  # has no types
import pytest
import zstandard

from kernel.compression import coding_for

READ = {"br": brotli.decompress, "zstd": zstandard.decompress, "gzip": gzip.decompress}


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("", ""), ("identity", ""), ("deflate", ""), ("gzip", "gzip"), ("br", "br"), ("zstd", "zstd"),
        ("gzip, deflate, br, zstd", "br"), ("gzip, deflate, zstd", "zstd"), ("GZIP", "gzip"),
        ("br;q=0.5, gzip;q=0.9", "gzip"), ("br;q=0, zstd;q=0.001", "zstd"), ("br;q=0", ""), ("*", "br"),
        ("*;q=0", ""), ("br;q=0, *", "zstd"), ("gzip;q=0.5, identity", ""), ("gzip ; q=0.8", "gzip"),
        ("gzip;q=nonsense", ""), ("gzip;level=9", ""), (",,,", ""), ("identity;q=0, *;q=0", ""), ("gzip;q=1.5", "gzip"),
    ],
)  # fmt: skip
def test_client_gets_what_it_wants_most(accepted, coding):
    assert coding_for(accepted) == coding


@pytest.mark.parametrize("coding", READ)
def test_long_answer_of_the_api_is_compressed(world, coding):
    plain = world.client.get("/api/v1/schema/")
    packed = world.client.get("/api/v1/schema/", HTTP_ACCEPT_ENCODING=coding)

    assert packed["Content-Encoding"] == coding
    assert READ[coding](packed.content) == plain.content
    assert int(packed["Content-Length"]) == len(packed.content) < len(plain.content) / 4
    assert "Accept-Encoding" in packed["Vary"]
    assert not plain.has_header("Content-Encoding")
    assert "Accept-Encoding" in plain["Vary"]


def test_list_is_compressed(world):
    for number in range(5):
        world.write_in(f"+1305555030{number}")
    packed = world.client.get("/api/v1/conversations/", HTTP_ACCEPT_ENCODING="br")

    assert packed["Content-Encoding"] == "br"
    assert len(json.loads(brotli.decompress(packed.content))["data"]) == 6


def test_short_answer_is_not(world):
    answer = world.client.get("/api/v1/contacts/?fields=id", HTTP_ACCEPT_ENCODING="br")

    assert not answer.has_header("Content-Encoding")
    assert "Accept-Encoding" in answer["Vary"]


def test_pages_are_compressed(world):
    page = world.stage.client(member=world.stage.alice).get("/inbox/", HTTP_ACCEPT_ENCODING="gzip")

    assert page["Content-Encoding"] == "gzip"
    assert b"</html>" in gzip.decompress(page.content)


def test_token_of_a_page_is_another_one_each_time(world):
    client = world.stage.client()
    pages = [gzip.decompress(client.get("/login/", HTTP_ACCEPT_ENCODING="gzip").content) for _time in range(2)]
    tokens = {page.partition(b'name="csrfmiddlewaretoken" value="')[2][:64] for page in pages}

    assert len(tokens) == 2
    assert all(len(token) == 64 for token in tokens)


def test_answer_that_tells_a_secret_is_not_compressed(world):
    body = {"name": "x" * 80, "scopes": ["contacts:read"], "allowed_ips": [f"203.0.113.{one}" for one in range(100)]}
    made = world.client.post("/api/v1/api-keys/", body, content_type="application/json", HTTP_ACCEPT_ENCODING="br")

    assert len(made.content) > 1400
    assert not made.has_header("Content-Encoding")


def test_stream_is_not_compressed(world):
    answer = world.client.get("/api/v1/events/stream/?after_seq=0", HTTP_ACCEPT_ENCODING="br")

    assert len(answer.content) > 1400
    assert not answer.has_header("Content-Encoding")


def test_tag_names_the_coding_and_holds_in_every_one(world):
    client = world.client
    conversation = f"/api/v1/conversations/{world.ids['conversation_id']}/?expand=contact,outlet,assignee"
    tags = {coding: client.get(conversation, HTTP_ACCEPT_ENCODING=coding)["ETag"] for coding in ("", *READ)}

    assert [tags[coding] for coding in READ] == [f'{tags[""][:-1]}-{coding}"' for coding in READ]
    for coding in READ:
        known = client.get(conversation, HTTP_ACCEPT_ENCODING=coding, HTTP_IF_NONE_MATCH=tags[coding])
        assert (known.status_code, known.content, known["ETag"]) == (304, b"", tags[coding])
        written = client.patch(
            conversation.partition("?")[0], {"status": "open"}, "application/json", HTTP_IF_MATCH=tags[coding]
        )
        assert written.status_code == 200


def test_head_tells_what_get_would(world):
    got = world.client.get("/api/v1/schema/", HTTP_ACCEPT_ENCODING="br")
    asked = world.client.head("/api/v1/schema/", HTTP_ACCEPT_ENCODING="br")

    assert (asked["ETag"], asked["Content-Encoding"], asked["Content-Length"]) == (
        got["ETag"], got["Content-Encoding"], got["Content-Length"],
    )  # fmt: skip
