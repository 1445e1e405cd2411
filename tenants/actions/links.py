"""One-time links: made, mailed, opened once. Only a digest is kept, so reading the table opens nothing."""

import hashlib
import json
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any, Final
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from kernel import clocks
from kernel.errors import Refusal
from tenants.enums import LinkPurpose
from tenants.models import OneTimeLink

VALID_FOR: Final[dict[str, timedelta]] = {
    LinkPurpose.SIGN_UP: timedelta(hours=24),
    LinkPurpose.RESET_PASSWORD: timedelta(hours=1),
    LinkPurpose.INVITATION: timedelta(days=7),
    LinkPurpose.NEW_EMAIL: timedelta(hours=24),
    LinkPurpose.IMPERSONATION: timedelta(seconds=60),
    LinkPurpose.TICKET: timedelta(seconds=60),
}
KEPT_FOR = timedelta(days=30)


class LinkGone(Refusal):
    """The link was used, has run out, was replaced by a newer one, or never existed: nobody learns which."""

    code = "LINK_GONE"
    status = HTTPStatus.GONE

    def __init__(self) -> None:
        super().__init__(_("This link does not work any more. Ask for a new one."))


def make_link(
    *,
    purpose: LinkPurpose,
    now: datetime,
    user_id: UUID | None = None,
    tenant_id: UUID | None = None,
    email: str = "",
    payload: Mapping[str, Any] | None = None,
) -> tuple[OneTimeLink, str]:
    """Make a link and return its row and the token, which is nowhere else. Inside the caller's transaction."""
    token = secrets.token_urlsafe(32)
    row = OneTimeLink.objects.create(
        purpose=purpose,
        digest=_digest(token),
        user_id=user_id,
        tenant_id=tenant_id,
        email=email,
        payload=json.dumps(payload or {}),
        expires_at=now + VALID_FOR[purpose],
    )
    return row, token


def find_link(
    purpose: LinkPurpose, token: str, *, tenant_id: UUID | None, now: datetime | None = None, lock: bool = False
) -> OneTimeLink:
    """Return a link that still opens, of this very tenant (None: the public site). Raises LinkGone; `lock` holds it."""
    rows = OneTimeLink.objects.select_for_update(of=("self",)) if lock else OneTimeLink.objects.all()
    found = rows.select_related("user", "tenant").filter(purpose=purpose, digest=_digest(token), used_at=None).first()
    if found is None or found.expires_at <= (now or clocks.now()):
        raise LinkGone
    if tenant_id is not None and found.tenant_id != tenant_id:
        raise LinkGone
    return found


def use_link(row: OneTimeLink, now: datetime) -> dict[str, Any]:
    """Let a link never open again, and return what was kept with it. Inside the transaction that locked it."""
    payload: dict[str, Any] = json.loads(row.payload)
    row.used_at, row.payload = now, ""
    row.save(update_fields=["used_at", "payload", "updated_at"])
    return payload


def replace_links(*, purpose: LinkPurpose, now: datetime, **whose: object) -> None:
    """Let the links somebody was sent before not open any more."""
    OneTimeLink.objects.filter(purpose=purpose, used_at=None, **whose).update(used_at=now, payload="")


def purge_links(*, now: datetime | None = None) -> int:
    """Forget links that ran out a month ago; returns how many."""
    at = now or clocks.now()
    forgotten, _each = OneTimeLink.objects.filter(expires_at__lt=at - KEPT_FOR).delete()
    return forgotten


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
