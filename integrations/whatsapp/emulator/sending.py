"""The messages edge: send, mark as read, show typing."""

import time
from typing import Any

from integrations.whatsapp.emulator import statuses
from integrations.whatsapp.emulator.asgi import Reply, Request
from integrations.whatsapp.emulator.catalogue import CATALOGUE
from integrations.whatsapp.emulator.faults import Fault
from integrations.whatsapp.emulator.outgoing import Outgoing, read_mark, read_outgoing
from integrations.whatsapp.emulator.world import World
from integrations.whatsapp.wire import Number, encode, new_message_id, user_id_of


def send(world: World, request: Request, node: str) -> Reply:
    """Take a message, or what is said of one that came in."""
    number = world.number(node, request.token)
    order = request.json()
    if isinstance(order, dict) and "status" in order:
        read_mark(order)
        return Reply(200, {"success": True})
    templates = [*CATALOGUE, *world.store.templates(number.waba_id)]
    message = read_outgoing(order, templates, any_template=world.options.is_open)
    fault = world.faults.take("messages", number.phone_number_id, message.recipient)
    fault.refuse()
    world.throughput.check(number.phone_number_id, message.recipient)
    message_id = _accept(world, number, message, fault)
    return Reply(200, _accepted(message_id, message), delay_s=fault.delay_s, broken=fault.drop_response)


def _accept(world: World, number: Number, message: Outgoing, fault: Fault) -> str:
    message_id = new_message_id()
    world.store.add_message(message_id, number.phone_number_id, message.recipient, message.request)
    for step in statuses.plan(fault, world.chance, disorder=world.faults.webhook_disorder):
        due_at = time.time() + step.after * world.options.delay_scale
        body = statuses.webhook_of(number, message_id, message, step, due_at)
        world.store.schedule(message_id, step.status, encode(body), due_at)
    world.delivery.wake()
    return message_id


def _accepted(message_id: str, message: Outgoing) -> dict[str, Any]:
    if message.by_user_id:
        person = {"input": message.recipient, "user_id": message.recipient}
    else:
        wa_id = message.recipient.removeprefix("+")
        person = {"input": str(message.request["to"]), "wa_id": wa_id, "user_id": user_id_of(wa_id)}
    sent: dict[str, Any] = {"id": message_id}
    if message.type == "template":
        sent["message_status"] = "accepted"
    return {"messaging_product": "whatsapp", "contacts": [person], "messages": [sent]}
