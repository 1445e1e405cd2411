"""Updates that are no messages: delivery statuses, templates, accounts, preferences, errors."""

from datetime import datetime
from typing import Any

from integrations.whatsapp.fields import Fields
from integrations.whatsapp.types import (
    AccountUpdate,
    ErrorNotice,
    PreferenceUpdate,
    Sender,
    StatusUpdate,
    TemplateUpdate,
)

TEMPLATE_FIELDS = frozenset(
    {
        "message_template_status_update",
        "message_template_quality_update",
        "message_template_components_update",
        "template_category_update",
    }
)
ACCOUNT_FIELDS = frozenset(
    {
        "account_update",
        "account_review_update",
        "account_alerts",
        "business_capability_update",
        "phone_number_quality_update",
        "phone_number_name_update",
        "security",
        "partner_solutions",
        "payment_configuration_update",
    }
)
_EVENT_NAMES = ("event", "decision", "alert_type", "status")


def read_status(status: Fields) -> StatusUpdate:
    """Return how far one of our messages came."""
    notices = read_errors(status)
    pricing = status.part("pricing")
    return StatusUpdate(
        vendor_id=status.id("id"),
        tag=status.text("biz_opaque_callback_data", "") or None,
        status=status.text("status").lower(),
        at=status.instant("timestamp"),
        recipient_wa_id=status.id("recipient_id", "") or None,
        recipient_user_id=status.id("recipient_user_id", "") or None,
        error_code=notices[0].code if notices else "",
        error_detail=notices[0].detail or notices[0].title if notices else "",
        pricing=pricing.raw if pricing else None,
    )


def read_errors(holder: Fields) -> tuple[ErrorNotice, ...]:
    """Return the errors in a message, a status or a value."""
    return tuple(read_error(error) for error in holder.parts("errors"))


def read_error(error: Fields) -> ErrorNotice:
    """Return one error. The vendor asks to go by code and details; title and message say the same."""
    data = error.part("error_data")
    title = error.text("title", "") or error.text("message", "")
    return ErrorNotice(code=error.id("code"), title=title, detail=data.text("details", "") if data else "")


def read_template(field: str, value: Fields, at: datetime | None) -> TemplateUpdate:
    """Return news about a template."""
    reason = value.text("reason", "")
    rejection = value.part("rejection_info")
    if rejection:
        told = (rejection.text("reason", ""), rejection.text("recommendation", ""))
        reason = " ".join(part for part in told if part) or reason
    return TemplateUpdate(
        field=field,
        template_id=value.id("message_template_id"),
        name=value.text("message_template_name", ""),
        language=value.text("message_template_language", ""),
        event=value.text("event", ""),
        category=value.text("new_category", "") or value.text("message_template_category", ""),
        quality=value.text("new_quality_score", ""),
        reason="" if reason == "NONE" else reason,
        components=_components(value) if field == "message_template_components_update" else None,
        at=at,
        payload=value.raw,
    )


def _components(value: Fields) -> list[dict[str, Any]]:
    """Return the new content in the form in which templates are listed."""
    found: list[dict[str, Any]] = []
    title, body, footer = (value.text(f"message_template_{part}", "") for part in ("title", "element", "footer"))
    if title:
        found.append({"type": "HEADER", "format": "TEXT", "text": title})
    found.append({"type": "BODY", "text": body})
    if footer:
        found.append({"type": "FOOTER", "text": footer})
    buttons = [_button(button) for button in value.parts("message_template_buttons")]
    if buttons:
        found.append({"type": "BUTTONS", "buttons": buttons})
    return found


def _button(button: Fields) -> dict[str, str]:
    names = ("type", "text", "url", "phone_number")
    values = {name: button.text(f"message_template_button_{name}", "") for name in names}
    return {name: value for name, value in values.items() if value}


def read_account(field: str, value: Fields, at: datetime | None) -> AccountUpdate:
    """Return news about an account or a number, with the word that says what happened when there is one."""
    event = next((found for name in _EVENT_NAMES if (found := value.text(name, ""))), "")
    number = value.id("display_phone_number", "")
    return AccountUpdate(field=field, event=event, display_phone_number=number, at=at, payload=value.raw)


def read_preference(preference: Fields, sender: Sender) -> PreferenceUpdate:
    """Return a customer's choice about a kind of messages."""
    return PreferenceUpdate(
        sender=sender,
        category=preference.text("category"),
        value=preference.text("value"),
        at=preference.instant("timestamp"),
        detail=preference.text("detail", ""),
    )
