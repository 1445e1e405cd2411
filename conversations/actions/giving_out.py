"""Giving waiting conversations to people who have room, and taking back those that nobody answers.

Rows are locked in one order: conversation, members by id, event head. A member is counted only while the row is held,
and every assignment, by hand too, writes that row: so two arrivals at the same moment never exceed a capacity.
"""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from conversations.actions.lines import add_line
from conversations.actions.notifying import assignment, notify
from conversations.actions.state import state_of, store
from conversations.enums import AssignmentMode, Owner, Status
from conversations.events import AssignmentRuleChanged, ConversationAssigned, ConversationReturned
from conversations.models import AssignmentRule, Conversation
from conversations.queries import open_loads, outlet_for
from kernel import clocks
from kernel.actors import SYSTEM, Actor
from kernel.errors import Invalid
from kernel.events import publish
from team import actions as team
from team import queries as people

GIVE_BATCH = 200
LONGEST_SILENCE = 60 * 24 * 7


@transaction.atomic
def set_assignment_rule(
    *, outlet_id: UUID, mode: str, silence: int | None, actor: Actor, now: datetime | None = None
) -> None:
    """Say how conversations of an outlet find somebody; `silence` is the minutes after which they are taken back."""
    if silence is not None and not 0 < silence <= LONGEST_SILENCE:
        raise Invalid(_("Use 1 minute to 7 days."), details={"silence": [_("Use 1 minute to 7 days.")]})
    outlet = outlet_for(outlet_id)
    values = {"mode": AssignmentMode(mode), "silence": silence}
    known = AssignmentRule.objects.filter(outlet=outlet).values("mode", "silence").first()
    if known == values or (known is None and values == {"mode": AssignmentMode.MANUAL, "silence": None}):
        return
    AssignmentRule.objects.update_or_create(outlet=outlet, defaults=values)
    publish(AssignmentRuleChanged(outlet_id=outlet.id), actor=actor, now=now)


def give_waiting(*, online: frozenset[UUID], now: datetime | None = None) -> int:
    """Give conversations of the queue to members who are online and have room, the longest waiting first.

    Returns how many were given. What nobody has room for stays where it is; the next round finds it.
    """
    at, given = now or clocks.now(), 0
    if not online:
        return 0
    waiting = Conversation.objects.filter(
        status=Status.OPEN, owner=Owner.QUEUE, assignee=None, outlet__assignment__mode=AssignmentMode.ROUND_ROBIN
    ).order_by(F("waiting_since").asc(nulls_last=True), "id")
    for conversation_id in list(waiting.values_list("id", flat=True)[:GIVE_BATCH]):
        given += _give(conversation_id, online, at)
    return given


@transaction.atomic
def _give(conversation_id: UUID, online: frozenset[UUID], at: datetime) -> bool:
    rows = Conversation.objects.select_for_update(skip_locked=True)
    row = rows.filter(id=conversation_id, status=Status.OPEN, owner=Owner.QUEUE, assignee=None).first()
    if row is None:
        return False
    members = team.hold_available(online, at)
    loads = open_loads([member.id for member in members])
    room = [
        member
        for member in members
        if member.id != row.passed_over_id and (member.capacity is None or loads.get(member.id, 0) < member.capacity)
    ]
    if not room:
        return False
    chosen = min(room, key=lambda member: (member.last_assigned_at or clocks.from_unix(0), member.id))
    store(row, at=at, assignee_id=chosen.id, owner=Owner.HUMAN)
    told = notify(assignment(row), actor=SYSTEM)
    publish(ConversationAssigned(**state_of(row)), *told, actor=SYSTEM, now=at)
    return True


def return_silent(*, now: datetime | None = None) -> int:
    """Take back what its assignee did not answer in time, counted in their working hours; returns how many."""
    at, returned = now or clocks.now(), 0
    for rule in AssignmentRule.objects.exclude(silence=None):
        limit = timedelta(minutes=rule.silence or 0)
        for row in _unanswered(rule, at - limit):
            hours = people.hours_of(row.assignee.calendar if row.assignee else None)
            if hours.elapsed(_silent_since(row), at) >= limit:
                returned += _take_back(row, rule.silence or 0, at)
    return returned


def _unanswered(rule: AssignmentRule, before: datetime) -> list[Conversation]:
    rows = Conversation.objects.filter(
        outlet_id=rule.outlet_id, status=Status.OPEN, owner=Owner.HUMAN, assignee__isnull=False,
        waiting_since__lte=before, assigned_at__lte=before,
    )  # fmt: skip
    return list(rows.select_related("assignee__calendar").order_by("waiting_since", "id")[:GIVE_BATCH])


def _silent_since(row: Conversation) -> datetime:
    return max(at for at in (row.waiting_since, row.assigned_at) if at is not None)


@transaction.atomic
def _take_back(seen: Conversation, minutes: int, at: datetime) -> bool:
    """Give it to the queue, unless something happened since it was looked at."""
    unchanged = {"id": seen.id, "version": seen.version, "assignee_id": seen.assignee_id}
    row = Conversation.objects.select_for_update(skip_locked=True).filter(**unchanged).first()
    if row is None or seen.assignee is None:
        return False
    line = add_line(row, "returned", at, name=seen.assignee.name, minutes=minutes)
    store(row, at=at, owner=Owner.QUEUE, assignee_id=None, passed_over_id=seen.assignee_id)
    told = ConversationReturned(**state_of(row), message_id=line.id, member_id=seen.assignee.id, why="silence")
    publish(told, ConversationAssigned(**state_of(row)), actor=SYSTEM, now=at)
    return True
