import contextlib
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.api.parsing import DEPTH_LIMIT, NAMES_LIMIT, JSONParser, read_object
from kernel.api.refusals import Malformed, PayloadTooLarge

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(min_value=-(2**53), max_value=2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")),
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")), inner)
    ),
    max_leaves=20,
)


def nested(levels: int) -> bytes:
    """An object in an object in an object: `levels` of them."""
    return b'{"a":' * levels + b"1" + b"}" * levels


@given(st.dictionaries(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")), json_values))
def test_read_object_returns_what_was_written(value):
    assert read_object(json.dumps(value).encode()) == value
    assert read_object(json.dumps(value, ensure_ascii=False).encode()) == value


@given(st.binary(max_size=200))
def test_read_object_refuses_or_reads_and_never_fails(raw):
    with contextlib.suppress(Malformed):
        assert isinstance(read_object(raw), dict)


@pytest.mark.parametrize("raw", [b"", b"  \n", b"{}"])
def test_read_object_takes_nothing_as_an_empty_object(raw):
    assert read_object(raw) == {}


@pytest.mark.parametrize(
    "raw",
    [
        b"{", b'{"a": }', b"{'a': 1}", b'{"a": 1,}', b'{"a": NaN}', b'{"a": Infinity}', b'{"a": "\x00"}',
        b'{"a": "\xff"}', '{"a": "é"}'.encode("latin-1"), b'{"a": "\\ud800"}', b'{"a": 1} {"b": 2}',
    ],
)  # fmt: skip
def test_read_object_says_where_the_json_breaks(raw):
    with pytest.raises(Malformed, match=r"line 1, column \d+"):
        read_object(raw)


@pytest.mark.parametrize("raw", [b"[]", b'"text"', b"1", b"null", b"true"])
def test_read_object_wants_an_object(raw):
    with pytest.raises(Malformed, match="has to be a JSON object"):
        read_object(raw)


def test_read_object_takes_32_levels_and_no_more():
    assert read_object(nested(DEPTH_LIMIT))
    for raw in (nested(DEPTH_LIMIT + 1), b'{"a":' + b"[" * 32 + b"]" * 32 + b"}", nested(900)):
        with pytest.raises(Malformed, match="32 levels"):
            read_object(raw)


def test_read_object_refuses_what_is_deeper_than_any_parser():
    with pytest.raises(Malformed):
        read_object(nested(100_000))


@pytest.mark.parametrize(
    "raw", [b'{"a": "x\\u0000y"}', b'{"a\\u0000": 1}', b'{"a": [{"b": "\\u0000"}]}', b'{"a": ["\\u0000"]}']
)
def test_read_object_refuses_nul(raw):
    with pytest.raises(Malformed, match="U\\+0000"):
        read_object(raw)


def test_read_object_takes_an_escaped_backslash_before_u0000():
    assert read_object(b'{"a": "\\\\u0000"}') == {"a": "\\u0000"}


def test_read_object_names_fields_given_twice():
    with pytest.raises(Malformed) as caught:
        read_object(b'{"status": "open", "tags": [], "status": "resolved", "tags": [1]}')

    assert list(caught.value.details) == ["status", "tags"]


def test_read_object_sees_twins_below_the_top():
    with pytest.raises(Malformed) as caught:
        read_object(b'{"a": [{"b": 1, "b": 2}]}')

    assert list(caught.value.details) == ["b"]


def test_read_object_names_only_so_many_fields():
    twins = ",".join(f'"{"n" * 200}{number}": 1, "{"n" * 200}{number}": 2' for number in range(100))

    with pytest.raises(Malformed) as caught:
        read_object(f"{{{twins}}}".encode())

    assert 1 <= len(caught.value.details) <= NAMES_LIMIT
    assert max(map(len, caught.value.details)) <= 80


def test_read_object_keeps_large_integers_exact_and_refuses_absurd_ones():
    assert read_object(b'{"a": 123456789012345678901234567890}') == {"a": 123456789012345678901234567890}
    with pytest.raises(Malformed, match="column 7"):
        read_object(b'{"a": ' + b"9" * 5000 + b"}")


def test_parser_stops_reading_after_2_mb():
    limit = 2 * 1024 * 1024
    fitting = b'{"a": "' + b"x" * (limit - 9) + b'"}'
    stream = io.BytesIO(b'{"a": "' + b"x" * (3 * limit))

    assert len(fitting) == limit
    assert len(JSONParser().parse(io.BytesIO(fitting))["a"]) == limit - 9
    with pytest.raises(PayloadTooLarge):
        JSONParser().parse(stream)
    assert stream.tell() == limit + 1
