"""Everything that changes the people of a tenant and when they work."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import ProtectedError
from django.utils.translation import gettext_lazy as _

from kernel.actors import Actor
from kernel.errors import Conflict
from kernel.events import publish
from team.calendars import OFFICE_WEEK, checked
from team.events import CalendarChanged, CalendarDeleted
from team.models import Calendar, Member
from team.queries import calendar_for
from team.types import MemberInfo


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
