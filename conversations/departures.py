"""One turn of sending for one tenant: many vendor calls under way at once, never two of one conversation.

Claims and results go to the database in batches, which is what makes it fast; the calls run on threads, which is what
makes a slow vendor bearable. A turn ends after a second, so that tenants alternate and a worker that is asked to stop
has few calls to wait for.
"""

import contextvars
import time
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from uuid import UUID

from django.db import IntegrityError, connection

from conversations import actions
from conversations.types import SendFailure, ToSend
from kernel.tenancy import current_schema, tenant_context

AT_ONCE = 16
"""Vendor calls of one turn under way. All are in somebody's hands, so as many may end as MAYBE_SENT by a kill."""
TURN_S = 1.0
GATHER_S = 0.004
"""How long a result may wait for others to be written down with."""

Call = Callable[[ToSend], str | SendFailure]
"""The vendor call of a message: returns the vendor's id of it, or why there is none."""


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a vendor call."""

    message_id: UUID
    outcome: str | SendFailure


def send_for_a_turn(call: Call) -> None:
    """Send what is due in the current tenant, for a second at most. Safe beside others: a message is claimed once."""
    ends = time.monotonic() + TURN_S
    under_way: set[Future[Result]] = set()
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="send") as threads:
        while True:
            room = AT_ONCE - len(under_way) if time.monotonic() < ends else 0
            for claimed in actions.claim_due(limit=room) if room else ():
                context = contextvars.copy_context()
                under_way.add(threads.submit(context.run, _make, call, claimed, current_schema()))
            if not under_way:
                return
            under_way = _settle(under_way)


def _make(call: Call, claimed: ToSend, schema: str) -> Result:
    """Make the call. A claim holds all it needs; a thread that did ask the database (an alert) gives it back."""
    try:
        with tenant_context(schema):
            return Result(claimed.message_id, call(claimed))
    finally:
        connection.close()


def _settle(under_way: set[Future[Result]]) -> set[Future[Result]]:
    """Write down what has come back; returns what has not. A fault of ours is raised after the others are written."""
    wait(under_way, return_when=FIRST_COMPLETED)
    done, rest = wait(under_way, timeout=GATHER_S)
    faults = [problem for one in done if (problem := one.exception()) is not None]
    _record([one.result() for one in done if one.exception() is None])
    if faults:
        raise faults[0]
    return rest


def _record(results: list[Result]) -> None:
    accepted = {one.message_id: one.outcome for one in results if isinstance(one.outcome, str)}
    try:
        if accepted:
            actions.record_accepted(accepted)
    except IntegrityError:  # the vendor gave one id twice: only the message it belongs to may have it
        _record_one_by_one(accepted)
    for one in results:
        if isinstance(one.outcome, SendFailure):
            actions.record_failure(one.message_id, one.outcome)


def _record_one_by_one(accepted: dict[UUID, str]) -> None:
    twice = SendFailure(code="ID_TWICE", detail="", retryable=False, unknown=True)
    for message_id, vendor_id in accepted.items():
        try:
            actions.record_accepted({message_id: vendor_id})
        except IntegrityError:
            actions.record_failure(message_id, twice)
