"""What the vendor tells beside messages: templates, quality, account, preferences."""

import time
from typing import Any

from integrations.whatsapp.emulator.world import World
from integrations.whatsapp.inbound import OBJECT
from integrations.whatsapp.wire import Number, contact, user_id_of, webhook

Template = dict[str, Any]


def tell(world: World, waba_id: str, field: str, value: dict[str, Any], *, after: float = 0.0) -> None:
    """Send a webhook about an account, with whatever value."""
    change = {"field": field, "value": value}
    entry = {"id": waba_id, "time": int(time.time() + after), "changes": [change]}
    world.announce(Number("", waba_id, ""), field, {"object": OBJECT, "entry": [entry]}, after=after)


def tell_status(world: World, waba_id: str, template: Template, reason: str, *, after: float = 0.0) -> None:
    """Tell that a template has now another status."""
    value = {"event": template["status"], **_named(template), "reason": reason}
    tell(
        world,
        waba_id,
        "message_template_status_update",
        {**value, "message_template_category": template["category"]},
        after=after,
    )


def tell_quality(world: World, waba_id: str, template: Template, before: str) -> None:
    """Tell that a template is liked more or less than before."""
    value = {"previous_quality_score": before, "new_quality_score": template["quality_score"]["score"]}
    tell(world, waba_id, "message_template_quality_update", {**value, **_named(template)})


def tell_category(world: World, waba_id: str, template: Template, before: str) -> None:
    """Tell that a template was put into another category."""
    value = {"previous_category": before, "new_category": template["category"]}
    tell(world, waba_id, "template_category_update", {**_named(template), **value})


def tell_number_quality(world: World, number: Number, event: str, limit: str) -> None:
    """Tell that a number may write to more or fewer people."""
    value = {"display_phone_number": number.display_phone_number, "event": event, "current_limit": limit}
    tell(world, number.waba_id, "phone_number_quality_update", value)


def tell_preference(world: World, number: Number, phone: str, value: str) -> None:
    """Tell that a person stops or resumes marketing."""
    wa_id = phone.removeprefix("+")
    choice = {
        "wa_id": wa_id,
        "user_id": user_id_of(wa_id),
        "detail": f"User requested to {value} marketing messages",
        "category": "marketing_messages",
        "value": value,
        "timestamp": int(time.time()),
    }
    contacts = [contact(wa_id, user_id_of(wa_id), "")]
    payload = webhook(number, "user_preferences", contacts=contacts, user_preferences=[choice])
    world.announce(number, "user_preferences", payload)


def _named(template: Template) -> dict[str, Any]:
    return {
        "message_template_id": int(template["id"]),
        "message_template_name": template["name"],
        "message_template_language": template["language"],
    }
