"""Every update that is no message, exactly: what is not named in a table is at its default."""

from datetime import UTC, datetime
from typing import Any

import pytest

from integrations.whatsapp.inbound import split
from integrations.whatsapp.tests.samples import DISPLAY, NUMBER_ID, USER_ID, WA_ID, WABA_ID, names, payload
from integrations.whatsapp.tests.test_messages import OUT
from integrations.whatsapp.types import (
    AccountUpdate,
    ErrorNotice,
    Piece,
    PieceKind,
    PreferenceUpdate,
    Sender,
    StatusUpdate,
    TemplateUpdate,
)

TAG = "0198f3a2-5b7c-7d10-9a44-3f2b6c1d8e90"
SERVICE = {"billable": False, "pricing_model": "PMP", "type": "free_customer_service", "category": "service"}


def only(name: str) -> Piece:
    (piece,) = split(payload(name))
    assert piece.problem == ""
    assert list(split(piece.body)) == [piece], "kept alone it says the same"
    return piece


def value(name: str) -> Any:
    return payload(name)["entry"][0]["changes"][0]["value"]


def price(kind: str, category: str, *, billable: bool) -> dict[str, Any]:
    return {"billable": billable, "pricing_model": "PMP", "type": kind, "category": category}


STATUSES: dict[str, dict[str, Any]] = {
    "sent": {"status": "sent", "pricing": SERVICE},
    "sent_without_pricing": {"status": "sent"},
    "sent_free_entry_point": {
        "status": "sent",
        "pricing": price("free_entry_point", "referral_conversion", billable=False),
    },
    "sent_marketing": {"status": "sent", "pricing": price("regular", "marketing", billable=True)},
    "sent_old_pricing": {
        "status": "sent",
        "tag": None,
        "recipient_user_id": None,
        "pricing": {"billable": True, "pricing_model": "CBP", "category": "authentication-international"},
    },
    "delivered": {"status": "delivered", "pricing": SERVICE},
    "read": {"status": "read"},
    "played": {"status": "played"},
    "failed_window": {
        "status": "failed",
        "error_code": "131047",
        "error_detail": "The last reply is older than a day",
    },
    "failed_undeliverable": {
        "status": "failed",
        "error_code": "131026",
        "error_detail": "Message undeliverable",
    },
    "failed_marketing_limit": {
        "status": "failed",
        "error_code": "131049",
        "error_detail": "Kept back for a healthy ecosystem",
    },
    "failed_without_errors": {"status": "failed"},
    "deleted": {"status": "deleted"},
    "warning": {"status": "warning"},
    "to_user_id_only": {"status": "delivered", "recipient_wa_id": None, "pricing": SERVICE},
    "in_group": {"status": "sent", "recipient_wa_id": "R3JvdXAtc2FtcGxlLTAwMDE", "recipient_user_id": None},
}


def test_the_table_names_every_status():
    assert sorted(STATUSES) == names("statuses")


@pytest.mark.parametrize("name", sorted(STATUSES))
def test_a_status_says_exactly_this(name):
    piece = only(f"statuses/{name}")
    common = {
        "vendor_id": OUT,
        "tag": TAG,
        "at": datetime(2026, 6, 15, 12, 1, tzinfo=UTC),
        "recipient_wa_id": WA_ID,
        "recipient_user_id": USER_ID,
    }
    assert piece.value == StatusUpdate(**{**common, **STATUSES[name]})
    assert (piece.kind, piece.phone_number_id) == (PieceKind.STATUS, NUMBER_ID)


def of_status(event: str, **more: str) -> dict[str, Any]:
    return {"field": "message_template_status_update", "event": event, "category": "UTILITY", **more}


TEMPLATES: dict[str, dict[str, Any]] = {
    **{
        f"status_{event.lower()}": of_status(event)
        for event in (
            "APPROVED",
            "PENDING",
            "PAUSED",
            "DISABLED",
            "FLAGGED",
            "IN_APPEAL",
            "REINSTATED",
            "DELETED",
            "PENDING_DELETION",
            "LIMIT_EXCEEDED",
            "ARCHIVED",
            "UNARCHIVED",
            "LOCKED",
        )
    },
    "status_rejected": of_status("REJECTED", category="MARKETING", reason="INVALID_FORMAT"),
    "status_rejected_explained": of_status(
        "REJECTED", category="MARKETING", reason="The variables stand side by side. Put words between them."
    ),
    "quality": {"field": "message_template_quality_update", "quality": "YELLOW"},
    "quality_first": {"field": "message_template_quality_update", "quality": "UNKNOWN"},
    "category": {"field": "template_category_update", "category": "MARKETING"},
    "category_first": {"field": "template_category_update", "category": "UTILITY"},
    "components": {
        "field": "message_template_components_update",
        "components": [
            {"type": "HEADER", "format": "TEXT", "text": "One thing is missing"},
            {"type": "BODY", "text": "Hi {{1}}, we still need: {{2}}."},
            {"type": "FOOTER", "text": "Reply STOP to end"},
            {
                "type": "BUTTONS",
                "buttons": [
                    {"type": "URL", "text": "Upload", "url": "https://northside.example.com/u"},
                    {"type": "PHONE_NUMBER", "text": "Call", "phone_number": "+12125550100"},
                ],
            },
        ],
    },
    "components_body_only": {
        "field": "message_template_components_update",
        "components": [{"type": "BODY", "text": "Hi {{1}}, there is news."}],
    },
}


