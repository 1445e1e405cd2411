"""The part of conversations that talks to the world: sending what the outbox holds, and the timers around it."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import UUID

from celery import shared_task

from conversations import actions, departures, fetching, receipts, syncing, templates
from conversations.enums import Channel, MessageType
from conversations.presence import online_members
from conversations.types import SendFailure, ToSend
from integrations.errors import Fate, NotTried, VendorError
from integrations.http import FilePart
from integrations.storage import store
from integrations.whatsapp import outgoing
from integrations.whatsapp.client import WhatsAppClient
from integrations.whatsapp.errors import Action, action_for, is_retryable
from integrations.whatsapp.types import Accepted, Recipient
from kernel import clocks
from kernel.tenancy import current_schema, each_active_schema, tenant_context
from kernel.turns import turn, wake

FILE_LOST = frozenset({"131053", "131052"})
"""The vendor cannot use a file it once took: it is brought again, once."""


@shared_task
def send_waiting(**_later: Any) -> None:  # noqa: ANN401 - room for newer arguments
    """Take the tenant's turn of sending, and ask for another one when something is left. Safe to run twice."""
    with turn(send_waiting) as mine:
        if not mine:
            return
        departures.send_for_a_turn(_send)
    due = actions.next_due()
    if due is not None:
        wake(send_waiting, after_s=max((due - clocks.now()).total_seconds(), 0.0))


def _send(claimed: ToSend) -> str | SendFailure:
    """Make the one vendor call a claim allows; returns the vendor's id of the message, or what went wrong."""
    try:
        ready = _brought(claimed)
    except VendorError as problem:
        return replace(failure_of(problem), unknown=False)  # nothing was sent yet, whatever became of the file
    if isinstance(ready, SendFailure):
        return ready
    try:
        return _CALLS[claimed.channel](ready)
    except VendorError as problem:
        return _failed(ready, problem, had_it=bool(claimed.file and claimed.file.vendor_id))


def _failed(sent: ToSend, problem: VendorError, *, had_it: bool) -> SendFailure:
    """Return why a call failed. A file the vendor had from before and lost is brought again by the next try."""
    failure = failure_of(problem)
    if sent.file is None or problem.code not in FILE_LOST:
        return failure
    actions.forget_upload(file_id=sent.file.file_id, outlet_id=sent.outlet_id)
    return replace(failure, retryable=had_it and not failure.unknown)


def _brought(claimed: ToSend) -> ToSend | SendFailure:
    """Return the message with its file at the vendor, where it is brought once per number. Raises VendorError."""
    file = claimed.file
    if file is None or file.vendor_id:
        return claimed
    with store.open_file(file.sha256) as content:
        vendor_id = _client(claimed).upload_media(FilePart(content, file.size, file.name, file.media_type))
    actions.record_upload(file_id=file.file_id, outlet_id=claimed.outlet_id, vendor_id=vendor_id)
    if not actions.begin_call(claimed.message_id):
        return SendFailure(code="CLAIM_LOST", detail="", retryable=True, unknown=False, counts=False)
    return replace(claimed, file=replace(file, vendor_id=vendor_id))


def _client(claimed: ToSend) -> WhatsAppClient:
    return WhatsAppClient(
        tenant=current_schema(),
        phone_number_id=claimed.phone_number_id,
        access_token=claimed.access_token,
        version=claimed.graph_version or None,
    )


def _call(claimed: ToSend) -> Accepted:
    client = _client(claimed)
    to = Recipient(phone=claimed.phone or None, user_id=claimed.user_id or None)
    tag = str(claimed.message_id)
    if claimed.type == MessageType.TEMPLATE and claimed.template is not None:
        choice = claimed.template
        components = templates.wire_components(choice)
        return client.send_template(to=to, name=choice.name, language=choice.language, components=components, tag=tag)
    if claimed.file is not None:
        sent = outgoing.media(
            claimed.type, media_id=claimed.file.vendor_id, caption=claimed.text, filename=claimed.file.name
        )
        return client.send_content(to=to, content=sent, tag=tag, reply_to=claimed.reply_to_vendor_id or None)
    if claimed.type != MessageType.TEXT:
        sent = outgoing.content(claimed.type, claimed.text, claimed.content)
        return client.send_content(to=to, content=sent, tag=tag, reply_to=claimed.reply_to_vendor_id or None)
    return client.send_text(to=to, body=claimed.text, tag=tag, reply_to=claimed.reply_to_vendor_id or None)


