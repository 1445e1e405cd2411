"""The outbox: which message goes next, and what became of it. Few rows, short transactions, no vendor calls.

Rows are locked in one order everywhere: conversation, outbox, message, event head.

Messages are taken by writing `claimed_until` before the vendor is called, at most one of each conversation at a time.
When the worker dies inside the call nobody knows whether the vendor acted, so a lapsed claim is never sent again by
machine: it becomes `MAYBE_SENT`.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, Min, OuterRef, Q, QuerySet, prefetch_related_objects

from conversations import window
from conversations.actions.notifying import failures, forget_failures, notify
from conversations.actions.sending import requeue
from conversations.actions.state import save_states, state_of
from conversations.delivery import MAYBE_SENT
from conversations.enums import Channel, Delivery, Direction, MessageType, OutletStatus
from conversations.events import MessageAccepted, MessageFailed, MessageQueued, OutletStopped
from conversations.filenames import saved_name
from conversations.models import Attachment, Message, Outbox, Outlet, Template, VendorUpload
from conversations.shapes import HOLD_FILES
from conversations.types import FileToSend, SendFailure, TemplateChoice, ToSend
from crm import actions as crm
from kernel import clocks
from kernel.actors import SYSTEM
from kernel.clocks import backoff
from kernel.events import Event, publish

UPLOAD_LIFE = timedelta(days=29)
"""The vendor forgets a file after 30 days."""
PREPARE_LEASE = timedelta(minutes=4)
"""How long a worker may take to bring a file to the vendor, which is before the call that sends."""
LEASE = timedelta(seconds=30)
"""How long a worker may be inside one vendor call; three times the call's own time-out."""
MAX_ATTEMPTS = 3
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=2), timedelta(seconds=30)
DEAD_LETTER_WAIT = timedelta(minutes=5)
MAX_ROUNDS = 10
DEAD_LETTER_BATCH = 100

Queued = Q(dead_at=None, parked_at=None)


def claim_due(*, limit: int = 1, conversation_id: UUID | None = None, now: datetime | None = None) -> list[ToSend]:
    """Take up to `limit` messages for sending: of each conversation (or this one) the oldest that waits, if it is due.

    A conversation whose oldest message is claimed or waits for its next try gives nothing: that keeps the order. A
    message that may no longer go out (window closed meanwhile, outlet stopped) fails here without a vendor call, and
    the next ones get its place.
    """
    at = now or clocks.now()
    while True:
        claimed, refused = _claim(limit, conversation_id, at)
        for message_id in refused:
            _fail_refused(message_id, at)
        if claimed or not refused:
            return claimed


@transaction.atomic
def _claim(limit: int, conversation_id: UUID | None, at: datetime) -> tuple[list[ToSend], list[UUID]]:
    """Claim what may go out; returns it, and the ids of what may not, which stays as it is."""
    rows = _heads(at).select_for_update(skip_locked=True, of=("self",)).order_by("message_id")
    if conversation_id is not None:
        rows = rows.filter(conversation_id=conversation_id)
    heads = list(rows[:limit])
    messages = _with_what_sending_needs([head.message_id for head in heads])
    refused = [message.id for message in messages if refusal_of(message, at)]
    fit = [message for message in messages if message.id not in refused]
    claimed = [_to_send(message, at) for message in fit]
    bring = [one.message_id for one in claimed if one.file and not one.file.vendor_id]
    Outbox.objects.filter(message_id__in=[message.id for message in fit]).update(
        claimed_until=at + LEASE, is_preparing=False
    )
    Outbox.objects.filter(message_id__in=bring).update(claimed_until=at + PREPARE_LEASE, is_preparing=True)
    return claimed, refused


def begin_call(message_id: UUID, *, now: datetime | None = None) -> bool:
    """Turn the claim of a message whose file the vendor has now into that of the call; False when it was lost."""
    at = now or clocks.now()
    mine = Outbox.objects.filter(message_id=message_id, is_preparing=True, claimed_until__gte=at)
    return bool(mine.update(is_preparing=False, claimed_until=at + LEASE))


