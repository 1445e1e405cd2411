"""The control API: for the machine it runs on, and the server listens nowhere else. See docs/emulator.md."""

import time
from base64 import b64decode
from collections.abc import Callable
from typing import Any

import phonenumbers

from integrations.whatsapp.emulator import news, samples, templates
from integrations.whatsapp.emulator.asgi import Reply, Request
from integrations.whatsapp.emulator.drafting import rated
from integrations.whatsapp.emulator.faults import MAGIC
from integrations.whatsapp.emulator.refusals import ERRORS, status_error
from integrations.whatsapp.emulator.scenarios import SCENARIOS, play
from integrations.whatsapp.emulator.shelf import RECEIVED_DAYS
from integrations.whatsapp.emulator.world import World
from integrations.whatsapp.wire import Number, contact, new_message_id, user_id_of, webhook

PREFIX = "/_emulator/"
Order = dict[str, Any]
_MOST_FILES = 10_000
_FIELDS_OF_PREFERENCE = {True: "stop", False: "resume"}


def control(world: World, request: Request) -> Reply:
    """Carry out an order."""
    found = _CONTROLS.get((request.method, request.path.removeprefix(PREFIX).strip("/")))
    if found is None:
        return Reply(404, {"error": "no such control; GET /_emulator/ lists them"})
    order = request.json()
    if not isinstance(order, dict):
        return Reply(400, {"error": "a JSON object is needed"})
    try:
        result = found[0](world, {**request.query, **order})
    except (KeyError, TypeError, ValueError) as error:
        return Reply(400, {"error": f"{type(error).__name__}: {error}"})
    return Reply(200, {"ok": True} if result is None else result)


def _help(_world: World, _order: Order) -> object:
    return {
        "what": "Emulator of the WhatsApp Cloud API. Development only. More in docs/emulator.md.",
        "controls": {f"{method} {PREFIX}{path}": text for (method, path), (_run, text) in _CONTROLS.items()},
        "scenarios": {name: scenario.what for name, scenario in SCENARIOS.items()},
        "numbers_that_fail": {phone: text for phone, (_fault, text) in MAGIC.items()},
        "words_that_fail": {"#error-131056": "refused with that code", "#fail-131026": "taken, fails by webhook"},
        "codes": {str(code): title for code, (_status, title) in ERRORS.items()},
    }


def _health(world: World, _order: Order) -> object:
    return {"ok": True, "webhooks_waiting": world.store.waiting()}


def _numbers(world: World, _order: Order) -> object:
    return world.store.numbers()


def _add_numbers(world: World, order: Order) -> None:
    for item in order.get("numbers", [order]):
        number = Number(str(item["phone_number_id"]), str(item["waba_id"]), str(item["display_phone_number"]))
        _check_phone(number.display_phone_number)
        world.store.add_number(number, str(item.get("token", "")))
        for template in item.get("templates", []):
            world.library.add(
                number.waba_id, {"status": "APPROVED", "category": "UTILITY", "components": [], **template}
            )


def _check_phone(phone: str) -> None:
    """Check that the country of a number can be told. Raises ValueError."""
    try:
        phonenumbers.parse("+" + phone.lstrip("+"))
    except phonenumbers.NumberParseException as error:
        message = f"display_phone_number: {error}"
        raise ValueError(message) from error


def _state_facts(world: World, order: Order) -> None:
    """Say something of a number; `announce` tells the receiver of its quality."""
    number = world.named(str(order.pop("phone_number_id")))
    event = order.pop("announce", "")
    world.store.add_facts(number.phone_number_id, order)
    if event:
        limit = str(order.get("messaging_limit_tier", "TIER_2K"))
        news.tell_number_quality(world, number, str(event), limit)


def _inject(world: World, order: Order) -> None:
    """Let calls fail; two habits may be named here as well."""
    copies, disorder = order.pop("webhook_duplicates", None), order.pop("webhook_disorder", None)
    if copies is not None:
        world.habits.change({"webhook_copies": int(copies)})
    if disorder is not None:
        world.habits.change({"webhook_disorder": bool(disorder)})
    if order:
        world.faults.inject(order)


