"""Numbers and accounts: what they are, how they are set up, where their webhooks go."""

import re
from collections.abc import Callable
from typing import Any

from integrations.whatsapp import courier
from integrations.whatsapp.emulator.asgi import Reply, Request
from integrations.whatsapp.emulator.paging import only, page
from integrations.whatsapp.emulator.refusals import Refusal
from integrations.whatsapp.emulator.world import World
from integrations.whatsapp.wire import Number

_NUMBER = (
    *("id", "display_phone_number", "verified_name", "code_verification_status", "quality_rating", "platform_type"),
    *("throughput", "webhook_configuration"),
)
_ACCOUNT = ("id", "name", "currency", "timezone_id", "message_template_namespace")
_PROFILE = ("about", "address", "description", "email", "profile_picture_url", "websites", "vertical")
_PIN = re.compile(r"\d{6}")
_MAX_ABOUT, _MAX_DESCRIPTION, _MAX_SITES = 139, 512, 2
_SUCCESS = {"success": True}


def number_info(world: World, number: Number) -> dict[str, Any]:
    """Return everything the vendor tells of a number."""
    facts = world.store.facts(number.phone_number_id)
    override = facts.get("override_callback_uri", "")
    return {
        "id": number.phone_number_id,
        "display_phone_number": "+" + number.display_phone_number.lstrip("+"),
        "verified_name": "Emulated Business",
        "code_verification_status": "VERIFIED",
        "quality_rating": "GREEN",
        "quality_score": {"score": facts.get("quality_rating", "GREEN")},
        "platform_type": "CLOUD_API",
        "throughput": {"level": "STANDARD"},
        "messaging_limit_tier": "TIER_2K",
        "whatsapp_business_manager_messaging_limit": facts.get("messaging_limit_tier", "TIER_2K"),
        "name_status": "APPROVED",
        "new_name_status": "NONE",
        "status": "CONNECTED" if facts.get("registered", True) else "DISCONNECTED",
        "account_mode": "LIVE",
        "is_official_business_account": False,
        "is_pin_enabled": True,
        "webhook_configuration": {"application": override or world.options.webhook_url},
        **{name: value for name, value in facts.items() if name not in {"registered", "override_callback_uri"}},
    }


def show_number(world: World, request: Request, node: str) -> Reply:
    """Show a number."""
    number = world.number(node, request.token)
    return Reply(200, only(number_info(world, number), request.query.get("fields", ""), _NUMBER))


def show_account(world: World, request: Request, node: str) -> Reply:
    """Show an account."""
    waba_id = world.account(node, request.token)
    info = {
        "id": waba_id,
        "name": "Emulated Business Account",
        "currency": "USD",
        "timezone_id": "1",
        "message_template_namespace": f"emulated_{waba_id}",
        "account_review_status": "APPROVED",
        "business_verification_status": "verified",
        "country": "US",
        "status": "ACTIVE",
        **world.store.facts(waba_id),
    }
    return Reply(200, only(info, request.query.get("fields", ""), _ACCOUNT))


def list_numbers(world: World, request: Request, node: str) -> Reply:
    """List the numbers of an account."""
    numbers = world.store.numbers_of(world.account(node, request.token))
    fields = request.query.get("fields", "")
    infos = [only(number_info(world, number), fields, _NUMBER) for number, _token in numbers]
    return Reply(200, page(infos, request, f"{node}/phone_numbers"))


async def set_up_number(world: World, request: Request, node: str) -> Reply:
    """Change where the webhooks of a number go, or the name it asks for."""
    number = world.number(node, request.token)
    fields = request.fields()
    if "webhook_configuration" in fields:
        wanted = fields["webhook_configuration"]
        await _override(world, number.phone_number_id, wanted if isinstance(wanted, dict) else {})
    if "new_display_name" in fields:
        facts = {"new_display_name": str(fields["new_display_name"]), "new_name_status": "PENDING_REVIEW"}
        world.store.add_facts(number.phone_number_id, facts)
    return Reply(200, _SUCCESS)


def show_apps(world: World, request: Request, node: str) -> Reply:
    """Show that the app listens to an account, and where."""
    facts = world.store.facts(world.account(node, request.token))
    app: dict[str, Any] = {
        "whatsapp_business_api_data": {"id": "670843887433847", "link": "https://example.com/", "name": "Emulated App"}
    }
    if facts.get("override_callback_uri"):
        app["override_callback_uri"] = facts["override_callback_uri"]
    return Reply(200, {"data": [app] if facts.get("subscribed", True) else []})