def _heads(at: datetime) -> QuerySet[Outbox]:
    """Return the rows that are the first of their conversation, due, and in nobody's hands."""
    earlier = Outbox.objects.filter(
        Queued, conversation_id=OuterRef("conversation_id"), message_id__lt=OuterRef("message_id")
    )
    return Outbox.objects.filter(Queued, ~Exists(earlier), claimed_until=None, due_at__lte=at)


def _with_what_sending_needs(ids: Sequence[UUID]) -> list[Message]:
    rows = Message.objects.select_related("conversation__outlet", "conversation__contact")
    messages = list(rows.filter(id__in=ids).order_by("id"))
    hidden = [message.conversation.contact for message in messages if not message.conversation.contact.phone]
    prefetch_related_objects(hidden, "identities")
    return messages


def refusal_of(message: Message, at: datetime) -> SendFailure | None:
    """Return why a message may not go out at `at`; None when it may."""
    conversation = message.conversation
    if conversation.outlet.status != OutletStatus.ACTIVE:
        return SendFailure(code="OUTLET_STOPPED", detail="", retryable=True, unknown=False)
    if not window.may_send(conversation.outlet.channel, message.type, conversation.window_expires_at, at):
        return SendFailure(code=window.WindowClosed.code, detail="", retryable=False, unknown=False)
    return None


@transaction.atomic
def _fail_refused(message_id: UUID, at: datetime) -> None:
    """Fail a message that may not go out, in a transaction of its own, unless somebody was faster."""
    head = Outbox.objects.select_for_update().filter(Queued, message_id=message_id, claimed_until=None).first()
    if head is None:
        return
    refusal = refusal_of(_with_what_sending_needs([message_id])[0], at)
    if refusal is not None:
        fail(head, refusal, at)


def _file_to_send(message: Message, at: datetime) -> FileToSend | None:
    if message.type not in HOLD_FILES:
        return None
    row = Attachment.objects.select_related("file").filter(message=message).first()
    if row is None or row.file is None:
        return None
    outlet_id = message.conversation.outlet_id
    fresh = VendorUpload.objects.filter(file=row.file, outlet_id=outlet_id, uploaded_at__gte=at - UPLOAD_LIFE)
    return FileToSend(
        file_id=row.file.id,
        sha256=row.file.sha256,
        size=row.file.size,
        media_type=row.file.media_type,
        name=saved_name(row.filename, kind=row.kind, media_type=row.file.media_type),
        vendor_id=fresh.values_list("vendor_id", flat=True).first() or "",
    )


def _to_send(message: Message, at: datetime) -> ToSend:
    outlet, contact = message.conversation.outlet, message.conversation.contact
    choice = message.content.get("template")
    return ToSend(
        message_id=message.id,
        conversation_id=message.conversation_id,
        outlet_id=outlet.id,
        phone_number_id=outlet.phone_number_id or "",
        channel=Channel(outlet.channel),
        access_token=outlet.access_token,
        graph_version=outlet.graph_version,
        phone=contact.phone,
        user_id="" if contact.phone else _user_id(contact.identities.all(), outlet.portfolio_id),
        type=MessageType(message.type),
        text=message.text,
        template=TemplateChoice(**choice) if choice else None,
        content=message.content,
        file=_file_to_send(message, at),
        reply_to_vendor_id=message.reply_to_vendor_id,
    )


def _user_id(identities: Iterable[Any], portfolio_id: str) -> str:
    """Return the newest user id a contact has in a portfolio."""
    known = [one for one in identities if (one.kind, one.scope) == ("whatsapp", portfolio_id)]
    return max(known, key=lambda one: one.created_at).value if known else ""