def _clear(world: World, _order: Order) -> None:
    world.faults.clear()
    world.habits.reset()


def _habits(world: World, order: Order) -> object:
    world.habits.change(order)
    return world.habits.shown()


def _scenario(world: World, order: Order) -> None:
    play(str(order["name"]), world.faults, world.habits)


def _aim(world: World, order: Order) -> None:
    world.delivery.aim(**order)


def _webhooks(world: World, order: Order) -> object:
    """Return how webhooks were delivered, newest last; the log holds the last 2,000."""
    limit = int(order.get("limit", "200"))
    return {"waiting": world.store.waiting(), "log": list(world.delivery.log)[-limit:]}


def _messages(world: World, order: Order) -> object:
    recipient = order.get("to", "").strip()
    return world.store.messages(
        phone_number_id=order.get("phone_number_id", ""),
        recipient=f"+{recipient}" if recipient.isdigit() else recipient,
        limit=int(order.get("limit", "1000")),
    )


def _forget(world: World, _order: Order) -> None:
    world.store.forget_messages()
    world.limits.reset()


def _reset(world: World, _order: Order) -> None:
    world.reset()


def _place(world: World, order: Order) -> object:
    """Keep files as if customers had sent them; return what a webhook says of each."""
    if "sample" in order:
        sample = samples.sample(order["sample"], int(order.get("variant", 0)))
        content, mime_type, name, more = sample.content, sample.mime_type, sample.filename, sample.more
    else:
        content, mime_type, name = b64decode(order["content"], validate=True), str(order["mime_type"]), ""
        more = {}
    count = int(order.get("count", 1))
    if not 1 <= count <= _MOST_FILES:
        message = f"count is 1 to {_MOST_FILES}"
        raise ValueError(message)
    placed = world.shelf.place(
        phone_number_id=str(order["phone_number_id"]),
        mime_type=mime_type.partition(";")[0],
        content=content,
        filename=str(order.get("filename", name)),
        days=float(order.get("days", RECEIVED_DAYS)),
        count=count,
    )
    return {"media": [{**media.reference(), "mime_type": mime_type, **more} for media in placed]}


def _expire(world: World, order: Order) -> None:
    world.shelf.expire(str(order["id"]))


def _advance(world: World, order: Order) -> object:
    seconds = float(order["advance_s"])
    if seconds:
        world.clock.advance(seconds)
    else:
        world.clock.reset()
    return {"now": world.clock.now()}


def _receive(world: World, order: Order) -> object:
    """Let a customer write; a `sample` in the message makes the file too."""
    number = world.named(str(order["phone_number_id"]))
    wa_id = str(order["from"]).removeprefix("+")
    user_id, content = user_id_of(wa_id), _with_file(world, number, dict(order["message"]))
    message: Order = {"id": new_message_id(), "from_user_id": user_id, "timestamp": str(int(time.time())), **content}
    if order.get("hides_phone"):
        contacts = [contact("", user_id, str(order.get("name", "")))]
    else:
        message["from"] = wa_id
        contacts = [contact(wa_id, user_id, str(order.get("name", "")))]
    world.customers.wrote(number.phone_number_id, user_id)
    world.announce(number, "received", webhook(number, "messages", contacts=contacts, messages=[message]))
    return {"message": message}


def _with_file(world: World, number: Number, message: Order) -> Order:
    part = message.get(message["type"])
    if isinstance(part, dict) and "sample" in part:
        placed: Any = _place(world, {"phone_number_id": number.phone_number_id, "sample": part["sample"]})
        said = {key: value for key, value in part.items() if key != "sample"}
        return {**message, message["type"]: {**placed["media"][0], **said}}
    return message