def test_the_table_names_every_template_update():
    assert sorted(TEMPLATES) == names("templates")


@pytest.mark.parametrize("name", sorted(TEMPLATES))
def test_a_template_update_says_exactly_this(name):
    piece = only(f"templates/{name}")
    common = {
        "template_id": "640010002000300",
        "name": "documents_missing",
        "language": "en_US",
        "at": datetime(2026, 6, 15, 12, 1, 40, tzinfo=UTC),
        "payload": value(f"templates/{name}"),
    }
    assert piece.value == TemplateUpdate(**{**common, **TEMPLATES[name]})
    assert (piece.kind, piece.waba_id, piece.phone_number_id) == (PieceKind.TEMPLATE, WABA_ID, "")


ACCOUNTS = {
    "account_deleted": "ACCOUNT_DELETED",
    "account_restriction": "ACCOUNT_RESTRICTION",
    "account_violation": "ACCOUNT_VIOLATION",
    "disabled_update": "DISABLED_UPDATE",
    "partner_added": "PARTNER_ADDED",
    "partner_removed": "PARTNER_REMOVED",
    "partner_app_installed": "PARTNER_APP_INSTALLED",
    "partner_app_uninstalled": "PARTNER_APP_UNINSTALLED",
    "auth_intl_price_eligibility": "AUTH_INTL_PRICE_ELIGIBILITY_UPDATE",
    "primary_location": "BUSINESS_PRIMARY_LOCATION_COUNTRY_UPDATE",
    "pricing_tier": "VOLUME_BASED_PRICING_TIER_UPDATE",
    "account_offboarded": "ACCOUNT_OFFBOARDED",
    "account_reconnected": "ACCOUNT_RECONNECTED",
    "ad_account_linked": "AD_ACCOUNT_LINKED",
    "mm_lite_terms_signed": "MM_LITE_TERMS_SIGNED",
    "event_of_tomorrow": "SOMETHING_NEW",
}
OTHER_ACCOUNT_FIELDS = {
    "review": ("account_review_update", "APPROVED", ""),
    "alert": ("account_alerts", "OBA_APPROVED", ""),
    "capability": ("business_capability_update", "", ""),
    "number_quality": ("phone_number_quality_update", "ONBOARDING", DISPLAY),
    "number_quality_down": ("phone_number_quality_update", "DOWNGRADE", DISPLAY),
    "number_name": ("phone_number_name_update", "APPROVED", DISPLAY),
    "security_pin": ("security", "PIN_CHANGED", DISPLAY),
    "partner_solutions": ("partner_solutions", "SOLUTION_CREATED", ""),
    "payment_configuration": ("payment_configuration_update", "Active", ""),
}
ALL_ACCOUNTS = {name: ("account_update", event, "") for name, event in ACCOUNTS.items()} | OTHER_ACCOUNT_FIELDS


def test_the_tables_name_every_account_update():
    assert sorted(ALL_ACCOUNTS) == names("accounts")


@pytest.mark.parametrize("name", sorted(ALL_ACCOUNTS))
def test_an_account_update_says_exactly_this(name):
    piece = only(f"accounts/{name}")
    field, event, number = ALL_ACCOUNTS[name]
    at = datetime(2026, 6, 15, 12, 3, 20, tzinfo=UTC)
    assert piece.value == AccountUpdate(field, event, number, at, value(f"accounts/{name}"))
    assert (piece.kind, piece.field, piece.waba_id) == (PieceKind.ACCOUNT, field, WABA_ID)


MARIBEL = Sender(USER_ID, None, WA_ID, "+12125550142", "Maribel Ortega")
PREFERENCES = {
    "stop": ("stop", MARIBEL),
    "resume": ("resume", MARIBEL),
    "signup": ("signup", Sender(wa_id=WA_ID, phone="+12125550142")),
    "stop_user_id_only": ("stop", Sender(user_id=USER_ID, name="Luz", username="luz.repairs")),
}


def test_the_table_names_every_preference():
    assert sorted(PREFERENCES) == names("preferences")


@pytest.mark.parametrize("name", sorted(PREFERENCES))
def test_a_preference_says_exactly_this(name):
    piece = only(f"preferences/{name}")
    word, sender = PREFERENCES[name]
    assert piece.value == PreferenceUpdate(
        sender=sender,
        category="marketing_messages",
        value=word,
        at=datetime(2026, 6, 15, 12, 5, tzinfo=UTC),
        detail=f"Asked to {word} marketing",
    )
    assert (piece.kind, piece.phone_number_id) == (PieceKind.PREFERENCE, NUMBER_ID)


def test_an_error_of_the_number_says_exactly_this():
    piece = only("errors/number_throughput")
    assert piece.value == ErrorNotice("130429", "Rate limit hit", "Too many messages from this number")
    assert (piece.kind, piece.phone_number_id) == (PieceKind.ERROR, NUMBER_ID)


@pytest.mark.parametrize("name", names("others"))
def test_a_field_we_do_not_use_is_kept_whole(name):
    piece = only(f"others/{name}")
    assert (piece.kind, piece.value, piece.raw) == (PieceKind.UNKNOWN, None, value(f"others/{name}"))
    assert piece.field == payload(f"others/{name}")["entry"][0]["changes"][0]["field"]
    assert piece.phone_number_id == NUMBER_ID
