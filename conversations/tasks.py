"""The part of conversations that talks to the world: sending what the outbox holds, and the timers around it."""

from typing import Any
from uuid import UUID

from celery import shared_task

from conversations import actions, fetching, templates
from conversations.enums import MessageType
from conversations.types import NotYet, SendFailure, ToSend
from integrations.errors import Fate, NotTried, VendorError
from integrations.whatsapp.client import WhatsAppClient
from integrations.whatsapp.errors import Action, action_for, is_retryable
from integrations.whatsapp.types import Accepted, Recipient
from kernel import clocks
from kernel.tenancy import current_schema, each_active_schema, tenant_context

SENDS_PER_TASK = 50
"""A long queue goes on in another task, so that one talkative conversation does not hold a worker."""


@shared_task
def send_conversation(conversation_id: str, **_later: Any) -> None:  # noqa: ANN401 - room for newer arguments
    """Send what waits in one conversation, in order. Safe to run twice: a message is claimed once."""
    for _turn in range(SENDS_PER_TASK):
        claimed = actions.claim_next(UUID(conversation_id))
        if claimed is None:
            return
        if isinstance(claimed, NotYet):
            send_conversation.apply_async((conversation_id,), countdown=_seconds_until(claimed))
            return
        _send(claimed)
    send_conversation.delay(conversation_id)


def _seconds_until(later: NotYet) -> float:
    return max((later.due_at - clocks.now()).total_seconds(), 0.05)


def _send(claimed: ToSend) -> None:
    """Make the one vendor call a claim allows and write down what became of it."""
    try:
        accepted = _call(claimed)
    except VendorError as problem:
        actions.record_failure(claimed.message_id, failure_of(problem))
    else:
        actions.record_accepted(claimed.message_id, vendor_id=accepted.vendor_id)


def _call(claimed: ToSend) -> Accepted:
    client = WhatsAppClient(
        tenant=current_schema(),
        phone_number_id=claimed.phone_number_id,
        access_token=claimed.access_token,
        version=claimed.graph_version or None,
    )
    to = Recipient(phone=claimed.phone or None, user_id=claimed.user_id or None)
    tag = str(claimed.message_id)
    if claimed.type == MessageType.TEMPLATE and claimed.template is not None:
        choice = claimed.template
        components = templates.wire_components(choice)
        return client.send_template(to=to, name=choice.name, language=choice.language, components=components, tag=tag)
    return client.send_text(to=to, body=claimed.text, tag=tag, reply_to=claimed.reply_to_vendor_id or None)


def failure_of(problem: VendorError) -> SendFailure:
    """Translate a vendor error into what the outbox decides by; limits and an open breaker count as no try."""
    action = action_for(problem.code)
    return SendFailure(
        code=problem.code,
        detail=problem.detail,
        retryable=problem.retryable,
        by_hand=is_retryable(problem.code),
        unknown=problem.fate == Fate.UNKNOWN,
        counts=not isinstance(problem, NotTried),
        retry_after=problem.retry_after,
        stops_outlet=action == Action.STOP_CHANNEL,
        stops_template=action == Action.STOP_TEMPLATE,
    )


@shared_task
def sweep_outboxes(**_later: Any) -> None:  # noqa: ANN401 - room for newer arguments
    """Find what a crash or a lost task left: unclaimed messages that are due, and claims nobody holds any more."""
    for schema in each_active_schema():
        with tenant_context(schema):
            actions.give_up_lost_claims()
            _enqueue(actions.waiting_conversations())


@shared_task
def retry_dead_letters(**_later: Any) -> None:  # noqa: ANN401 - room for newer arguments
    """Give dead letters another round, 100 per tenant at a time."""
    for schema in each_active_schema():
        with tenant_context(schema):
            _enqueue(actions.revive_dead_letters())


@shared_task
def fetch_attachment(attachment_id: str, **_later: Any) -> None:  # noqa: ANN401 - room for newer arguments
    """Bring a customer's file here, or find out that it will not come. Safe to run twice."""
    due_at = fetching.fetch(UUID(attachment_id))
    if due_at is not None:
        fetch_attachment.apply_async((attachment_id,), countdown=_seconds_until(NotYet(due_at)))


@shared_task
def sweep_attachments(**_later: Any) -> None:  # noqa: ANN401 - room for newer arguments
    """Find the files that a crash or a lost task left unfetched."""
    for schema in each_active_schema():
        with tenant_context(schema):
            for attachment_id in actions.due_attachments():
                fetch_attachment.delay(str(attachment_id))


def _enqueue(conversation_ids: list[UUID]) -> None:
    for conversation_id in conversation_ids:
        send_conversation.delay(str(conversation_id))
