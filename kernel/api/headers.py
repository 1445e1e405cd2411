"""The headers every answer of the API carries: limits, caching, and what it varies by."""

from collections.abc import Mapping

from django.http import HttpResponseBase
from django.utils.cache import patch_vary_headers

from kernel.ratelimit import Standing, Verdict

VARIES_BY = ("Authorization", "Cookie", "X-Tenant-ID", "Accept-Language")


def limit_headers(verdict: Verdict) -> dict[str, str]:
    """Return where the caller's limits stand, in the old words and in those of the IETF draft.

    `X-RateLimit-*` tell the limit that is nearest to refusing, `X-Quota-*` the longest-running one. What the tenant's
    callers share is told only when it is what refuses.
    Source: draft-ietf-httpapi-ratelimit-headers-10, sections 3 and 4.
    """
    tightest, own = verdict.tightest, tuple(one for one in verdict.standings if not one.limit.shared)
    headers = {
        "X-RateLimit-Limit": str(tightest.limit.quota),
        "X-RateLimit-Remaining": str(tightest.remaining),
        "X-RateLimit-Reset": str(int(verdict.at) + tightest.wait_s),
        "RateLimit-Policy": ", ".join(f'"{one.limit.name}";q={one.limit.quota};w={one.limit.window_s}' for one in own),
        "RateLimit": ", ".join(f'"{one.limit.name}";r={one.remaining};t={one.wait_s}' for one in own),
    }
    return headers | _quota(own)


def _quota(standings: tuple[Standing, ...]) -> dict[str, str]:
    longest = max(standings, key=lambda one: one.limit.window_s)
    return {"X-Quota-Limit": str(longest.limit.quota), "X-Quota-Remaining": str(longest.remaining)}


def announce(response: HttpResponseBase, ending: Mapping[str, str]) -> None:
    """Say that the operation ends, beside the links an answer has already."""
    for name, value in ending.items():
        known = response.headers.get(name)
        response[name] = f"{known}, {value}" if known and name == "Link" else value


def set_caching(response: HttpResponseBase, caching: str) -> None:
    """Say how long the answer may be kept, and that it depends on who asks."""
    response["Cache-Control"] = str(caching)  # a server may refuse a subclass of str
    patch_vary_headers(response, VARIES_BY)
