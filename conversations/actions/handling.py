"""What people do with a conversation besides writing: who is responsible, who answers next, done or not."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from conversations import lifecycle
from conversations.actions.notifying import assignment, notify
from conversations.actions.state import state_of, store
from conversations.enums import Owner
from conversations.events import (
    ConversationAssigned,
    ConversationCompleted,
    ConversationEvent,
    ConversationHandedOff,
    ConversationMarkedUnread,
    ConversationReopened,
    ConversationSeen,
)
from conversations.lifecycle import Happening
from conversations.models import Conversation, Draft
from conversations.queries import conversation_for
from kernel import clocks
from kernel.actors import Actor
from kernel.errors import Invalid
from kernel.events import Changed, Event, publish
from team import queries as team

DRAFT_LIMIT = 65_536
REASON_LIMIT = 400


@transaction.atomic
def assign(*, conversation_id: UUID, member_id: UUID | None, actor: Actor, now: datetime | None = None) -> None:
    """Make a member responsible, or nobody; the conversation is then theirs, or the queue's, to answer.

    A conversation the AI answers stays with the AI: responsibility and turn are two things.
    """
    conversation = conversation_for(conversation_id, lock=True)
    if member_id is not None:
        _require_worker(member_id)
    if conversation.assignee_id == member_id:
        return
    owner = conversation.owner
    if owner != Owner.AI:
        owner = Owner.HUMAN if member_id else Owner.QUEUE
    store(conversation, at=now, assignee_id=member_id, owner=owner)
    told = notify(assignment(conversation), actor=actor)
    publish(ConversationAssigned(**state_of(conversation)), *told, actor=actor, now=now)


@transaction.atomic
def take_over(*, conversation_id: UUID, member_id: UUID, actor: Actor, now: datetime | None = None) -> None:
    """Make a member responsible and next to answer; whatever the AI was about to say is not said."""
    conversation = conversation_for(conversation_id, lock=True)
    _require_worker(member_id)
    facts: list[Event] = [*_give_to_member(conversation, member_id, now)]
    if any(isinstance(fact, ConversationAssigned) for fact in facts):
        facts += notify(assignment(conversation), actor=actor)
    publish(*facts, actor=actor, now=now)


@transaction.atomic
def hand_off(
    *,
    conversation_id: UUID,
    to: Literal["queue", "ai"] | UUID,
    reason: str,
    actor: Actor,
    now: datetime | None = None,
) -> None:
    """Say who answers next: the queue of people, the AI, or one member.

    A hand-off to the queue is the "asked for a human" state: it is shown until a person answers or takes over.
    """
    at = now or clocks.now()
    conversation = conversation_for(conversation_id, lock=True)
    if len(reason) > REASON_LIMIT:
        raise Invalid(_("The reason is too long."), details={"reason": [_("At most 400 characters.")]})
    if isinstance(to, UUID):
        _require_worker(to)
        handed, *others = _give_to_member(conversation, to, at)
    elif to == "queue":
        handed, *others = _give_to_queue(conversation, reason, at)
    else:
        store(conversation, at=at, owner=Owner.AI, handoff_requested_at=None, handoff_reason="")
        handed, others = ConversationHandedOff(**state_of(conversation)), []
    told = notify(assignment(conversation), actor=actor) if others else []
    first = Changed(handed, before={}, after={"reason": reason}) if reason else handed
    publish(first, *others, *told, actor=actor, now=at)


def _require_worker(member_id: UUID) -> None:
    """Raise NotFound for a stranger, Invalid for a member who may only look."""
    if "conversations:write" not in team.active_member(member_id).scopes:
        sentence = _("This member may only look at conversations.")
        raise Invalid(sentence, details={"assignee": [sentence]})


def _give_to_queue(conversation: Conversation, reason: str, at: datetime) -> list[ConversationEvent]:
    store(
        conversation, at=at, owner=Owner.QUEUE, assignee_id=None, handoff_requested_at=at, handoff_reason=reason,
        waiting_since=conversation.waiting_since or at,
    )  # fmt: skip
    return [ConversationHandedOff(**state_of(conversation))]


def _give_to_member(conversation: Conversation, member_id: UUID, at: datetime | None) -> list[ConversationEvent]:
    moved = conversation.assignee_id != member_id
    changes = {"owner": Owner.HUMAN, "assignee_id": member_id, "handoff_requested_at": None, "handoff_reason": ""}
    store(conversation, at=at, **changes)
    events: list[ConversationEvent] = [ConversationHandedOff(**state_of(conversation))]
    return [*events, ConversationAssigned(**state_of(conversation))] if moved else events


@transaction.atomic
def resolve(*, conversation_id: UUID, actor: Actor, now: datetime | None = None) -> None:
    """Mark the conversation as done; nobody owes an answer any more."""
    conversation = conversation_for(conversation_id, lock=True)
    status = lifecycle.after(conversation.status, Happening.RESOLVE)
    if status is None:
        return
    owner = Owner.HUMAN if conversation.assignee_id else Owner.QUEUE
    store(
        conversation, at=now, status=status, owner=owner, waiting_since=None, snoozed_until=None,
        handoff_requested_at=None, handoff_reason="",
    )  # fmt: skip
    publish(ConversationCompleted(**state_of(conversation)), actor=actor, now=now)


@transaction.atomic
def reopen(*, conversation_id: UUID, actor: Actor, now: datetime | None = None) -> None:
    """Take up again what was resolved, snoozed or set aside."""
    conversation = conversation_for(conversation_id, lock=True)
    status = lifecycle.after(conversation.status, Happening.REOPEN)
    if status is None:
        return
    store(conversation, at=now, status=status, snoozed_until=None)
    publish(ConversationReopened(**state_of(conversation)), actor=actor, now=now)


@transaction.atomic
def mark_seen(*, conversation_id: UUID, actor: Actor, now: datetime | None = None) -> None:
    """Note that an agent has read the conversation; says nothing when nothing was unread."""
    conversation = conversation_for(conversation_id, lock=True)
    if conversation.unread_count == 0:
        return
    store(conversation, at=now, unread_count=0)
    publish(ConversationSeen(**state_of(conversation)), actor=actor, now=now)


@transaction.atomic
def mark_unread(*, conversation_id: UUID, actor: Actor, now: datetime | None = None) -> None:
    """Let a conversation that was read count as unread, for everybody; says nothing when it is unread already."""
    conversation = conversation_for(conversation_id, lock=True)
    if conversation.unread_count > 0:
        return
    store(conversation, unread_count=1)
    publish(ConversationMarkedUnread(**state_of(conversation)), actor=actor, now=now)


@transaction.atomic
def save_draft(*, conversation_id: UUID, member_id: UUID, text: str, is_note: bool = False) -> None:
    """Keep what a member has typed; empty text forgets it. One draft per member and conversation, the last wins."""
    if len(text) > DRAFT_LIMIT:
        raise Invalid(_("The draft is too long."), details={"text": [_("At most 65,536 characters.")]})
    conversation_for(conversation_id)
    if not text.strip():
        Draft.objects.filter(conversation_id=conversation_id, member_id=member_id).delete()
        return
    Draft.objects.update_or_create(
        conversation_id=conversation_id, member_id=member_id, defaults={"text": text, "is_note": is_note}
    )
