"""The end of operations, announced: `Deprecation` (RFC 9745), `Sunset` (RFC 8594), and 410 after it.

A version is in the address, and a breaking change is a new version. What it replaces says so in each answer for at
least six months, with the address of its successor, and afterwards answers 410 with the same address.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any

from django.utils.http import http_date
from django.utils.translation import gettext_lazy as _

from kernel.api.links import link_header
from kernel.api.refusals import ApiRefusal

NOTICE = timedelta(days=182)
"""Between the announcement and the end, at least."""
EXPLAINED = "/developers/"


class Gone(ApiRefusal):
    """The operation had been announced to end and has ended; the header `Link` names its successor."""

    code = "GONE"
    status = HTTPStatus.GONE
    sentence = _("This operation has ended. Use its successor.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """What an operation says about its end. Raises ValueError when the notice is shorter than six months."""

    since: datetime
    """When it was announced."""
    sunset: datetime
    """From when on it answers 410."""
    successor: str
    """Address of what takes its place, with the same names in braces: `/api/v2/contacts/{contact_id}/`."""

    def __post_init__(self) -> None:
        if self.sunset - self.since < NOTICE:
            message = f"an operation must be announced {NOTICE.days} days before its end"
            raise ValueError(message)

    def headers(self, ids: Mapping[str, Any]) -> dict[str, str]:
        """Return the headers of every answer; `ids` are those of the address."""
        return {
            "Deprecation": f"@{int(self.since.timestamp())}",
            "Sunset": http_date(self.sunset.timestamp()),
            "Link": link_header(
                **{"successor-version": self.successor.format(**ids), "deprecation": EXPLAINED, "sunset": EXPLAINED}
            ),
        }

    def require_before(self, now: datetime) -> None:
        """Raise Gone once it has ended."""
        if now >= self.sunset:
            raise Gone
