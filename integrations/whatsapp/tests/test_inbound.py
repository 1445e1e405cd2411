"""Tolerance: nothing raises, and what is wrong with one update harms no other."""

import copy
import json
from typing import Any

import orjson
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from integrations.whatsapp.inbound import split
from integrations.whatsapp.tests.samples import NUMBER_ID, PAYLOADS, WABA_ID, batch, payload
from integrations.whatsapp.types import IncomingMessage, Piece, PieceKind

ALL = sorted(str(path.relative_to(PAYLOADS).with_suffix("")) for path in PAYLOADS.glob("*/*.json"))
MESSAGES = [name for name in ALL if name.startswith("messages/") and not name.endswith("without_body")]
scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=8)
json_values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3)
)


def message(name: str = "messages/text") -> dict[str, Any]:
    return dict(payload(name)["entry"][0]["changes"][0]["value"]["messages"][0])


def webhook_of(messages: Any, **value: Any) -> dict[str, Any]:
    body = payload("messages/text")
    body["entry"][0]["changes"][0]["value"] |= {"messages": messages, **value}
    return dict(body)


def pieces_of(body: object) -> list[Piece]:
    pieces = list(split(body))
    for piece in pieces:
        stored = json.dumps([piece.raw, piece.body], allow_nan=False, ensure_ascii=False)
        stored.encode()  # raises for a lone surrogate
        orjson.dumps([piece.raw, piece.body])  # raises for numbers beyond 64 bits
        assert "\\u0000" not in stored
        assert (piece.kind is PieceKind.BAD) == bool(piece.problem)
        assert len(piece.problem) <= 300
    return pieces


def bad(body: object) -> str:
    (piece,) = pieces_of(body)
    assert piece.kind is PieceKind.BAD
    return piece.problem


@settings(max_examples=300, deadline=None)
@given(json_values)
@example({})
@example({"object": "whatsapp_business_account", "entry": []})
@example({"object": "whatsapp_business_account", "entry": [None, {"changes": 7}, {"changes": [None]}]})
def test_split_never_raises_whatever_json_comes(body):
    assert pieces_of(body)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(ALL), st.data())
def test_split_never_raises_when_any_field_of_a_real_webhook_is_replaced(name, data):
    body = payload(name)
    path = data.draw(st.sampled_from(list(paths(body))))
    put(body, path, data.draw(json_values))
    pieces_of(body)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(MESSAGES), min_size=1, max_size=5), st.data())
def test_one_bad_message_never_changes_the_pieces_of_the_others(kinds, data):
    messages = [{**message(name), "id": f"wamid.{index}"} for index, name in enumerate(kinds)]
    expected = pieces_of(webhook_of(messages))
    where = data.draw(st.integers(0, len(messages) - 1))
    broken = copy.deepcopy(messages)
    if data.draw(st.booleans()):
        broken[where] = data.draw(json_values)
    else:
        put(broken[where], data.draw(st.sampled_from(list(paths(broken[where])))), data.draw(json_values))
    found = pieces_of(webhook_of(broken))
    assert len(found) == len(expected)
    assert found[:where] == expected[:where]
    assert found[where + 1 :] == expected[where + 1 :]


@settings(max_examples=50, deadline=None)
@given(st.lists(st.sampled_from(ALL), min_size=2, max_size=8))
def test_a_batch_is_the_pieces_of_its_parts_in_order(parts):
    expected = [piece for name in parts for piece in split(payload(name))]
    assert list(split(batch(*(payload(name) for name in parts)))) == expected


def test_several_changes_and_lists_in_one_entry():
    body = payload("messages/text")
    value = body["entry"][0]["changes"][0]["value"]
    value["statuses"] = payload("statuses/read")["entry"][0]["changes"][0]["value"]["statuses"]
    body["entry"][0]["changes"] += payload("preferences/stop")["entry"][0]["changes"]
    assert [piece.kind for piece in pieces_of(body)] == [PieceKind.MESSAGE, PieceKind.STATUS, PieceKind.PREFERENCE]


def test_ten_thousand_updates_are_ten_thousand_pieces():
    body = webhook_of([{**message(), "id": f"wamid.{index}"} for index in range(10_000)])
    pieces = list(split(body))
    assert len(pieces) == 10_000
    assert {piece.kind for piece in pieces} == {PieceKind.MESSAGE}
    assert pieces[9_999].value.vendor_id == "wamid.9999"