def _customer(world: World, order: Order) -> None:
    """Open a person's window, or have them stop or resume marketing."""
    number, phone = world.named(str(order["phone_number_id"])), str(order["phone"])
    if order.get("wrote"):
        world.customers.wrote(number.phone_number_id, phone)
    if "stopped" in order:
        stopped = bool(order["stopped"])
        world.customers.stop_marketing(number.phone_number_id, phone, stopped=stopped)
        news.tell_preference(world, number, phone, _FIELDS_OF_PREFERENCE[stopped])


def _template(world: World, order: Order) -> object:
    """Judge a template: give it another status, quality or category, and tell it."""
    waba_id = str(order["waba_id"])
    template = world.library.find(waba_id, str(order["name"]), str(order["language"]))
    if template is None:
        message = "no such template"
        raise ValueError(message)
    if "status" in order:
        template = templates.judge(
            world, waba_id, template, str(order["status"]).upper(), str(order.get("reason", "NONE"))
        )
    if "quality" in order:
        before = template.get("quality_score", {}).get("score", "UNKNOWN")
        template = world.library.add(waba_id, {**template, "quality_score": rated(str(order["quality"]).upper())})
        news.tell_quality(world, waba_id, template, before)
    if "category" in order:
        before = template["category"]
        template = world.library.add(waba_id, {**template, "category": str(order["category"]).upper()})
        news.tell_category(world, waba_id, template, before)
    return template


def _news(world: World, order: Order) -> None:
    """Send any other webhook: about an account, or with a `code` an error of a number."""
    if "code" in order:
        number = world.named(str(order["phone_number_id"]))
        error = status_error(int(order["code"]))
        world.announce(number, "errors", webhook(number, "messages", errors=[error]))
    else:
        news.tell(world, str(order["waba_id"]), str(order["field"]), dict(order["value"]))


_CONTROLS: dict[tuple[str, str], tuple[Callable[[World, Order], object], str]] = {
    ("GET", ""): (_help, "this list"),
    ("GET", "health"): (_health, "webhooks on their way"),
    ("POST", "reset"): (_reset, "forget everything"),
    ("GET", "numbers"): (_numbers, "the numbers that were made known"),
    ("POST", "numbers"): (_add_numbers, "{phone_number_id, waba_id, display_phone_number, token?, templates?}"),
    ("POST", "numbers/facts"): (_state_facts, "{phone_number_id, quality_rating?, name_status?, ..., announce?}"),
    ("POST", "inject"): (_inject, "{code?, as_status?, edge?, to?, count?, ...}: let calls fail"),
    ("DELETE", "inject"): (_clear, "everything goes well again"),
    ("POST", "habits"): (_habits, "{window?, review?, webhook_batch?, number_rate?, ...}: what it does from now on"),
    ("POST", "scenario"): (_scenario, "{name}: a bad day"),
    ("POST", "webhook"): (_aim, "{url, app_secret?}: where webhooks go"),
    ("GET", "webhooks"): (_webhooks, "?limit=: how they were delivered"),
    ("GET", "messages"): (_messages, "?to=&phone_number_id=&limit=: what was accepted, with the statuses taken"),
    ("DELETE", "messages"): (_forget, "forget them, and what they used up of the limits"),
    ("POST", "receive"): (_receive, "{phone_number_id, from, name?, hides_phone?, message}: a customer writes"),
    ("POST", "customers"): (_customer, "{phone_number_id, phone, wrote?, stopped?}: window and opt-out"),
    ("POST", "templates"): (_template, "{waba_id, name, language, status?, reason?, quality?, category?}"),
    ("POST", "news"): (_news, "{waba_id, field, value} or {phone_number_id, code}: any other webhook"),
    ("POST", "media"): (_place, "{phone_number_id, sample | (content, mime_type), filename?, count?, days?}"),
    ("POST", "media/expire"): (_expire, "{id}: the time of this file is over"),
    ("POST", "clock"): (_advance, "{advance_s}: put files, windows and limits forward; 0 returns to the real time"),
}
