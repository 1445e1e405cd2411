import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pywa.utils import webhook_updates_validator

from integrations.whatsapp.signature import matches, sign

SECRET = "app-secret-of-the-tests"


def test_it_is_the_hmac_of_the_raw_bytes():
    raw = b'{"a": "\\u00f1"}'
    assert sign(SECRET, raw) == "sha256=" + hmac.new(SECRET.encode(), raw, hashlib.sha256).hexdigest()


@given(st.text(min_size=1), st.binary())
def test_what_is_signed_matches(secret, raw):
    try:
        secret.encode()
    except UnicodeEncodeError:
        return
    assert matches(secret, raw, sign(secret, raw))
    assert matches(secret, raw, sign(secret, raw).encode())


@given(st.binary(min_size=1), st.integers(0))
def test_a_changed_byte_does_not_match(raw, where):
    changed = bytearray(raw)
    changed[where % len(raw)] ^= 1
    assert not matches(SECRET, bytes(changed), sign(SECRET, raw))


@given(st.one_of(st.none(), st.text(), st.binary()))
def test_garbage_never_matches_and_never_raises(header):
    assert not matches(SECRET, b"{}", header)


@pytest.mark.parametrize("header", ["", "sha256=", "sha1=abc", "ñ", "sha256=" + "0" * 64])
def test_headers_that_prove_nothing(header):
    assert not matches(SECRET, b"{}", header)


def test_no_secret_admits_nobody():
    assert not matches("", b"{}", sign("", b"{}"))
    assert not matches("other", b"{}", sign(SECRET, b"{}"))


def test_an_independent_client_agrees():
    raw = '{"é": 1}'.encode()
    assert webhook_updates_validator(app_secret=SECRET, request_body=raw, x_hub_signature=sign(SECRET, raw))
    assert not webhook_updates_validator(app_secret="other", request_body=raw, x_hub_signature=sign(SECRET, raw))
