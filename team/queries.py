"""Reading the people of the current tenant."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from kernel.errors import NotFound
from kernel.shapes import Part, Recipe, identifier, in_order, moment, or_null, plain
from team.days_off import DaysOff
from team.hours import ALWAYS, Hours, week_of
from team.models import Calendar, Member
from team.types import MemberInfo
from tenants.scopes import ROLE_SCOPES


def active_member(member_id: UUID) -> MemberInfo:
    """Return a member who works here. Raises NotFound for a stranger and for somebody who has left."""
    row = Member.objects.filter(id=member_id, is_active=True).first()
    if row is None:
        raise NotFound(_("There is no such member."))
    return _info(row)


def is_active(member_id: UUID) -> bool:
    """Tell whether this is somebody who works here."""
    return Member.objects.filter(id=member_id, is_active=True).exists()


def active_among(member_ids: Collection[UUID]) -> list[UUID]:
    """Return those of these members who work here."""
    return list(Member.objects.filter(id__in=member_ids, is_active=True).values_list("id", flat=True))


def member_for(user_id: UUID) -> MemberInfo | None:
    """Return the active member a person is in this tenant, or None."""
    row = Member.objects.filter(user_id=user_id, is_active=True).first()
    return _info(row) if row else None


def members() -> list[MemberInfo]:
    """Return everybody who works here, by name."""
    return [_info(row) for row in members_matching().filter(is_active=True).order_by("name", "id")]


def members_matching() -> QuerySet[Member]:
    """Return everybody who ever worked here; page them by `created_at`."""
    return Member.objects.all()


def member_shapes(ids: Sequence[UUID], *, fields: frozenset[str] = frozenset()) -> list[dict[str, Any]]:
    """Return members as the API shows them, in the order of `ids`; one statement.

    `fields` chooses fields, and with them columns; empty means all.
    """
    rows = Member.objects.filter(id__in=ids).values(*MEMBER.columns(fields))
    return in_order(ids, ((row["id"], MEMBER.make(row, fields)) for row in rows))


def member_row(member_id: UUID, *, lock: bool = False) -> Member:
    """Return a member of this tenant or raise NotFound; `lock` holds the row until commit."""
    rows = Member.objects.select_for_update(no_key=True) if lock else Member.objects.all()
    member = rows.filter(id=member_id).first()
    if member is None:
        raise NotFound(_("There is no such member."))
    return member


def workers() -> list[Member]:
    """Return the active members whose role may be given work, by name."""
    roles = [role for role, scopes in ROLE_SCOPES.items() if "conversations:write" in scopes]
    return list(Member.objects.filter(is_active=True, role__in=roles).order_by("name", "id"))


def capacities() -> dict[UUID, int | None]:
    """Return how many conversations each active member is given at most; None is any number."""
    return dict(Member.objects.filter(is_active=True).values_list("id", "capacity"))


def calendar_for(calendar_id: UUID, *, lock: bool = False) -> Calendar:
    """Return the calendar of this tenant or raise NotFound; `lock` holds its row until commit."""
    rows = Calendar.objects.select_for_update() if lock else Calendar.objects.all()
    calendar = rows.filter(id=calendar_id).first()
    if calendar is None:
        raise NotFound(_("There are no such hours."))
    return calendar


def calendars() -> QuerySet[Calendar]:
    """Return the calendars of the tenant; page them by `created_at`."""
    return Calendar.objects.all()


def calendar_shapes(ids: Sequence[UUID], *, fields: frozenset[str] = frozenset()) -> list[dict[str, Any]]:
    """Return calendars as the API shows them, in the order of `ids`; one statement."""
    rows = Calendar.objects.filter(id__in=ids).values(*CALENDAR.columns(fields))
    return in_order(ids, ((row["id"], CALENDAR.make(row, fields)) for row in rows))


def hours_of(calendar: Calendar | None) -> Hours:
    """Return the hours of a calendar, round the clock for None."""
    if calendar is None:
        return ALWAYS
    own = [date.fromisoformat(day["date"]) for day in calendar.days_off]
    days_off = DaysOff(calendar.country, calendar.subdivision, own)
    return Hours(ZoneInfo(calendar.time_zone), week_of(calendar.week), days_off)


def _info(row: Member) -> MemberInfo:
    return MemberInfo(
        id=row.id,
        user_id=row.user_id,
        name=row.name,
        email=row.email,
        role=row.role,
        language=row.language,
        time_zone=row.time_zone,
        scopes=ROLE_SCOPES[row.role],
    )


MEMBER = Recipe(
    {
        "id": identifier(),
        "name": plain("name"),
        "email": plain("email"),
        "role": plain("role"),
        "is_active": plain("is_active"),
        "language": plain("language"),
        "time_zone": or_null("time_zone"),
        "capacity": plain("capacity"),
        "availability": plain("availability"),
        "calendar": identifier("calendar_id"),
        "created_at": moment("created_at"),
        "updated_at": moment("updated_at"),
        "_links": Part((), lambda row: {"self": f"/api/v1/members/{row['id']}/"}),
    }
)
CALENDAR = Recipe(
    {
        "id": identifier(),
        "name": plain("name"),
        "time_zone": plain("time_zone"),
        "week": plain("week"),
        "country": or_null("country"),
        "subdivision": or_null("subdivision"),
        "days_off": plain("days_off"),
        "created_at": moment("created_at"),
        "updated_at": moment("updated_at"),
        "_links": Part((), lambda row: {"self": f"/api/v1/calendars/{row['id']}/"}),
    }
)
