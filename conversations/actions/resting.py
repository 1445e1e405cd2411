"""Conversations that rest: snoozed until a time or a reply, set aside, and back."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from conversations import lifecycle
from conversations.actions.lines import new_line
from conversations.actions.state import state_of, store
from conversations.enums import Status
from conversations.events import ConversationSetAside, ConversationSnoozed, ConversationWoken
from conversations.lifecycle import Happening
from conversations.models import Conversation, Message
from conversations.queries import conversation_for
from kernel import clocks
from kernel.actors import SYSTEM, Actor
from kernel.errors import Invalid, Refusal
from kernel.events import publish

LONGEST_SNOOZE = timedelta(days=366)
WAKE_BATCH = 200


class ReopenFirst(Refusal):
    """A resolved conversation cannot rest; it has to be reopened first."""

    code = "REOPEN_FIRST"

    def __init__(self) -> None:
        super().__init__(_("This conversation is done. Reopen it first."))


@transaction.atomic
def snooze(*, conversation_id: UUID, until: datetime | None, actor: Actor, now: datetime | None = None) -> None:
    """Let the conversation rest until a time; with None until the customer writes, who wakes it in any case."""
    at = now or clocks.now()
    conversation = conversation_for(conversation_id, lock=True)
    _require_future(until, at)
    status = lifecycle.after(conversation.status, Happening.SNOOZE)
    if status is None:
        raise ReopenFirst
    if conversation.status == status and conversation.snoozed_until == until:
        return
    store(conversation, at=at, status=status, snoozed_until=until)
    told = ConversationSnoozed(**state_of(conversation), until=clocks.rfc3339(until) if until else None)
    publish(told, actor=actor, now=at)


def _require_future(until: datetime | None, at: datetime) -> None:
    if until is not None and not at < until <= at + LONGEST_SNOOZE:
        sentence = _("Choose a time within the next year.")
        raise Invalid(sentence, details={"snoozed_until": [sentence]})


@transaction.atomic
def set_aside(*, conversation_id: UUID, actor: Actor, now: datetime | None = None) -> None:
    """Mark that the conversation waits for somebody outside; the customer's next message takes it up again."""
    at = now or clocks.now()
    conversation = conversation_for(conversation_id, lock=True)
    if conversation.status == Status.PENDING:
        return
    status = lifecycle.after(conversation.status, Happening.SET_ASIDE)
    if status is None:
        raise ReopenFirst
    store(conversation, at=at, status=status, snoozed_until=None)
    publish(ConversationSetAside(**state_of(conversation)), actor=actor, now=at)


@transaction.atomic
def wake_due(*, now: datetime | None = None) -> int:
    """Bring back conversations whose time has come; returns how many, at most 200.

    Rows another worker holds are left to it, and a crash leaves all of them due: whoever comes next takes them.
    """
    at = now or clocks.now()
    due = Conversation.objects.filter(status=Status.SNOOZED, snoozed_until__lte=at).order_by("snoozed_until", "id")
    rows = list(due.select_for_update(skip_locked=True)[:WAKE_BATCH])
    lines = Message.objects.bulk_create([new_line(row, "woken", at, why="time") for row in rows])
    for row in rows:
        status = lifecycle.after(row.status, Happening.TIME_UP)
        store(row, at=at, status=status, snoozed_until=None, woken_at=at)
    told = [
        ConversationWoken(**state_of(row), message_id=line.id, why="time")
        for row, line in zip(rows, lines, strict=True)
    ]
    publish(*told, actor=SYSTEM, now=at)
    return len(rows)
