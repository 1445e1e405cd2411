import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.api.idempotency import read_key
from kernel.errors import Invalid

printable = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), min_size=1, max_size=255)


@pytest.mark.parametrize("key", ["8e03978e-40d5-43dd-bc93-6894a57f9324", "a", "x" * 255, "order/7:retry=2", "it's"])
def test_read_key_takes_it_quoted_and_bare(key):
    assert read_key(key) == key
    assert read_key(f'"{key}"') == key


@given(printable)
def test_read_key_undoes_the_escapes_of_a_structured_string(key):
    quoted = '"' + key.replace("\\", "\\\\").replace('"', '\\"') + '"'

    assert read_key(quoted) == key


@pytest.mark.parametrize("given", ["", '""', '"', '"a', 'a"b', "a b", "é", '"é"', "a\tb", "x" * 256, '"a\\x"', "\x00"])
def test_read_key_refuses_what_is_no_key(given):
    with pytest.raises(Invalid) as caught:
        read_key(given)

    assert list(caught.value.details) == ["Idempotency-Key"]


@given(st.text())
def test_read_key_never_fails_otherwise(given):
    with contextlib.suppress(Invalid):
        assert 1 <= len(read_key(given)) <= 255
