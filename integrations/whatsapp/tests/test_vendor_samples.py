"""Samples of the vendor's documentation and of an independent client, where they lie beside the repository."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from integrations.whatsapp.inbound import split
from integrations.whatsapp.tests.samples import SHARED
from integrations.whatsapp.types import PieceKind

pytestmark = pytest.mark.skipif(not SHARED.is_dir(), reason="the vendor's samples are not beside the repository")
Raw = dict[str, Any]
MESSAGE, STATUS, TEMPLATE = PieceKind.MESSAGE, PieceKind.STATUS, PieceKind.TEMPLATE
ACCOUNT, PREFERENCE, ERROR, UNKNOWN = PieceKind.ACCOUNT, PieceKind.PREFERENCE, PieceKind.ERROR, PieceKind.UNKNOWN


def text(raw: Raw) -> Raw:
    return {"type": "text", "text": raw["text"]["body"], "reply_to": raw.get("context", {}).get("id")}


def forwarded(_raw: Raw) -> Raw:
    return {"forwarded": True, "reply_to": None}


def reply(raw: Raw) -> Raw:
    chosen = raw["interactive"][raw["interactive"]["type"]]
    content = {"type": raw["interactive"]["type"], "description": "", **chosen}
    return {"type": "interactive", "text": chosen["title"], "content": {"interactive": content}}


def quick_reply(raw: Raw) -> Raw:
    button = {"type": "button", "id": raw["button"]["payload"], "title": raw["button"]["text"], "description": ""}
    return {"text": raw["button"]["text"], "reply_to": raw["context"]["id"], "content": {"interactive": button}}


def location(raw: Raw) -> Raw:
    place = {"name": "", "address": "", "url": ""} | raw["location"]
    return {"type": "location", "text": place["name"] or place["address"], "content": {"location": place}}


def reaction(raw: Raw) -> Raw:
    return {"type": "reaction", "text": "", "content": {"reaction": {"emoji": "", **raw["reaction"]}}}


def media(raw: Raw) -> Raw:
    (kind,) = {"image", "audio", "sticker"} & set(raw)
    return {"type": kind, "file": raw[kind]}


def number_changed(raw: Raw) -> Raw:
    return {"type": "system", "text": raw["system"]["body"], "new_number": raw["system"]["wa_id"]}


def form(raw: Raw) -> Raw:
    answer = raw["interactive"]["nfm_reply"]
    content = {"type": "nfm_reply", "name": answer["name"], "response": json.loads(answer["response_json"])}
    return {"type": "interactive", "text": answer["body"], "content": {"interactive": content}}


def permission(raw: Raw) -> Raw:
    return {"type": "interactive", "text": "", "content": {"interactive": raw["interactive"]}}


def revoked(raw: Raw) -> Raw:
    return {"type": "system", "content": {"revoke": raw["revoke"]}}


def unsupported(raw: Raw) -> Raw:
    content = {"unsupported": {"type": raw["unsupported"]["type"], "raw": raw}}
    return {"type": "unsupported", "content": content, "error": str(raw["errors"][0]["code"])}


def product(raw: Raw) -> Raw:
    return text(raw) | {"content": {"product": raw["context"]["referred_product"]}}


def status(raw: Raw) -> Raw:
    error = raw.get("errors", [{}])[0]
    return {
        "vendor_id": raw["id"],
        "status": raw["status"],
        "recipient_wa_id": raw["recipient_id"],
        "pricing": raw.get("pricing"),
        "error_code": str(error.get("code", "")),
        "error_detail": error.get("error_data", {}).get("details", ""),
    }


def error(raw: Raw) -> Raw:
    return {"code": str(raw["code"]), "title": raw["title"], "detail": raw["error_data"]["details"]}


def account(raw: Raw) -> Raw:
    return {"event": raw["event"], "payload": raw}


def template(raw: Raw) -> Raw:
    return {
        "template_id": str(raw["message_template_id"]),
        "name": raw["message_template_name"],
        "language": raw["message_template_language"],
        "event": raw.get("event", ""),
        "category": raw.get("message_template_category", ""),
        "reason": "",
    }


def components(raw: Raw) -> Raw:
    return template(raw) | {"components": [{"type": "BODY", "text": raw["message_template_element"]}]}


def preference(raw: Raw) -> Raw:
    return {"category": raw["category"], "value": raw["value"], "detail": raw["detail"]}


def nothing(_raw: Raw) -> Raw:
    return {}


EXPECTED: dict[str, tuple[PieceKind, Callable[[Raw], Raw]]] = {
    "webhooks_docs/errors_130429_value_level": (ERROR, error),
    "webhooks_docs/status_failed_131049": (STATUS, status),
    "webhooks_docs/status_sent_pmp_marketing_v23": (STATUS, status),
    "webhooks_docs/status_v24_no_conversation_no_pricing": (STATUS, status),
    "webhooks_meta/button_message": (MESSAGE, quick_reply),
    "webhooks_meta/group_create_message": (UNKNOWN, nothing),
    "webhooks_meta/group_settings_update": (UNKNOWN, nothing),
    "webhooks_meta/interactive_button_reply_message": (MESSAGE, reply),
    "webhooks_meta/location_message": (MESSAGE, location),
    "webhooks_meta/reaction_message": (MESSAGE, reaction),
    "webhooks_meta/text_message": (MESSAGE, text),
    "webhooks_meta/text_message_with_context_product_inquiry": (MESSAGE, product),
    "webhooks_pywa/account_update__account_deleted": (ACCOUNT, account),
    "webhooks_pywa/account_update__account_offboarded": (ACCOUNT, account),
    "webhooks_pywa/account_update__account_restriction": (ACCOUNT, account),
    "webhooks_pywa/account_update__ad_account_linked": (ACCOUNT, account),
    "webhooks_pywa/account_update__mm_api_for_wa_terms_of_service": (ACCOUNT, account),
    "webhooks_pywa/account_update__partner_app_installed": (ACCOUNT, account),
    "webhooks_pywa/account_update__partner_led_business_verification_status": (ACCOUNT, account),
    "webhooks_pywa/account_update__partner_removed_wa_app_disconnection": (ACCOUNT, account),
    "webhooks_pywa/account_update__primary_business_location_set": (ACCOUNT, account),
    "webhooks_pywa/call_connect__user_initiated": (UNKNOWN, nothing),
    "webhooks_pywa/call_permission_update__reject": (MESSAGE, permission),
    "webhooks_pywa/call_terminate__call_terminate": (UNKNOWN, nothing),
    "webhooks_pywa/callback_button__quick_reply": (MESSAGE, quick_reply),
    "webhooks_pywa/callback_selection__callback": (MESSAGE, reply),
    "webhooks_pywa/deleted_message__revoke": (MESSAGE, revoked),
    "webhooks_pywa/flow_completion__completion": (MESSAGE, form),
    "webhooks_pywa/message__animated_sticker": (MESSAGE, media),
    "webhooks_pywa/message__chosen_location": (MESSAGE, lambda raw: location(raw) | forwarded(raw)),
    "webhooks_pywa/message__current_location": (MESSAGE, lambda raw: location(raw) | forwarded(raw)),
    "webhooks_pywa/message__forwarded": (MESSAGE, lambda raw: text(raw) | forwarded(raw)),
    "webhooks_pywa/message__image": (MESSAGE, media),
    "webhooks_pywa/message__media_with_url": (MESSAGE, media),
    "webhooks_pywa/message__reaction": (MESSAGE, reaction),
    "webhooks_pywa/message__reply": (MESSAGE, text),
    "webhooks_pywa/message__text": (MESSAGE, text),
    "webhooks_pywa/message__unreaction_no_emoji": (MESSAGE, reaction),
    "webhooks_pywa/message__unsupported_with_type": (MESSAGE, unsupported),
    "webhooks_pywa/message__voice": (MESSAGE, media),
    "webhooks_pywa/message_status__failed": (STATUS, status),
    "webhooks_pywa/message_status__played": (STATUS, status),
    "webhooks_pywa/message_status__sent": (STATUS, status),
    "webhooks_pywa/outgoing_message__delete": (UNKNOWN, nothing),
    "webhooks_pywa/outgoing_message__text": (UNKNOWN, nothing),
    "webhooks_pywa/system__phone_number_change": (MESSAGE, number_changed),
    "webhooks_pywa/template_components_update__element": (TEMPLATE, components),
    "webhooks_pywa/template_status_update__approved": (TEMPLATE, template),
    "webhooks_pywa/user_marketing_preferences__resume": (PREFERENCE, preference),
}
LISTS = {MESSAGE: "messages", STATUS: "statuses", ERROR: "errors", PREFERENCE: "user_preferences"}


def test_every_sample_is_in_the_table():
    found = {f"{path.parent.name}/{path.stem}" for path in SHARED.glob("webhooks_*/*.json")}
    assert found == set(EXPECTED)


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_a_sample_is_one_piece_that_says_what_is_in_it(name):
    body = json.loads((SHARED / f"{name}.json").read_text(encoding="utf-8"))
    kind, expectation = EXPECTED[name]
    change = body["entry"][0]["changes"][0]
    value = change["value"]
    raw = value[LISTS[kind]][0] if kind in LISTS else value
    (piece,) = split(body)
    assert (piece.kind, piece.field, piece.problem) == (kind, change["field"], "")
    assert piece.waba_id == body["entry"][0]["id"]
    assert piece.phone_number_id == value.get("metadata", {}).get("phone_number_id", "")
    assert piece.raw == raw
    seen = shown(piece.value)
    assert {key: seen[key] for key in expectation(raw)} == expectation(raw)
    if kind is MESSAGE:
        check_sender(piece.value, raw, value)


def shown(value: Any) -> Raw:
    """Return the value's fields, with the few under which the tables name something inside of them."""
    if value is None:
        return {}
    fields = {name: getattr(value, name) for name in value.__dataclass_fields__}
    if fields.get("attachments"):
        (file,) = value.attachments
        given = {"id": file.media_id, "voice": file.voice, "animated": file.animated, "url": file.url}
        fields["file"] = {k: v for k, v in given.items() if v} | {"mime_type": file.mime_type, "sha256": file.sha256}
    if fields.get("errors"):
        fields["error"] = value.errors[0].code
    fields["new_number"] = (fields.get("content") or {}).get("system", {}).get("wa_id")
    return fields


def check_sender(message: Any, raw: Raw, value: Raw) -> None:
    contact: Raw = next((item for item in value.get("contacts", []) if item["wa_id"] == raw["from"]), {})
    sender = message.sender
    assert sender.wa_id == raw["from"]
    assert sender.phone == (f"+{raw['from']}" if raw["from"].isdigit() else None)
    assert sender.user_id == contact.get("user_id")
    assert sender.name == contact.get("profile", {}).get("name", "")
    assert (message.vendor_id, int(message.sent_at.timestamp())) == (raw["id"], int(raw["timestamp"]))
