"""Every kind of message, exactly: what is not named in the table is at its default."""

from base64 import b64encode
from datetime import UTC, datetime
from typing import Any

import pytest

from integrations.whatsapp.inbound import split
from integrations.whatsapp.messages import safe_name, web_address
from integrations.whatsapp.tests.samples import NUMBER_ID, USER_ID, WA_ID, WABA_ID, names, payload
from integrations.whatsapp.types import ErrorNotice, IncomingMessage, MediaRef, PieceKind, Sender

PARENT = "US.ENT.55102938471650293847"
SHA = "3q2+7w0c1y8nQ0m6o2m7r5jv0H0h5m3m2x9c6b1a4d8="
AT = datetime(2026, 6, 15, 12, 0, tzinfo=UTC)


def wamid(label: str) -> str:
    return "wamid." + b64encode(f"redress-sample-{label}".encode()).decode()


IN, OUT = wamid("in-0001"), wamid("out-0001")
MARIBEL = Sender(user_id=USER_ID, wa_id=WA_ID, phone="+12125550142", name="Maribel Ortega")


def button(kind: str, id_: str, title: str, description: str = "") -> dict[str, Any]:
    return {"interactive": {"type": kind, "id": id_, "title": title, "description": description}}


def form(name: str, response: object) -> dict[str, Any]:
    return {"interactive": {"type": "nfm_reply", "name": name, "response": response}}


def media(number: int, mime_type: str, **more: Any) -> tuple[MediaRef, ...]:
    return (MediaRef(media_id=f"50001000{number}", mime_type=mime_type, sha256=SHA, **more),)


def raw(name: str) -> Any:
    return payload(f"messages/{name}")["entry"][0]["changes"][0]["value"]["messages"][0]


def explained(name: str) -> Any:
    return raw(name) | {"errors": payload(f"messages/{name}")["entry"][0]["changes"][0]["value"]["errors"]}


