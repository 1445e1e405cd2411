"""The control API: for the machine it runs on, and the server listens nowhere else. See docs/emulator.md."""

import time
from base64 import b64decode
from collections.abc import Callable
from typing import Any

from integrations.whatsapp.emulator import samples
from integrations.whatsapp.emulator.asgi import Reply, Request
from integrations.whatsapp.emulator.faults import MAGIC, Throughput
from integrations.whatsapp.emulator.shelf import RECEIVED_DAYS
from integrations.whatsapp.emulator.world import World
from integrations.whatsapp.wire import Number, contact, encode, new_message_id, user_id_of, webhook

PREFIX = "/_emulator/"
Order = dict[str, Any]
_MOST_FILES = 10_000


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
        "numbers_that_fail": {phone: text for phone, (_fault, text) in MAGIC.items()},
    }


def _health(world: World, _order: Order) -> object:
    """Tell how many webhooks are on their way."""
    return {"ok": True, "webhooks_waiting": world.store.waiting()}


def _numbers(world: World, _order: Order) -> object:
    """Return the numbers that were made known."""
    return world.store.numbers()


def _add_numbers(world: World, order: Order) -> None:
    """Make numbers known."""
    for item in order.get("numbers", [order]):
        number = Number(str(item["phone_number_id"]), str(item["waba_id"]), str(item["display_phone_number"]))
        world.store.add_number(number, str(item.get("token", "")))
        for template in item.get("templates", []):
            world.store.add_template(number.waba_id, {"status": "APPROVED", "components": [], **template})


def _inject(world: World, order: Order) -> None:
    """Let calls fail."""
    world.faults.inject(order)


def _clear(world: World, _order: Order) -> None:
    """Let everything go well again."""
    world.faults.clear()


def _aim(world: World, order: Order) -> None:
    """Change where webhooks go."""
    world.delivery.aim(**order)


def _messages(world: World, order: Order) -> object:
    """Return what was accepted, with the statuses that were taken."""
    recipient = order.get("to", "").strip()
    return world.store.messages(
        phone_number_id=order.get("phone_number_id", ""),
        recipient=f"+{recipient}" if recipient.isdigit() else recipient,
        limit=int(order.get("limit", "1000")),
    )


def _forget(world: World, _order: Order) -> None:
    """Forget what was accepted, and what it used up of the limits."""
    world.store.forget_messages()
    world.throughput = Throughput()


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
    """Let the time of a file be over."""
    world.shelf.expire(str(order["id"]))


def _advance(world: World, order: Order) -> object:
    """Put the vendor's clock forward."""
    seconds = float(order["advance_s"])
    if seconds:
        world.clock.advance(seconds)
    else:
        world.clock.reset()
    return {"now": world.clock.now()}


def _receive(world: World, order: Order) -> object:
    """Let a customer write; a `sample` in the message makes the file too."""
    known = world.store.number(str(order["phone_number_id"]))
    number = known[0] if known else Number(str(order["phone_number_id"]), "0", "15550100000")
    phone = str(order["from"]).removeprefix("+")
    content = {**order["message"]}
    kind = content["type"]
    part = content.get(kind)
    if isinstance(part, dict) and "sample" in part:
        placed: Any = _place(world, {"phone_number_id": number.phone_number_id, "sample": part["sample"]})
        content[kind] = {**placed["media"][0], **{key: value for key, value in part.items() if key != "sample"}}
    user_id, now = user_id_of(phone), time.time()
    message = {"id": new_message_id(), "from": phone, "from_user_id": user_id, "timestamp": str(int(now)), **content}
    contacts = [contact(phone, user_id, str(order.get("name", "")))]
    body = webhook(number, "messages", contacts=contacts, messages=[message])
    world.store.schedule("", "received", encode(body), now)
    world.delivery.wake()
    return {"message": message}


_CONTROLS: dict[tuple[str, str], tuple[Callable[[World, Order], object], str]] = {
    ("GET", ""): (_help, "this list"),
    ("GET", "health"): (_health, "webhooks on their way"),
    ("GET", "numbers"): (_numbers, "the numbers that were made known"),
    ("POST", "numbers"): (_add_numbers, "{phone_number_id, waba_id, display_phone_number, token?, templates?}"),
    ("POST", "inject"): (_inject, "{code?, as_status?, edge?, to?, count?, ...}: let calls fail"),
    ("DELETE", "inject"): (_clear, "everything goes well again"),
    ("POST", "webhook"): (_aim, "{url, app_secret?}: where webhooks go"),
    ("GET", "messages"): (_messages, "?to=&phone_number_id=&limit=: what was accepted, with the statuses taken"),
    ("DELETE", "messages"): (_forget, "forget them, and what they used up of the limits"),
    ("POST", "receive"): (_receive, "{phone_number_id, from, name?, message}: a customer writes"),
    ("POST", "media"): (_place, "{phone_number_id, sample | (content, mime_type), filename?, count?, days?}"),
    ("POST", "media/expire"): (_expire, "{id}: the time of this file is over"),
    ("POST", "clock"): (_advance, "{advance_s}: put the clock of files forward; 0 returns to the real time"),
}