def test_a_message_takes_only_its_own_contact():
    other = {"profile": {"name": "Tomás"}, "wa_id": "12125550177", "user_id": "US.77"}
    first, second = message(), {**message(), "from": "12125550177", "id": "wamid.2"}
    del second["from_user_id"]
    third = {**second, "from": "12125550179", "id": "wamid.3"}
    contacts = payload("messages/text")["entry"][0]["changes"][0]["value"]["contacts"]
    pieces = pieces_of(webhook_of([first, second, third], contacts=[other, *contacts]))
    names = [(piece.value.sender.name, piece.value.sender.user_id) for piece in pieces]
    assert names == [("Maribel Ortega", first["from_user_id"]), ("Tomás", "US.77"), ("", None)]
    assert [len(piece.body["entry"][0]["changes"][0]["value"].get("contacts", [])) for piece in pieces] == [1, 1, 0]


def test_a_broken_contact_harms_only_who_finds_no_other():
    known = payload("messages/text")["entry"][0]["changes"][0]["value"]["contacts"][0]
    stranger = {**message(), "from": "12125550177", "id": "wamid.2"}
    del stranger["from_user_id"]
    pieces = pieces_of(webhook_of([message(), stranger], contacts=[known, {"wa_id": ["12125550177"]}]))
    assert [piece.kind for piece in pieces] == [PieceKind.MESSAGE, PieceKind.BAD]
    assert pieces[1].problem == "contacts[1].wa_id: expected text, got a list"


def test_a_message_nobody_sent_is_bad():
    nobody = message()
    del nobody["from"], nobody["from_user_id"]
    assert bad(webhook_of([nobody], contacts=[])) == "messages[0].from: nobody is named, and no contact fits"


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"id": None}, "messages[0].id: expected text, got nothing"),
        ({"id": ""}, "messages[0].id: expected an id, got text"),
        ({"id": "w" * 257}, "messages[0].id: longer than 256 characters"),
        ({"id": True}, "messages[0].id: expected text, got true or false"),
        ({"timestamp": "yesterday"}, "messages[0].timestamp: expected a unix time, got text"),
        ({"timestamp": "999999999999"}, "messages[0].timestamp: expected a unix time, got text"),
        ({"timestamp": 1.5}, "messages[0].timestamp: expected a unix time, got a number"),
        ({"timestamp": None}, "messages[0].timestamp: expected a unix time, got nothing"),
        ({"type": 7}, "messages[0].type: expected text, got a number"),
        ({"text": None}, "messages[0].text: expected an object, got nothing"),
        ({"text": "Hello"}, "messages[0].text: expected an object, got text"),
        ({"text": {"body": ["a"]}}, "messages[0].text.body: expected text, got a list"),
        ({"context": "x"}, "messages[0].context: expected an object, got text"),
        ({"context": {"id": {}}}, "messages[0].context.id: expected text, got an object"),
        ({"context": {"forwarded": "yes"}}, "messages[0].context.forwarded: expected true or false, got text"),
        ({"from": 1.25}, "messages[0].from: expected text, got a number"),
        ({"referral": []}, "messages[0].referral: expected an object, got a list"),
        ({"errors": {}}, "messages[0].errors: expected a list, got an object"),
        ({"errors": [{}]}, "messages[0].errors[0].code: expected text, got nothing"),
        ({"type": "image", "image": {}}, "messages[0].image.id: expected text, got nothing"),
        (
            {"type": "location", "location": {"latitude": "40", "longitude": 1}},
            "messages[0].location.latitude: expected a number, got text",
        ),
        (
            {"type": "location", "location": {"latitude": float("nan"), "longitude": 1}},
            "messages[0].location.latitude: no usable number",
        ),
        ({"big": 2**63}, "messages[0].big: no usable number"),
        ({"big": float("inf")}, "messages[0].big: no usable number"),
        ({"type": "reaction", "reaction": {}}, "messages[0].reaction.message_id: expected text, got nothing"),
        ({"type": "contacts", "contacts": {}}, "messages[0].contacts: expected a list, got an object"),
        (
            {"type": "edit", "edit": {"original_message_id": "x"}},
            "messages[0].edit.message: expected an object, got nothing",
        ),
    ],
)
def test_a_wrong_type_is_told_by_the_name_of_the_field(change, problem):
    assert bad(webhook_of([{**message(), **change}])) == problem


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (None, "webhook: expected an object, got nothing"),
        ([], "webhook: expected an object, got a list"),
        ({}, "webhook.object: expected whatsapp_business_account"),
        ({"object": "page", "entry": [1]}, "webhook.object: expected whatsapp_business_account"),
        ({"object": "whatsapp_business_account"}, "webhook.entry: expected updates, got nothing"),
        ({"object": "whatsapp_business_account", "entry": {}}, "webhook.entry: expected a list, got an object"),
        ({"object": "whatsapp_business_account", "entry": ["x"]}, "entry[0]: expected an object, got text"),
        (
            {"object": "whatsapp_business_account", "entry": [{"changes": [{"value": {}}]}]},
            "entry[0].changes[0].field: expected text, got nothing",
        ),
        (
            {"object": "whatsapp_business_account", "entry": [{"changes": [{"field": "messages"}]}]},
            "value: expected an object, got nothing",
        ),
    ],
)
def test_a_wrong_frame_is_told_by_name(body, problem):
    assert bad(body) == problem