def _whatsapp(claimed: ToSend) -> str:
    return _call(claimed).vendor_id


def _web_chat(claimed: ToSend) -> str:
    """Nothing goes out: the visitor's page is ours, and hears of the message by the event that says it is sent."""
    return f"web:{claimed.message_id}"


_CALLS: dict[Channel, Callable[[ToSend], str]] = {Channel.WHATSAPP: _whatsapp, Channel.WEB_CHAT: _web_chat}
"""How a message leaves, channel by channel. Raises VendorError."""


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
        opts_out=action == Action.OPT_OUT,
    )


@shared_task
def sweep_outboxes(**_later: Any) -> None:  # noqa: ANN401 - room for newer arguments
    """Find what a crash or a lost task left: unclaimed messages that are due, and claims nobody holds any more."""
    for schema in each_active_schema():
        with tenant_context(schema):
            actions.give_up_lost_claims()
            if (due := actions.next_due()) is not None and due <= clocks.now():
                wake(send_waiting)


@shared_task
def retry_dead_letters(**_later: Any) -> None:  # noqa: ANN401 - room for newer arguments
    """Give dead letters another round, 100 per tenant at a time."""
    for schema in each_active_schema():
        with tenant_context(schema):
            if actions.revive_dead_letters():
                wake(send_waiting)


@shared_task
def send_receipt(conversation_id: str, **_later: Any) -> None:  # noqa: ANN401 - room for newer arguments
    """Show a customer that the newest message was read, once."""
    receipts.show_read(UUID(conversation_id))


@shared_task
def send_typing(conversation_id: str, **_later: Any) -> None:  # noqa: ANN401 - room for newer arguments
    """Show a customer that an answer is being written."""
    receipts.show_typing(UUID(conversation_id))


@shared_task
def sync_templates(**_later: Any) -> None:  # noqa: ANN401 - room for newer arguments
    """Ask the vendor for the templates of the current tenant's accounts. Safe to run twice."""
    syncing.sync_templates()


@shared_task
def sync_all_templates(**_later: Any) -> None:  # noqa: ANN401 - room for newer arguments
    """Hand each tenant's templates to a worker."""
    for schema in each_active_schema():
        with tenant_context(schema):
            sync_templates.delay()


@shared_task
def fetch_attachment(attachment_id: str, **_later: Any) -> None:  # noqa: ANN401 - room for newer arguments
    """Bring a customer's file here, or find out that it will not come. Safe to run twice."""
    due_at = fetching.fetch(UUID(attachment_id))
    if due_at is not None:
        fetch_attachment.apply_async((attachment_id,), countdown=max((due_at - clocks.now()).total_seconds(), 0.05))


@shared_task
def sweep_attachments(**_later: Any) -> None:  # noqa: ANN401 - room for newer arguments
    """Find the files that a crash or a lost task left unfetched."""
    for schema in each_active_schema():
        with tenant_context(schema):
            for attachment_id in actions.due_attachments():
                fetch_attachment.delay(str(attachment_id))


@shared_task
def ring_timers(**_later: Any) -> None:  # noqa: ANN401 - room for newer arguments
    """Do in every tenant what is due by the clock. Each timer claims rows in batches, so a crash loses nothing."""
    for schema in each_active_schema():
        with tenant_context(schema):
            for ring in TIMERS:
                while ring():
                    pass
            actions.give_waiting(online=online_members(schema))


TIMERS: tuple[Callable[[], int], ...] = (
    actions.release_scheduled,
    actions.wake_due,
    actions.ring_clocks,
    actions.return_silent,
)
"""Each does a batch and returns how many rows it took; 0 when nothing is due."""


@shared_task
def reckon_promises(**_later: Any) -> None:  # noqa: ANN401 - room for newer arguments
    """Work out anew when everything is due; safe to run twice."""
    actions.reckon_again()


@shared_task
def give_out(**_later: Any) -> None:  # noqa: ANN401 - room for newer arguments
    """Give what waits to people who have room now; a conversation and a member are held while they are matched."""
    actions.give_waiting(online=online_members(current_schema()))
