"""Days on which a calendar does no work: a country's or state's public holidays, and those the tenant adds."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from functools import cache

import holidays


class DaysOff:
    """Public holidays, worked out year by year when one is asked for, and days of the tenant's own."""

    def __init__(self, country: str, subdivision: str, own: Collection[date]) -> None:
        self._public = _public(country, subdivision) if country else {}
        self._own = frozenset(own)

    def __contains__(self, day: object) -> bool:
        return day in self._own or day in self._public


@cache
def _public(country: str, subdivision: str) -> Mapping[date, str]:
    return holidays.country_holidays(country, subdiv=subdivision or None)


@cache
def countries() -> Mapping[str, Sequence[str]]:
    """Return the countries whose holidays are known, by their two letters, with their states."""
    known = holidays.list_supported_countries(include_aliases=False)
    return {code: states for code, states in sorted(known.items()) if len(code) == 2}  # noqa: PLR2004 - ISO 3166-1
