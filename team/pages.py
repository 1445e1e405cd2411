"""What the settings pages of the team show, ready for templates."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.dates import WEEKDAYS
from django.utils.functional import Promise

from team.calendars import OFFICE_WEEK, day_in_words
from team.models import Calendar


@dataclass(frozen=True, slots=True)
class Day:
    """A weekday of a form and its hours as text."""

    word: Promise | str
    hours: str


@dataclass(frozen=True, slots=True)
class CalendarForm:
    """Working hours as a form shows them; `id` is empty for new ones."""

    id: str
    name: str
    time_zone: str
    days: Sequence[Day]
    country: str
    subdivision: str
    days_off: str
    is_open: bool = False


def form_of(calendar: Calendar) -> CalendarForm:
    """Return the form of hours there are."""
    return CalendarForm(
        id=str(calendar.id),
        name=calendar.name,
        time_zone=calendar.time_zone,
        days=_days([day_in_words(spans) for spans in calendar.week]),
        country=calendar.country,
        subdivision=calendar.subdivision,
        days_off="\n".join(f"{day['date']} {day['name']}".strip() for day in calendar.days_off),
    )


def new_form(time_zone: str) -> CalendarForm:
    """Return the form for new hours: those of an office."""
    return CalendarForm("", "", time_zone, _days([day_in_words(spans) for spans in OFFICE_WEEK]), "", "", "")


def form_given(calendar_id: str, given: Mapping[str, Any], days: Sequence[str]) -> CalendarForm:
    """Return the form as it was sent, for the case that it is refused."""
    names = ("name", "time_zone", "country", "subdivision", "days_off")
    text = {name: str(given.get(name, "")) for name in names}
    return CalendarForm(id=calendar_id, days=_days(days), is_open=True, **text)


def _days(hours: Sequence[str]) -> list[Day]:
    return [Day(WEEKDAYS[number], text) for number, text in enumerate(hours)]