def test_messages_without_a_number_cannot_be_routed():
    problem = "value.metadata.phone_number_id: expected an id, got nothing"
    assert bad(webhook_of([message()], metadata={"display_phone_number": "1"})) == problem
    assert bad(webhook_of([message()], metadata=None)) == problem


def test_a_list_that_is_none_is_one_bad_piece_beside_the_good_list():
    statuses = payload("statuses/read")["entry"][0]["changes"][0]["value"]["statuses"]
    pieces = pieces_of(webhook_of("none", statuses=statuses))
    assert [piece.kind for piece in pieces] == [PieceKind.BAD, PieceKind.STATUS]
    assert pieces[0].problem == "value.messages: expected a list, got text"


def test_ids_may_come_as_numbers():
    body = webhook_of([{**message(), "from": 12125550142}])
    body["entry"][0]["id"] = int(WABA_ID)
    body["entry"][0]["changes"][0]["value"]["metadata"]["phone_number_id"] = int(NUMBER_ID)
    (piece,) = pieces_of(body)
    assert (piece.waba_id, piece.phone_number_id, piece.value.sender.phone) == (WABA_ID, NUMBER_ID, "+12125550142")


def test_nul_and_lone_surrogates_do_not_get_through():
    text = {**message(), "text": {"body": "be\x00fore \ud800 after 😀"}, "no\x00te": ["\udfff"]}
    (piece,) = pieces_of(webhook_of([text]))
    assert piece.value.text == "before \ufffd after 😀"
    assert piece.raw["note"] == ["\ufffd"]


def test_long_text_is_kept_whole():
    text = "é" * 65_536
    (piece,) = pieces_of(webhook_of([{**message(), "text": {"body": text}}]))
    assert isinstance(piece.value, IncomingMessage)
    assert piece.value.text == text


def test_nesting_without_end_is_one_bad_piece():
    deep: Any = "x"
    for _ in range(900):
        deep = [deep]
    pieces = pieces_of(webhook_of([{**message(), "type": "deep", "deep": deep}, message()]))
    assert [piece.kind for piece in pieces] == [PieceKind.BAD, PieceKind.MESSAGE]
    assert pieces[0].problem == "messages[0].deep: nested deeper than 48 levels"
    assert pieces[0].raw["id"] == message()["id"]


def test_html_is_text_like_any_other():
    body = "<script>alert(1)</script> & 'x'"
    (piece,) = pieces_of(webhook_of([{**message(), "text": {"body": body}}]))
    assert piece.value.text == body


def paths(value: Any, prefix: tuple[Any, ...] = ()) -> Any:
    """Yield the way to every place in a JSON value below the top."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield (*prefix, key)
        yield from paths(inner, (*prefix, key))


def put(value: Any, path: tuple[Any, ...], new: object) -> None:
    for key in path[:-1]:
        value = value[key]
    value[path[-1]] = new
