"""Everything that changes the people of a tenant and when they work."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import ProtectedError
from django.utils.translation import gettext_lazy as _

from kernel.actors import Actor
from kernel.errors import Conflict, Invalid
from kernel.events import publish
from team.calendars import OFFICE_WEEK, checked
from team.enums import Availability
from team.events import CalendarChanged, CalendarDeleted, MemberWorkChanged
from team.models import Calendar, Member
from team.queries import calendar_for, hours_of, member_row
from team.types import MemberInfo
from tenants.scopes import ROLE_SCOPES


def sync_member(member: MemberInfo, *, is_active: bool) -> None:
    """Copy a membership into the current tenant, in the transaction that changed it; the ids are the same."""
    Member.objects.update_or_create(
        id=member.id,
        defaults={
            "user_id": member.user_id,
            "name": member.name,
            "email": member.email,
            "role": member.role,
            "is_active": is_active,
            "language": member.language,
            "time_zone": member.time_zone,
        },
    )


MOST_CAPACITY = 1000
WORKERS = [role for role, scopes in ROLE_SCOPES.items() if "conversations:write" in scopes]
"""Roles that can be given work."""


@transaction.atomic
def set_work(*, member_id: UUID, changes: Mapping[str, Any], actor: Actor, now: datetime | None = None) -> None:
    """Change how much work a member is given (`capacity`), when (`calendar_id`), and whether (`availability`)."""
    member = member_row(member_id, lock=True)
    capacity = changes.get("capacity")
    if capacity is not None and not 0 <= capacity <= MOST_CAPACITY:
        raise Invalid(_("Use 0 to 1,000."), details={"capacity": [_("Use 0 to 1,000.")]})
    if changes.get("availability", Availability.AUTO) not in Availability.values:
        raise Invalid(_("Unknown availability."), details={"availability": [", ".join(Availability.values)]})
    if changes.get("calendar_id"):
        calendar_for(changes["calendar_id"])
    changed = sorted(name for name, value in changes.items() if getattr(member, name) != value)
    if not changed:
        return
    for name in changed:
        setattr(member, name, changes[name])
    member.save(update_fields=[*changed, "updated_at"])
    publish(MemberWorkChanged(member_id=member.id, fields=changed), actor=actor, now=now)


def hold_available(member_ids: Collection[UUID], at: datetime) -> list[Member]:
    """Return those who may be given work now, held until commit in the order of their ids.

    They work here, their role may answer, they are not busy or away, and it is within their hours.
    """
    rows = Member.objects.filter(
        id__in=member_ids, is_active=True, role__in=WORKERS, availability=Availability.AUTO
    ).order_by("id")
    held = list(rows.select_for_update(of=("self",), no_key=True).select_related("calendar"))
    return [member for member in held if hours_of(member.calendar).is_open(at)]


def note_assigned(member_id: UUID, at: datetime) -> None:
    """Remember when a member was last given something; holds the row, so that whoever counts waits."""
    Member.objects.filter(id=member_id).update(last_assigned_at=at)


@transaction.atomic
def create_calendar(*, actor: Actor, now: datetime | None = None, **values: Any) -> UUID:  # noqa: ANN401 - checked below
    """Write down working hours. Without a week they are an office's. Raises Invalid, or Conflict for the name."""
    clean = checked({"name": "", "week": OFFICE_WEEK, **values})
    calendar = Calendar(**clean)
    _save_calendar(calendar)
    publish(CalendarChanged(calendar_id=calendar.id, fields=sorted(clean)), actor=actor, now=now)
    return calendar.id


@transaction.atomic
def update_calendar(
    *, calendar_id: UUID, changes: Mapping[str, Any], actor: Actor, now: datetime | None = None
) -> None:
    """Change working hours; whoever runs clocks in them reckons again when told."""
    calendar = calendar_for(calendar_id, lock=True)
    merged = checked({"country": calendar.country, "subdivision": calendar.subdivision, **changes})
    changed = sorted(name for name, value in merged.items() if getattr(calendar, name) != value)
    if not changed:
        return
    for name in changed:
        setattr(calendar, name, merged[name])
    _save_calendar(calendar)
    publish(CalendarChanged(calendar_id=calendar.id, fields=changed), actor=actor, now=now)


@transaction.atomic
def delete_calendar(*, calendar_id: UUID, actor: Actor, now: datetime | None = None) -> None:
    """Forget working hours nobody uses. Raises Conflict while something does."""
    calendar = calendar_for(calendar_id, lock=True)
    try:
        calendar.delete()
    except ProtectedError as problem:
        raise Conflict(_("These hours are in use.")) from problem
    publish(CalendarDeleted(calendar_id=calendar_id), actor=actor, now=now)


def _save_calendar(calendar: Calendar) -> None:
    try:
        with transaction.atomic():
            calendar.save()
    except IntegrityError as problem:
        raise Conflict(_("There are hours with this name."), details={"name": [_("Choose another name.")]}) from problem