@transaction.atomic
def record_accepted(vendor_ids: Mapping[UUID, str], *, now: datetime | None = None) -> None:
    """Note which messages the vendor took, and under which ids; a handful of statements for all of them.

    A status that came by webhook first is kept, it is further on.
    """
    at = now or clocks.now()
    list(Outbox.objects.select_for_update().filter(message_id__in=vendor_ids).order_by("message_id"))
    Outbox.objects.filter(message_id__in=vendor_ids).delete()
    rows = Message.objects.select_for_update(of=("self",)).select_related("conversation")
    messages = list(rows.filter(id__in=vendor_ids).order_by("id"))
    forget_failures([message.id for message in messages if message.failure_code == MAYBE_SENT])
    for message in messages:
        message.vendor_id = vendor_ids[message.id]
        if message.status == Delivery.QUEUED or message.failure_code == MAYBE_SENT:
            message.status, message.status_at = Delivery.SENT, at
            message.failure_code, message.failure_detail, message.failure_retryable = "", "", False
    save_states(messages, at)
    accepted = [MessageAccepted(**state_of(message.conversation), message_id=message.id) for message in messages]
    publish(*accepted, actor=SYSTEM, now=at)


@transaction.atomic
def record_failure(message_id: UUID, failure: SendFailure, *, now: datetime | None = None) -> datetime | None:
    """Note that a vendor call did not end well; returns when to try again, None when this round is over.

    Tried again by machine only when certainly nothing was sent: up to 3 calls with growing waits, then as a dead
    letter. An unknown fate ends as `MAYBE_SENT`, which only a person sends again.
    """
    at = now or clocks.now()
    head = Outbox.objects.select_for_update().filter(message_id=message_id).first()
    if head is None:
        return None
    if failure.unknown:
        fail(head, _doubt(failure.detail), at)
        return None
    attempts = head.attempts + (1 if failure.counts else 0)
    if failure.retryable and attempts < MAX_ATTEMPTS:
        return _try_later(head, attempts, failure, at)
    fail(head, failure, at)
    return None


def _doubt(detail: str = "") -> SendFailure:
    """Return the failure of a message nobody knows the fate of: no machine sends it again, a person may."""
    return SendFailure(code=MAYBE_SENT, detail=detail, retryable=False, unknown=True, by_hand=True)


def _try_later(head: Outbox, attempts: int, failure: SendFailure, at: datetime) -> datetime:
    wait = backoff(max(attempts, 1), base=FIRST_WAIT, cap=LONGEST_WAIT)
    if failure.retry_after is not None:
        wait = (
            timedelta(seconds=failure.retry_after)
            if not failure.counts
            else max(wait, timedelta(seconds=failure.retry_after))
        )
    head.attempts, head.claimed_until, head.due_at, head.is_preparing = attempts, None, at + wait, False
    head.save(update_fields=["attempts", "claimed_until", "due_at", "is_preparing"])
    return head.due_at


def fail(head: Outbox, failure: SendFailure, at: datetime) -> None:
    """End this round: the message is failed for its readers; a retryable one waits as a dead letter."""
    message = (
        Message.objects.select_for_update(of=("self",)).select_related("conversation__outlet").get(id=head.message_id)
    )
    if message.status != Delivery.QUEUED:
        head.delete()
        return
    message.status, message.status_at = Delivery.FAILED, at
    if failure.opts_out:
        crm.record_marketing_preference(
            contact_id=message.conversation.contact_id, allowed=False, at=at, source="whatsapp", actor=SYSTEM, now=at
        )
    message.failure_code, message.failure_detail = failure.code, failure.detail[:500]
    message.failure_retryable = failure.retryable or failure.by_hand
    message.save()
    if failure.retryable:
        head.claimed_until, head.dead_at, head.due_at = None, at, at + DEAD_LETTER_WAIT
        head.save(update_fields=["claimed_until", "dead_at", "due_at"])
    else:
        head.delete()
    events: list[Event] = [MessageFailed(**state_of(message.conversation), message_id=message.id, code=failure.code)]
    events += [*_stop(message, failure), *notify(failures([message]), actor=SYSTEM)]
    publish(*events, actor=SYSTEM, now=at)


