"""Which statuses follow a message, when, and how they look on the wire."""

import random
from dataclasses import dataclass
from typing import Any

from integrations.whatsapp.emulator.faults import Fault
from integrations.whatsapp.emulator.outgoing import Outgoing
from integrations.whatsapp.emulator.refusals import status_error
from integrations.whatsapp.wire import Number, contact, user_id_of, webhook

SENT_AFTER, DELIVERED_AFTER, FAILED_AFTER = 0.1, 0.6, 0.4
READ_AFTER = (2.0, 8.0)
PLAYED_AFTER = (1.0, 4.0)
READ_SHARE = 0.6
_ORDER = ("sent", "delivered", "read", "played")


@dataclass(frozen=True, slots=True)
class Step:
    """One status that comes `after` seconds; `code` is set for a failure."""

    status: str
    after: float
    code: int | None = None


def plan(message: Outgoing, fault: Fault, chance: random.Random, *, disorder: bool) -> list[Step]:
    """Return the statuses of a message that was taken."""
    if fault.code is not None:
        return [Step("failed", _about(FAILED_AFTER, chance), fault.code)]
    sent, delivered = _about(SENT_AFTER, chance), _about(DELIVERED_AFTER, chance)
    steps = [Step("sent", sent), Step("delivered", delivered)]
    if chance.random() < READ_SHARE or fault.until in {"read", "played"}:
        read = delivered + chance.uniform(*READ_AFTER)
        steps.append(Step("read", read))
        if message.type == "audio":
            steps.append(Step("played", read + chance.uniform(*PLAYED_AFTER)))
    if fault.until in _ORDER:
        steps = [step for step in steps if _ORDER.index(step.status) <= _ORDER.index(fault.until)]
    if disorder:
        times = [step.after for step in reversed(steps)]
        steps = [Step(step.status, after) for step, after in zip(steps, times, strict=True)]
    return steps


def webhook_of(
    number: Number, message_id: str, message: Outgoing, step: Step, at: float, category: str
) -> dict[str, Any]:
    """Return the webhook that tells of `step` at unix time `at`; `category` is that of the template, if it is one."""
    wa_id = "" if message.by_user_id else message.recipient.removeprefix("+")
    user_id = message.recipient if message.by_user_id else user_id_of(message.recipient)
    status: dict[str, Any] = {"id": message_id, "status": step.status, "timestamp": str(int(at))}
    status |= {"recipient_id": wa_id, "recipient_user_id": user_id}
    tag = message.request.get("biz_opaque_callback_data")
    if tag is not None:
        status["biz_opaque_callback_data"] = tag
    if step.code is not None:
        status["errors"] = [status_error(step.code)]
    elif step.status in {"sent", "delivered"}:
        status["pricing"] = _pricing(category)
    return webhook(number, "messages", contacts=[contact(wa_id, user_id, "")], statuses=[status])


def _pricing(category: str) -> dict[str, Any]:
    if category:
        return {"billable": True, "pricing_model": "PMP", "type": "regular", "category": category}
    return {"billable": False, "pricing_model": "PMP", "type": "free_customer_service", "category": "service"}


def _about(seconds: float, chance: random.Random) -> float:
    return seconds * chance.uniform(0.7, 1.5)
