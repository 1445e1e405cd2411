import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.redaction import MASK, redact, redact_field, redact_text


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("call +1 305 555 0123 now", "call [phone] now"),
        ("call +13055550123.", "call [phone]."),
        ("call (305) 555-0123 now", "call [phone] now"),
        ("from 13055550123 to 3055550123", "from [phone] to [phone]"),
        ("write maria.lopez+x@mail.example.com!", "write [e-mail]!"),
        ("ssn 900-12-3456, 666 12 3456", "ssn [ssn], [ssn]"),
        ("key rk_live_aB3-x_y used", "key [api key] used"),
        ("Authorization: Bearer abc.def-123", f"Authorization: Bearer {MASK}"),
        ("token EAAJB1234567890abcdefXYZ sent", "token [access token] sent"),
        ("GET /password/q3Xv9k0aB-example_of_a_token_not_one/", "GET /password/[link]/"),
        ("/settings/security/password/", "/settings/security/password/"),
        ("GET /ws/inbox/?ticket=abc123&x=1", f"GET /ws/inbox/?ticket={MASK}&x=1"),
        ("redis://:hunter2@127.0.0.1:1/0", f"redis://{MASK}@127.0.0.1:1/0"),
        ("bad row\nDETAIL:  Failing row contains (Maria, hi)", f"bad row\nDETAIL:  {MASK}"),
    ],
)
def test_redact_text_masks_what_identifies_a_person_or_opens_a_door(text: str, clean: str):
    assert redact_text(text) == clean


@pytest.mark.parametrize(
    "text",
    [
        "0193f2a4-7c1e-7b3a-9d2e-3055550123ab",
        "2026-11-21T06:38:42.439123Z",
        "took 1763707122 of 1763707122123",
        "phone_number_id 106540352242922",
        "10.0.0.1:54321 answered 200 in 12.345 ms",
    ],
)
def test_redact_text_leaves_ids_times_and_addresses(text: str):
    assert redact_text(text) == text


@pytest.mark.parametrize(
    "name", ["text", "body", "caption", "password", "access_token", "Authorization", "phone", "ssn"]
)
def test_redact_field_never_shows_a_value_under_a_private_name(name: str):
    assert redact_field(name, "anything at all") == MASK


@pytest.mark.parametrize("name", ["conversation_id", "status", "context", "tokenizer_count_text_", "tobacco"])
def test_redact_field_shows_plain_facts(name: str):
    expected = MASK if "token" in name else "open"
    assert redact_field(name, "open") == expected


def test_redact_goes_into_nested_values_and_keeps_their_shape():
    value = {"items": [{"text": "hello", "id": "m1"}, ("x@y.example", 3)], "raw": b"\x00\x01", "none": None}
    assert redact(value) == {"items": [{"text": MASK, "id": "m1"}, ["[e-mail]", 3]], "raw": "[2 bytes]", "none": None}


def test_redact_cuts_what_is_nested_too_deep():
    value = "deep"
    for _ in range(10):
        value = [value]
    assert "deep" not in str(redact(value))


@given(st.from_regex(r"\+1[2-9]\d{2}55501\d{2}", fullmatch=True), st.text(alphabet="abc ,.!?", max_size=20))
def test_no_phone_survives_between_any_words(phone: str, words: str):
    assert phone not in redact_text(f"{words} {phone} {words}")
