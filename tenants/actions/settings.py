"""What a tenant decides about itself."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import UUID
from zoneinfo import available_timezones

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from kernel.actors import Actor
from kernel.errors import Invalid
from kernel.events import publish
from kernel.tenancy import tenant_context
from tenants.events import TenantUpdated
from tenants.memory import forget_on_commit
from tenants.queries import tenant_for

EDITABLE: Final = frozenset({"name", "language", "time_zone", "allowed_origins"})
LONGEST_NAME = 120
MOST_ORIGINS = 20
ORIGIN = re.compile(r"https?://[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?(?::[1-9]\d{0,4})?")
LOCAL = frozenset({"localhost", "127.0.0.1"})
"""Hosts of somebody who develops, who may do without HTTPS."""


@transaction.atomic
def update_tenant(*, tenant_id: UUID, changes: Mapping[str, Any], actor: Actor, now: datetime | None = None) -> None:
    """Change name, language, time zone, or the origins whose pages may call the API. Raises NotFound or Invalid."""
    clean = _clean(changes)
    row = tenant_for(tenant_id, lock=True)
    changed = {name: value for name, value in clean.items() if getattr(row, name) != value}
    if not changed:
        return
    for name, value in changed.items():
        setattr(row, name, value)
    row.save(update_fields=[*changed, "updated_at"])
    forget_on_commit()
    with tenant_context(row.schema_name):
        publish(TenantUpdated(tenant_id=tenant_id, fields=sorted(changed)), actor=actor, now=now)


def _clean(changes: Mapping[str, Any]) -> dict[str, Any]:
    details: dict[str, list[Any]] = {
        name: [_("This field does not exist.")] for name in sorted(set(changes) - EDITABLE)
    }
    clean = dict(changes)
    if "name" in clean:
        clean["name"] = clean["name"].strip()
        if not 1 <= len(clean["name"]) <= LONGEST_NAME:
            details["name"] = [_("Use 1 to 120 characters.")]
    if clean.get("language", "en") not in dict(settings.LANGUAGES):
        details["language"] = [_("Use one of the languages of Redress.")]
    if clean.get("time_zone", "UTC") not in available_timezones():
        details["time_zone"] = [_("Use a name such as America/New_York.")]
    if "allowed_origins" in clean:
        clean["allowed_origins"] = sorted({one.strip().lower().rstrip("/") for one in clean["allowed_origins"]})
        details |= _problems_of_origins(clean["allowed_origins"])
    if details:
        raise Invalid(_("Some values cannot be taken."), details=details)
    return clean


def _problems_of_origins(origins: Sequence[str]) -> dict[str, list[Any]]:
    if len(origins) > MOST_ORIGINS:
        return {"allowed_origins": [_("At most 20 origins.")]}
    wrong = [origin[:80] for origin in origins if not _is_origin(origin)]
    sentence = _("Use scheme and host, like https://www.example.com; HTTPS except on localhost.")
    return {"allowed_origins": [*wrong, sentence]} if wrong else {}


def _is_origin(origin: str) -> bool:
    if not ORIGIN.fullmatch(origin):
        return False
    parts = urlsplit(origin)
    return parts.scheme == "https" or parts.hostname in LOCAL
