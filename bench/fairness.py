"""One tenant floods; what does another one feel? In the API, in the webhook inbox, in what is sent."""

from uuid import UUID

from bench import draining, ground, wire
from bench.ground import Ground
from bench.results import Result
from bench.stack import Stack, until
from bench.wire import Size
from conversations import actions
from conversations.enums import MessageType
from conversations.models import Conversation, Message
from conversations.types import NewMessage
from kernel.actors import SYSTEM
from kernel.tenancy import tenant_context

MOST_TIMES = 2.0
ROUNDS = 20


def run(stack: Stack, size: Size) -> list[Result]:
    """Measure the quiet tenant's p95 alone and beside a flood, three times."""
    loud, quiet = ground.tenant(outlets=8), ground.tenant()
    ground.fill(loud, threads=size.of(1_000, 100), each=1)
    ground.fill(quiet, threads=size.of(200, 50), each=1)
    return [_inbox(stack, loud, quiet, size), _sending(stack, loud, quiet, size)]


def _result(name: str, alone: list[float], beside: list[float]) -> Result:
    p95, limit = (wire.percentile(some, 0.95) * 1000 for some in (beside, alone))
    return Result(f"{name} beside a flood, p95", p95, "ms", limit, MOST_TIMES, of_ratio=True)


def _inbox(stack: Stack, loud: Ground, quiet: Ground, size: Size) -> Result:
    """Hand down webhooks of the quiet tenant while thousands of the loud one wait before them."""
    stack.only("ingest")
    _arrivals(quiet, 1)  # until then the daemon was coming up
    alone = _arrivals(quiet, ROUNDS)
    draining.put(draining.bodies([loud], size.of(20_000, 2_000)))
    return _result("webhook handed down", alone, _arrivals(quiet, ROUNDS))


def _arrivals(quiet: Ground, rounds: int) -> list[float]:
    spent = []
    with tenant_context(quiet.schema):
        for _round in range(rounds):
            vendor_id, body = wire.message(quiet.outlets[0], "quiet", 1)
            draining.put([body])
            there = Message.objects.filter(vendor_id=vendor_id)
            spent.append(until(there.exists, 120, "the quiet tenant's message does not come", every_s=0.005))
    return spent


def _sending(stack: Stack, loud: Ground, quiet: Ground, size: Size) -> Result:
    """Send replies of the quiet tenant while thousands of the loud one wait to be sent."""
    stack.only("emulator", "dispatcher", "worker")
    _departures(quiet, 1)
    alone = _departures(quiet, ROUNDS)
    _flood(loud, size.of(3_000, 300))
    return _result("reply sent", alone, _departures(quiet, ROUNDS))


def _flood(loud: Ground, count: int) -> None:
    with tenant_context(loud.schema):
        threads = list(Conversation.objects.values_list("id", flat=True))
        for number in range(count):
            _reply(threads[number % len(threads)])


def _departures(quiet: Ground, rounds: int) -> list[float]:
    spent = []
    with tenant_context(quiet.schema):
        threads = list(Conversation.objects.values_list("id", flat=True)[:rounds])
        for thread in threads:
            sent = Message.objects.filter(id=_reply(thread), status__in=("sent", "delivered", "read"))
            spent.append(until(sent.exists, 120, "the quiet tenant's reply does not go out", every_s=0.005))
    return spent


def _reply(thread: UUID) -> UUID:
    return actions.send_message(
        conversation_id=thread, message=NewMessage(MessageType.TEXT, text="flood"), actor=SYSTEM
    )