EXPECTED: dict[str, dict[str, Any]] = {
    "text": {"text": "Hi, my report shows a card I never opened. What can I do?"},
    "text_reply": {"text": "Yes, that one", "reply_to": OUT},
    "text_forwarded": {"text": "Look what the bureau wrote me", "forwarded": True},
    "text_frequently_forwarded": {"text": "Free credit tips!", "forwarded": True},
    "text_product_question": {
        "text": "Does this plan include all three bureaus?",
        "reply_to": OUT,
        "content": {"product": {"catalog_id": "810020030040050", "product_retailer_id": "plan-growth"}},
    },
    "text_from_ad": {"text": "I saw your ad", "content": {"referral": raw("text_from_ad")["referral"]}},
    "text_from_post": {"text": "I saw your post", "content": {"referral": raw("text_from_post")["referral"]}},
    "text_in_group": {"text": "Hello everyone", "content": {"group_id": "R3JvdXAtc2FtcGxlLTAwMDE"}},
    "text_emoji_rtl": {
        "text": "שלום 👋🏽 مرحبا — ¿cómo están? 👩‍👩‍👧",
        "sender": Sender(user_id=USER_ID, wa_id=WA_ID, phone="+12125550142", name="نور <b>N</b>"),
    },
    "sender_username_only": {
        "text": "I prefer not to show my number",
        "sender": Sender(user_id=USER_ID, name="Luz", username="luz.repairs"),
    },
    "sender_empty_wa_id": {
        "text": "Same here",
        "sender": Sender(user_id=USER_ID, parent_user_id=PARENT, name="Luz", username="luz.repairs"),
    },
    "sender_user_id_in_from": {
        "text": "My id is where the phone was",
        "sender": Sender(user_id=USER_ID, name="Luz"),
    },
    "sender_phone_only": {
        "text": "An old style webhook",
        "sender": Sender(wa_id=WA_ID, phone="+12125550142", name="Maribel Ortega"),
    },
    "sender_without_contacts": {"text": "No contacts at all", "sender": Sender(wa_id=WA_ID, phone="+12125550142")},
    "sender_with_parent": {
        "text": "One of two portfolios",
        "sender": Sender(USER_ID, PARENT, WA_ID, "+12125550142", "Maribel Ortega"),
    },
    "image": {
        "type": "image",
        "text": "Page 3 of the letter",
        "attachments": media(1, "image/jpeg", caption="Page 3 of the letter"),
    },
    "image_with_url": {
        "type": "image",
        "attachments": media(2, "image/png", url=raw("image_with_url")["image"]["url"]),
    },
    "video": {
        "type": "video",
        "text": "This is how I open the letter",
        "attachments": media(3, "video/mp4", caption="This is how I open the letter"),
    },
    "audio": {"type": "audio", "attachments": media(4, "audio/mpeg")},
    "audio_voice": {"type": "audio", "attachments": media(5, "audio/ogg; codecs=opus", voice=True)},
    "document": {
        "type": "document",
        "text": "My report",
        "attachments": media(6, "application/pdf", filename="credit report.pdf", caption="My report"),
    },
    "document_hostile_name": {
        "type": "document",
        "attachments": media(7, "application/octet-stream", filename="fdp.exe"),
    },
    "sticker": {"type": "sticker", "attachments": media(8, "image/webp")},
    "sticker_animated": {"type": "sticker", "attachments": media(9, "image/webp", animated=True)},
    "location": {
        "type": "location",
        "text": "Northside Credit Help",
        "content": {
            "location": {
                "latitude": 40.7411,
                "longitude": -73.9897,
                "name": "Northside Credit Help",
                "address": "1 Example Plaza, New York",
                "url": "https://maps.example.com/?cid=1",
            }
        },
    },
    "location_pin": {
        "type": "location",
        "content": {"location": {"latitude": 40.7411, "longitude": -73, "name": "", "address": "", "url": ""}},
    },
    "contacts": {
        "type": "contacts",
        "text": "Tomás Rivas, Rosa",
        "content": {
            "contacts": [
                {
                    "name": "Tomás Rivas",
                    "organization": "Example Bakery",
                    "birthday": "1990-02-11",
                    "phones": [{"phone": "+1 (212) 555-0177", "wa_id": "12125550177", "type": "CELL"}],
                    "emails": [{"email": "tomas@example.com", "type": "HOME"}],
                    "urls": [{"url": "https://bakery.example.com", "type": "WORK"}],
                    "addresses": [
                        {
                            "street": "9 Sample Ave",
                            "city": "Queens",
                            "state": "NY",
                            "zip": "11101",
                            "country": "USA",
                            "country_code": "us",
                            "type": "WORK",
                        }
                    ],
                },
                {
                    "name": "Rosa",
                    "organization": "",
                    "birthday": "",
                    "phones": [{"phone": "+1 212-555-0178", "wa_id": "", "type": "HOME"}],
                    "emails": [],
                    "urls": [],
                    "addresses": [],
                },
            ]
        },
    },
    "interactive_button_reply": {
        "type": "interactive",
        "text": "Book a call",
        "reply_to": OUT,
        "content": button("button_reply", "book-call", "Book a call"),
    },
    "interactive_list_reply": {
        "type": "interactive",
        "text": "Tuesday 9:30",
        "reply_to": OUT,
        "content": button("list_reply", "slot-0930", "Tuesday 9:30", "30 minutes, by phone"),
    },
    "interactive_list_reply_bare": {
        "type": "interactive",
        "text": "Tuesday 10:00",
        "content": button("list_reply", "slot-1000", "Tuesday 10:00"),
    },
    "interactive_form": {
        "type": "interactive",
        "text": "Sent",
        "reply_to": OUT,
        "content": form("flow", {"flow_token": "tok-1", "goal": "house", "bureaus": ["all"]}),
    },
    "interactive_form_no_object": {"type": "interactive", "text": "Sent", "content": form("flow", "just text")},
    "interactive_form_no_json": {
        "type": "interactive",
        "text": "1 Example Plaza",
        "content": form("address_message", "{broken"),
    },
    "interactive_call_permission": {
        "type": "interactive",
        "reply_to": OUT,
        "content": {"interactive": raw("interactive_call_permission")["interactive"]},
    },
    "interactive_without_body": {
        "type": "unsupported",
        "content": {"unsupported": {"type": "interactive", "raw": explained("interactive_without_body")}},
        "errors": (ErrorNotice("131000", "Something went wrong", "The reply could not be read"),),
    },
    "button": {
        "type": "interactive",
        "text": "Yes",
        "reply_to": OUT,
        "content": button("button", "confirm-appointment", "Yes"),
    },
    "button_without_context": {"type": "interactive", "text": "Stop", "content": button("button", "stop", "Stop")},
    "reaction": {"type": "reaction", "content": {"reaction": {"message_id": OUT, "emoji": "🙏🏽"}}},
    "reaction_removed_empty": {"type": "reaction", "content": {"reaction": {"message_id": OUT, "emoji": ""}}},
    "reaction_removed_absent": {"type": "reaction", "content": {"reaction": {"message_id": OUT, "emoji": ""}}},
    "order": {
        "type": "order",
        "text": "For my wife too",
        "content": {
            "order": {
                "catalog_id": "810020030040050",
                "items": [
                    {"product_retailer_id": "plan-growth", "quantity": 2, "item_price": "118.8", "currency": "USD"},
                    {"product_retailer_id": "letter-pack", "quantity": 1, "item_price": "15", "currency": "USD"},
                ],
            }
        },
    },
    "system_number_changed": {
        "type": "system",
        "text": "Maribel Ortega has a new number",
        "sender": Sender(wa_id=WA_ID, phone="+12125550142"),
        "content": {"system": {"type": "user_changed_number", "wa_id": "12125550143", "user_id": "", "identity": None}},
    },
    "system_identity_changed": {
        "type": "system",
        "text": "Maribel Ortega has a new security code",
        "content": {
            "system": {
                "type": "customer_identity_changed",
                "wa_id": WA_ID,
                "user_id": "",
                "identity": {"acknowledged": True, "created_timestamp": "1781524790", "hash": "sampleHASH"},
            }
        },
    },
    "unsupported": {
        "type": "unsupported",
        "content": {"unsupported": {"type": "unsupported", "raw": raw("unsupported")}},
        "errors": (ErrorNotice("131051", "Message type unknown", "Nothing here can show this kind."),),
    },
    "unsupported_with_type": {
        "type": "unsupported",
        "content": {"unsupported": {"type": "poll", "raw": raw("unsupported_with_type")}},
        "errors": (ErrorNotice("131051", "Message type unknown", "Nothing here can show this kind."),),
    },
    "type_of_tomorrow": {
        "type": "unsupported",
        "content": {"unsupported": {"type": "hologram", "raw": raw("type_of_tomorrow")}},
    },
    "edit": {
        "vendor_id": wamid("in-0002"),
        "text": "I meant the OTHER card",
        "content": {"edit": {"original_message_id": IN}},
    },
    "edit_caption": {
        "vendor_id": wamid("in-0003"),
        "type": "image",
        "text": "Page 4, sorry",
        "attachments": media(1, "image/jpeg", caption="Page 4, sorry"),
        "content": {"edit": {"original_message_id": IN}},
    },
    "revoke": {
        "vendor_id": wamid("in-0004"),
        "type": "system",
        "content": {"revoke": {"original_message_id": IN}},
    },
}