async def subscribe(world: World, request: Request, node: str) -> Reply:
    """Have the app listen to an account, at an address of its own if one is given."""
    waba_id = world.account(node, request.token)
    await _override(world, waba_id, request.fields())
    world.store.add_facts(waba_id, {"subscribed": True})
    return Reply(200, _SUCCESS)


def unsubscribe(world: World, request: Request, node: str) -> Reply:
    """Have the app listen no more."""
    world.store.add_facts(world.account(node, request.token), {"subscribed": False})
    return Reply(200, _SUCCESS)


def show_profile(world: World, request: Request, node: str) -> Reply:
    """Show what customers see of a business."""
    number = world.number(node, request.token)
    profile = {
        "messaging_product": "whatsapp",
        "vertical": "OTHER",
        **world.store.facts(f"profile {number.phone_number_id}"),
    }
    wanted = [name.strip() for name in request.query.get("fields", "").split(",") if name.strip()] or _PROFILE
    return Reply(200, {"data": [{key: profile[key] for key in ("messaging_product", *wanted) if key in profile}]})


def set_profile(world: World, request: Request, node: str) -> Reply:
    """Change what customers see of a business."""
    number = world.number(node, request.token)
    fields = request.fields()
    _require_product(fields)
    for name, most in (("about", _MAX_ABOUT), ("description", _MAX_DESCRIPTION)):
        if len(str(fields.get(name, ""))) > most:
            raise Refusal(100, f"Param {name} must be at most {most} characters long.")
    if len(fields.get("websites") or []) > _MAX_SITES:
        raise Refusal(100, f"Param websites may have {_MAX_SITES} entries.")
    known = {name: fields[name] for name in _PROFILE if name in fields}
    world.store.add_facts(f"profile {number.phone_number_id}", known)
    return Reply(200, _SUCCESS)


def register(world: World, request: Request, node: str) -> Reply:
    """Register a number with its PIN; the first one sets it."""
    number = world.number(node, request.token)
    fields = request.fields()
    _require_product(fields)
    pin = str(fields.get("pin", ""))
    if not _PIN.fullmatch(pin):
        raise Refusal(100, "Param pin must be 6 digits.")
    if world.store.facts(f"pin {number.phone_number_id}").get("pin", pin) != pin:
        raise Refusal(133005, "The two-step verification PIN is not the right one.")
    world.store.add_facts(f"pin {number.phone_number_id}", {"pin": pin})
    world.store.add_facts(number.phone_number_id, {"registered": True})
    return Reply(200, _SUCCESS)


def deregister(world: World, request: Request, node: str) -> Reply:
    """Deregister a number: it sends no more."""
    number = world.number(node, request.token)
    world.store.add_facts(number.phone_number_id, {"registered": False})
    return Reply(200, _SUCCESS)


async def _override(world: World, node: str, wanted: dict[str, Any]) -> None:
    """Send webhooks of a number or an account to an address that answers the challenge. Raises Refusal."""
    url = str(wanted.get("override_callback_uri", ""))
    if url and not await courier.challenge(url, str(wanted.get("verify_token", ""))):
        raise Refusal(100, "The callback URL or verify token couldn't be validated.", subcode=2200)
    world.store.add_facts(node, {"override_callback_uri": url})


def _require_product(fields: dict[str, Any]) -> None:
    if fields.get("messaging_product") != "whatsapp":
        raise Refusal(100, "The parameter messaging_product is required.")


ON_NUMBER: dict[tuple[str, str], Callable[..., Any]] = {
    ("GET", "whatsapp_business_profile"): show_profile,
    ("POST", "whatsapp_business_profile"): set_profile,
    ("POST", "register"): register,
    ("POST", "deregister"): deregister,
}
ON_ACCOUNT: dict[tuple[str, str], Callable[..., Any]] = {
    ("GET", "phone_numbers"): list_numbers,
    ("GET", "subscribed_apps"): show_apps,
    ("POST", "subscribed_apps"): subscribe,
    ("DELETE", "subscribed_apps"): unsubscribe,
}
