"""How a message's delivery status moves, as a pure function.

Webhooks come twice and in any order, so a status only ever moves forward: sent < delivered < read < played. `failed`
is final unless there is evidence of delivery, which is stronger; a message whose fate was unknown (`MAYBE_SENT`)
takes whatever the vendor says later.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from conversations.enums import Delivery
from conversations.types import DeliveryUpdate

MAYBE_SENT = "MAYBE_SENT"

_RANK = {
    Delivery.SCHEDULED: 0, Delivery.CANCELED: 0,
    Delivery.QUEUED: 0, Delivery.SENT: 1, Delivery.DELIVERED: 2, Delivery.READ: 3, Delivery.PLAYED: 4,
}  # fmt: skip
_EVIDENCE = _RANK[Delivery.DELIVERED]


@dataclass(frozen=True, slots=True)
class DeliveryState:
    """Where one outgoing message stands."""

    status: Delivery
    status_at: datetime
    delivered_at: datetime | None = None
    read_at: datetime | None = None
    failure_code: str = ""
    failure_detail: str = ""
    failure_retryable: bool = False


def advance(state: DeliveryState, update: DeliveryUpdate) -> DeliveryState:
    """Return the state after `update`; the same state when the update is old news."""
    if update.status == Delivery.FAILED:
        return _fail(state, update)
    rank = _RANK[update.status]
    if state.status == Delivery.FAILED:
        if rank < _EVIDENCE and state.failure_code != MAYBE_SENT:
            return state
    elif rank <= _RANK[state.status]:
        return _fill_times(state, update)
    moved = DeliveryState(update.status, update.at, state.delivered_at, state.read_at)
    return _fill_times(moved, update)


def _fail(state: DeliveryState, update: DeliveryUpdate) -> DeliveryState:
    known = state.status == Delivery.FAILED and state.failure_code != MAYBE_SENT
    if known or (state.status != Delivery.FAILED and _RANK[state.status] >= _EVIDENCE):
        return state
    return replace(
        state,
        status=Delivery.FAILED,
        status_at=update.at,
        failure_code=update.failure_code,
        failure_detail=update.failure_detail,
        failure_retryable=update.failure_retryable,
    )


def _fill_times(state: DeliveryState, update: DeliveryUpdate) -> DeliveryState:
    """Remember when it was delivered and read, also when the news came in the wrong order."""
    if update.status == Delivery.DELIVERED and state.delivered_at is None:
        return replace(state, delivered_at=update.at)
    if update.status == Delivery.READ and state.read_at is None:
        return replace(state, read_at=update.at)
    return state
