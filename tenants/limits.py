"""What each plan allows. A tenant's entitlements, written by billing, lie on top."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from tenants.enums import Plan

API_PER_MINUTE: Final = "api_requests_per_minute"
API_PER_HOUR: Final = "api_requests_per_hour"
"""Absent means that only the minute counts."""
API_ALL_KEYS_PER_MINUTE: Final = "api_requests_per_minute_all_keys"
"""What a tenant's keys share, so that many keys are no way around the limits of one."""
BROWSER_PER_MINUTE: Final = "browser_requests_per_minute"
"""Per person: a busy inbox refetches a few small parts a second."""

PLAN_LIMITS: Final[dict[Plan, dict[str, int]]] = {
    Plan.STARTER: {API_PER_MINUTE: 100, API_ALL_KEYS_PER_MINUTE: 600, BROWSER_PER_MINUTE: 1200},
    Plan.GROWTH: {API_PER_MINUTE: 100, API_ALL_KEYS_PER_MINUTE: 1200, BROWSER_PER_MINUTE: 1200},
    Plan.ENTERPRISE: {API_PER_MINUTE: 1000, API_ALL_KEYS_PER_MINUTE: 12000, BROWSER_PER_MINUTE: 1200},
}


def limits_of(plan: Plan, entitlements: Mapping[str, int]) -> Mapping[str, int]:
    """Return the limits of a tenant: its own where it has them, else those of its plan."""
    return MappingProxyType({**PLAN_LIMITS[plan], **entitlements})
