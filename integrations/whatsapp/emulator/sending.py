"""The messages edge: send, mark as read, show typing."""

import time
from dataclasses import replace
from typing import Any

from integrations.whatsapp.emulator import statuses
from integrations.whatsapp.emulator.asgi import Reply, Request
from integrations.whatsapp.emulator.faults import Fault
from integrations.whatsapp.emulator.outgoing import Outgoing, check_outgoing, read_mark, read_outgoing
from integrations.whatsapp.emulator.refusals import Refusal
from integrations.whatsapp.emulator.shelf import Media
from integrations.whatsapp.emulator.world import World
from integrations.whatsapp.wire import Number, new_message_id, user_id_of

_WINDOW_CLOSED, _STOPPED, _NOT_REGISTERED = 131047, 131050, 133010
_MARKETING = "MARKETING"
Template = dict[str, Any]


def send(world: World, request: Request, node: str) -> Reply:
    """Take a message, or what is said of one that came in."""
    number = world.number(node, request.token)
    order = request.json()
    if isinstance(order, dict) and "status" in order:
        read_mark(order)
        return Reply(200, {"success": True})
    message = read_outgoing(order, number)
    template = _template(world, number, message)
    check_outgoing(message, template, lambda media_id: _file(world, number, media_id))
    fault = world.faults.of_message(number.phone_number_id, message.recipient, message.words)
    fault.refuse()
    fault = _within_rules(world, number, message, template, fault)
    world.limits.take_message(number.phone_number_id, message.recipient, world.clock.now())
    message_id = _accept(world, number, message, template, fault)
    return Reply(200, _accepted(message_id, message), delay_s=fault.delay_s, broken=fault.drop_response)


def _template(world: World, number: Number, message: Outgoing) -> Template | None:
    if message.template is None:
        return None
    name, language = message.template
    found = world.template(number, name, language)
    if found is None and not world.options.is_open:
        raise Refusal(132001, f"{name} does not exist in {language}")
    return found


def _file(world: World, number: Number, media_id: str) -> Media | None:
    media = world.shelf.find(media_id)
    return media if media and media.phone_number_id == number.phone_number_id else None


def _within_rules(world: World, number: Number, message: Outgoing, template: Template | None, fault: Fault) -> Fault:
    """Return the fault that the rules of window and opt-out make of this message. Raises Refusal."""
    number_id, person = number.phone_number_id, message.recipient
    if world.store.facts(number_id).get("registered") is False:
        raise Refusal(_NOT_REGISTERED)
    marketing = template is not None and template.get("category") == _MARKETING
    if marketing and world.customers.wants_no_marketing(number_id, person):
        return replace(fault, code=_STOPPED, as_status=True)
    habit = world.habits.window
    if message.type == "template" or habit == "open" or world.customers.has_window(number_id, person):
        return fault
    if habit == "refused":
        raise Refusal(_WINDOW_CLOSED, "More than 24 hours have passed since the recipient last replied")
    return replace(fault, code=_WINDOW_CLOSED, as_status=True)


def _accept(world: World, number: Number, message: Outgoing, template: Template | None, fault: Fault) -> str:
    message_id = new_message_id()
    world.store.add_message(message_id, number.phone_number_id, message.recipient, message.request)
    category = (template or {}).get("category", "UTILITY").lower() if message.type == "template" else ""
    for step in statuses.plan(message, fault, world.chance, disorder=world.habits.webhook_disorder):
        after = step.after * world.options.delay_scale
        body = statuses.webhook_of(number, message_id, message, step, time.time() + after, category)
        world.announce(number, step.status, body, after=after, message_id=message_id)
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
