"""How fast replies go out through one worker, over as many numbers as the vendor's limits ask for."""

import json
import time
from collections import Counter

from bench import ground
from bench.ground import Ground
from bench.load import closed_loop, request
from bench.results import Result
from bench.stack import Stack, until
from bench.wire import Size
from conversations import actions
from conversations.enums import MessageType
from conversations.models import Conversation, Message, Outbox
from conversations.types import NewMessage
from kernel.actors import SYSTEM
from kernel.tenancy import tenant_context

LINES = 12
"""Numbers: each may send 80 a second, of which the client keeps a little."""
EACH = 4
"""Replies in each conversation: their order is looked at."""
PATIENCE_S = 300


def run(stack: Stack, size: Size) -> list[Result]:
    """Measure replies a second from the first call to the last record, beside bare calls to the same emulator."""
    place = ground.tenant(outlets=LINES)
    count = size.of(4_000, 200)
    stack.only("emulator")
    limit = closed_loop(stack.url("emulator"), _calls(place, size.of(2_000, 100)), clients=16)
    _queue(place, count)
    stack.only("emulator", "dispatcher", "worker")
    with tenant_context(place.schema):
        until(lambda: Outbox.objects.count() < count, 60, "nothing is sent")
        left, started = Outbox.objects.count(), time.perf_counter()
        until(lambda: not Outbox.objects.exists(), PATIENCE_S, "not everything was sent")
        rate = left / (time.perf_counter() - started)
        _check(count)
    return [Result("replies sent through one worker", rate, "/s", limit.rate, 200, at_least=True)]


def _calls(place: Ground, count: int) -> list[bytes]:
    calls = []
    for number in range(count):
        line = place.outlets[number % LINES]
        text = {"body": f"bare {number}"}
        body = {"messaging_product": "whatsapp", "to": f"+1786555{number % 9000:04}", "type": "text", "text": text}
        path = f"/v26.0/{line['phone_number_id']}/messages"
        raw = json.dumps(body).encode()
        headers = {"Authorization": "Bearer bench-token", "Content-Type": "application/json"}
        calls.append(request("POST", path, "graph", headers, raw))
    return calls


def _queue(place: Ground, count: int) -> None:
    ground.fill(place, threads=count // EACH, each=1)
    with tenant_context(place.schema):
        threads = list(Conversation.objects.order_by("-last_message_at").values_list("id", flat=True))
        for number in range(EACH):
            for thread in threads:
                message = NewMessage(MessageType.TEXT, text=str(number))
                actions.send_message(conversation_id=thread, message=message, actor=SYSTEM)


def _check(count: int) -> None:
    """Refuse a figure that was reached by losing something or by losing the order."""
    rows = Message.objects.filter(direction="out").order_by("conversation_id", "status_at", "id")
    fates = Counter(rows.values_list("status", flat=True))
    if fates["failed"] or fates["queued"] or fates.total() != count:
        message = f"not everything was sent: {fates}"
        raise RuntimeError(message)