def test_the_table_names_every_payload():
    assert sorted(EXPECTED) == names("messages")


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_a_message_says_exactly_this(name):
    piece = next(split(payload(f"messages/{name}")))
    common = {"vendor_id": IN, "sender": MARIBEL, "sent_at": AT, "type": "text"}
    assert piece.value == IncomingMessage(**{**common, **EXPECTED[name]})
    assert (piece.kind, piece.field, piece.waba_id, piece.phone_number_id, piece.problem) == (
        PieceKind.MESSAGE,
        "messages",
        WABA_ID,
        NUMBER_ID,
        "",
    )
    assert piece.raw == (explained(name) if name == "interactive_without_body" else raw(name))


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_a_message_kept_as_a_webhook_of_its_own_says_the_same(name):
    piece = next(split(payload(f"messages/{name}")))
    assert list(split(piece.body)) == [piece]


def test_an_error_beside_a_message_is_a_piece_of_its_own():
    pieces = list(split(payload("messages/interactive_without_body")))
    assert [piece.kind for piece in pieces] == [PieceKind.MESSAGE, PieceKind.ERROR]
    assert pieces[1].value == ErrorNotice("131000", "Something went wrong", "The reply could not be read")


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("report.pdf", "report.pdf"),
        ("..\\..\\windows\\system.ini", "system.ini"),
        ("/etc/passwd", "passwd"),
        ("..", ""),
        ("a\x00b\n.pdf", "ab.pdf"),
        ("\u202egpj.exe", "gpj.exe"),
        ("x" * 300 + ".pdf", "x" * 251 + ".pdf"),
        ("", ""),
    ],
)
def test_a_file_name_is_only_a_name(given, kept):
    assert safe_name(given) == kept


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", " https://x.example", "//x.example"])
def test_a_link_that_is_not_for_the_web_is_dropped(url):
    assert web_address(url) == ""
