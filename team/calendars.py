"""Reading what people write about working hours. Pure; every problem is a refusal that names the field."""

import re
from collections.abc import Mapping, Sequence
from datetime import date, time
from typing import Any
from zoneinfo import available_timezones

from django.utils.translation import gettext_lazy as _

from kernel.errors import Invalid
from team.days_off import countries

NAME_LENGTH = 80
MOST_SPANS = 6
MOST_DAYS = 366
WEEKDAYS = 7
CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)|24:00")
OFFICE_WEEK = [[["09:00", "17:00"]]] * 5 + [[], []]

Week = list[list[list[str]]]


def checked(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of a calendar as they are stored. Raises Invalid."""
    clean = dict(values)
    for name, check in CHECKS.items():
        if name in clean:
            clean[name] = check(clean[name])
    if "country" in clean and not clean["country"]:
        clean["subdivision"] = ""
    if clean.get("subdivision") and clean["subdivision"] not in countries().get(clean.get("country", ""), ()):
        raise _invalid(_("This country has no such state."), "subdivision")
    return clean


def _name(raw: str) -> str:
    name = " ".join(raw.split())
    if not 0 < len(name) <= NAME_LENGTH:
        raise _invalid(_("A name has 1 to 80 characters."), "name")
    return name


def _time_zone(raw: str) -> str:
    if raw not in available_timezones():
        raise _invalid(_("Use a name such as America/New_York."), "time_zone")
    return raw


def _week(raw: Sequence[Sequence[Sequence[str]]]) -> Week:
    if len(raw) != WEEKDAYS or any(len(day) > MOST_SPANS for day in raw):
        raise _invalid(_("A week has seven days of at most six spans."), "week")
    week = [[_span(span) for span in day] for day in raw]
    if not any(week):
        raise _invalid(_("There has to be some working time in a week."), "week")
    return week


def _span(raw: Sequence[str]) -> list[str]:
    if len(raw) != len(("from", "to")) or not all(CLOCK.fullmatch(clock) for clock in raw) or raw[0] == "24:00":
        raise _invalid(_("Write hours like 9:00-17:00."), "week")
    begins, ends = (
        clock if clock == "24:00" else time.fromisoformat(clock.zfill(5)).strftime("%H:%M") for clock in raw
    )
    return [begins, ends]


def _country(raw: str) -> str:
    if raw and raw not in countries():
        raise _invalid(_("The holidays of this country are not known."), "country")
    return raw


def _days_off(raw: Sequence[Mapping[str, str]]) -> list[dict[str, str]]:
    if len(raw) > MOST_DAYS:
        raise _invalid(_("These are too many days."), "days_off")
    try:
        days = {date.fromisoformat(day["date"]): " ".join(day.get("name", "").split())[:NAME_LENGTH] for day in raw}
    except (KeyError, ValueError) as problem:
        raise _invalid(_("Write days like 2026-12-24."), "days_off") from problem
    return [{"date": day.isoformat(), "name": days[day]} for day in sorted(days)]


CHECKS: Mapping[str, Any] = {
    "name": _name,
    "time_zone": _time_zone,
    "week": _week,
    "country": _country,
    "days_off": _days_off,
}


def week_written(lines: Sequence[str]) -> Week:
    """Read a week as a form sends it: "9:00-13:00, 14:00-18:00" for each day, nothing for a day off."""
    return [[re.split(r"\s*[-–]\s*", span.strip()) for span in line.split(",") if span.strip()] for line in lines]  # noqa: RUF001 - people write both dashes


def days_written(text: str) -> list[dict[str, str]]:
    """Read days off as a form sends them: a date and a name on each line."""
    lines = [line.strip().partition(" ") for line in text.splitlines() if line.strip()]
    return [{"date": day, "name": name} for day, _space, name in lines]


def day_in_words(spans: Sequence[Sequence[str]]) -> str:
    """Return the hours of a day as a form shows them."""
    return ", ".join(f"{begins}-{ends}" for begins, ends in spans)


def _invalid(sentence: Any, field: str) -> Invalid:  # noqa: ANN401 - a lazy sentence
    return Invalid(sentence, details={field: [sentence]})