def _stop(message: Message, failure: SendFailure) -> list[Event]:
    """Stop what the vendor says is broken beyond this one message."""
    outlet = message.conversation.outlet
    if failure.stops_template and message.content.get("template"):
        choice = message.content["template"]
        paused = Template.objects.filter(waba_id=outlet.waba_id, name=choice["name"], language=choice["language"])
        paused.update(status="paused", reason=failure.detail[:400])
    if not failure.stops_outlet or outlet.status != OutletStatus.ACTIVE:
        return []
    Outlet.objects.filter(id=outlet.id).update(
        status=OutletStatus.STOPPED, status_code=failure.code, updated_at=clocks.now()
    )
    return [OutletStopped(outlet_id=outlet.id, code=failure.code)]


def give_up_lost_claims(*, now: datetime | None = None) -> int:
    """Mark messages whose worker disappeared inside the vendor call as `MAYBE_SENT`; returns how many.

    One that disappeared while it brought a file to the vendor has sent nothing: the message waits again.
    """
    at = now or clocks.now()
    lost = Outbox.objects.filter(claimed_until__lt=at).values_list("message_id", flat=True)[:DEAD_LETTER_BATCH]
    given_up = 0
    for message_id in list(lost):
        with transaction.atomic():
            head = Outbox.objects.select_for_update(skip_locked=True).filter(message_id=message_id).first()
            if head is None or head.claimed_until is None or head.claimed_until >= at:
                continue
            if head.is_preparing:
                head.claimed_until, head.is_preparing = None, False
                head.save(update_fields=["claimed_until", "is_preparing"])
            else:
                fail(head, _doubt(), at)
                given_up += 1
    return given_up


def revive_dead_letters(*, now: datetime | None = None) -> int:
    """Give up to 100 dead letters another round; returns how many wait again.

    A dead letter whose conversation has sent something newer is parked instead: late is worse than asking a person.
    The same after 10 rounds.
    """
    at = now or clocks.now()
    newer = Message.objects.filter(
        conversation_id=OuterRef("conversation_id"), direction=Direction.OUT, id__gt=OuterRef("message_id"),
        vendor_id__isnull=False,
    )  # fmt: skip
    due = Outbox.objects.filter(dead_at__isnull=False, parked_at=None, due_at__lte=at)
    rows = due.annotate(overtaken=Exists(newer)).order_by("due_at", "message_id")[:DEAD_LETTER_BATCH]
    revived = 0
    for row in rows:
        with transaction.atomic():
            revived += _revive(row.message_id, overtaken=row.overtaken, at=at)
    return revived


def _revive(message_id: UUID, *, overtaken: bool, at: datetime) -> bool:
    head = Outbox.objects.select_for_update(skip_locked=True).filter(message_id=message_id).first()
    if head is None or head.dead_at is None:
        return False
    if overtaken or head.rounds >= MAX_ROUNDS:
        head.parked_at = at
        head.save(update_fields=["parked_at"])
        return False
    head.rounds, head.attempts, head.dead_at, head.due_at = head.rounds + 1, 0, None, at
    head.save(update_fields=["rounds", "attempts", "dead_at", "due_at"])
    message = Message.objects.select_for_update(of=("self",)).select_related("conversation").get(id=message_id)
    requeue(message, at)
    publish(MessageQueued(**state_of(message.conversation), message_id=message.id), actor=SYSTEM, now=at)
    return True


def next_due(*, now: datetime | None = None) -> datetime | None:
    """Return when the next message that waits may be claimed, in the past when it may be now; None: nothing waits.

    What is in somebody's hands is not counted, nor what stands behind it.
    """
    at = now or clocks.now()
    if _heads(at).exists():
        return at
    later = Outbox.objects.filter(Queued, claimed_until=None, due_at__gt=at)
    soonest: datetime | None = later.aggregate(due=Min("due_at"))["due"]
    return soonest
