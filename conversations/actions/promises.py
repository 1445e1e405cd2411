"""What is promised to customers: policies, the clocks of conversations, and their alarms."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from conversations import sla
from conversations.actions.state import CLOCK_COLUMNS, follow_clocks, state_of
from conversations.enums import Status
from conversations.events import ConversationEvent, ConversationSlaBreached, ConversationSlaWarned, SlaPolicyChanged
from conversations.models import Conversation, SlaPolicy
from conversations.queries import outlet_for, sla_policy_for
from crm import queries as crm
from kernel import clocks
from kernel.actors import SYSTEM, Actor
from kernel.errors import Conflict, Invalid
from kernel.events import publish
from team import queries as team

LONGEST_MINUTES = 60 * 24 * 90
TARGETS = ("first_response", "next_response", "resolution")
ALARM_BATCH = RECKON_BATCH = 200
SAYS = {sla.Alarm.WARNED: ConversationSlaWarned, sla.Alarm.BREACHED: ConversationSlaBreached}


@transaction.atomic
def create_sla_policy(*, actor: Actor, now: datetime | None = None, **values: Any) -> UUID:  # noqa: ANN401 - checked below
    """Promise something for an outlet, a tag, both or everything. One policy for each of these; else Conflict."""
    policy = SlaPolicy(**_checked({"name": "", **values}))
    _save(policy)
    publish(SlaPolicyChanged(policy_id=policy.id), actor=actor, now=now)
    return policy.id


@transaction.atomic
def update_sla_policy(
    *, policy_id: UUID, changes: Mapping[str, Any], actor: Actor, now: datetime | None = None
) -> None:
    """Change what is promised; clocks under way are reckoned again in a moment."""
    policy = sla_policy_for(policy_id, lock=True)
    changed = {name: value for name, value in _checked(changes).items() if getattr(policy, name) != value}
    if not changed:
        return
    for name, value in changed.items():
        setattr(policy, name, value)
    _save(policy)
    publish(SlaPolicyChanged(policy_id=policy.id), actor=actor, now=now)


@transaction.atomic
def delete_sla_policy(*, policy_id: UUID, actor: Actor, now: datetime | None = None) -> None:
    """Take a promise back; what it covered falls to the next wider policy."""
    sla_policy_for(policy_id, lock=True).delete()
    publish(SlaPolicyChanged(policy_id=policy_id), actor=actor, now=now)


def _save(policy: SlaPolicy) -> None:
    try:
        with transaction.atomic():
            policy.save()
    except IntegrityError as problem:
        sentence = _("There is a policy for this already.")
        raise Conflict(sentence, details={"tag": [sentence]}) from problem


def _checked(values: Mapping[str, Any]) -> dict[str, Any]:
    clean = dict(values)
    if "name" in clean:
        clean["name"] = " ".join(clean["name"].split())[:80]
        if not clean["name"]:
            raise Invalid(_("This field is required."), details={"name": [_("This field is required.")]})
    for name in TARGETS:
        minutes = clean.get(name)
        if minutes is not None and not 0 < minutes <= LONGEST_MINUTES:
            raise Invalid(_("Use 1 minute to 90 days."), details={name: [_("Use 1 minute to 90 days.")]})
    if clean.get("outlet_id"):
        outlet_for(clean["outlet_id"])
    if clean.get("calendar_id"):
        team.calendar_for(clean["calendar_id"])
    if clean.get("tag") and not crm.tags_named([clean["tag"]]):
        raise Invalid(_("There is no such tag."), details={"tag": [_("There is no such tag.")]})
    return clean


@transaction.atomic
def ring_clocks(*, now: datetime | None = None) -> int:
    """Say which promises are nearly due and which are broken, each once; returns how many rows it took, at most 200."""
    at = now or clocks.now()
    due = Conversation.objects.filter(sla_alarm_at__lte=at).order_by("sla_alarm_at", "id")
    rows = list(due.select_for_update(skip_locked=True)[:ALARM_BATCH])
    events: list[ConversationEvent] = []
    for row in rows:
        rung, said = sla.ring(sla.unpacked(row.sla), at)
        row.sla, row.sla_alarm_at, row.version = sla.packed(rung), rung.alarm_at, row.version + 1
        events += [SAYS[alarm](**state_of(row), promise=promise.value) for promise, alarm in said]
    _keep(rows, at)
    publish(*events, actor=SYSTEM, now=at)
    return len(rows)


def reckon_again(*, now: datetime | None = None) -> int:
    """Work out anew when everything is due, after a policy or calendar changed; returns how many rows moved.

    In batches of 200, each in its own transaction, so that nobody waits long for a row.
    """
    at, moved, after = now or clocks.now(), 0, UUID(int=0)
    while ids := _next_ids(after):
        with transaction.atomic():
            rows = list(Conversation.objects.select_for_update().filter(id__in=ids).order_by("id"))
            before = [row.sla_due_at for row in rows]
            follow_clocks(rows, at)
            changed = [row for row, due_at in zip(rows, before, strict=True) if row.sla_due_at != due_at]
            _keep(changed, at)
            moved, after = moved + len(changed), ids[-1]
    return moved


def _next_ids(after: UUID) -> Sequence[UUID]:
    rows = Conversation.objects.exclude(status=Status.RESOLVED).filter(id__gt=after).order_by("id")
    return list(rows.values_list("id", flat=True)[:RECKON_BATCH])


def _keep(rows: Iterable[Conversation], at: datetime) -> None:
    kept = list(rows)
    for row in kept:
        row.updated_at = at
    Conversation.objects.bulk_update(kept, [*CLOCK_COLUMNS, "version", "updated_at"])
