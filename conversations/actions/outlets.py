"""Outlets: the lines of a tenant, and the public route that leads the vendor's traffic to them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from conversations.enums import Channel, OutletStatus
from conversations.events import OutletStopped, OutletUpdated
from conversations.models import Outlet
from conversations.queries import outlet_for
from conversations.wording import STOPPED_BY_HAND
from kernel.actors import Actor
from kernel.errors import Conflict, Invalid
from kernel.events import publish
from tenants import actions as tenants

EDITABLE = frozenset(
    {"sends_read_receipts", "name", "display_phone_number", "access_token", "graph_version", "waba_id", "portfolio_id"}
)
LIMITS = {
    "name": 80,
    "display_phone_number": 20,
    "phone_number_id": 40,
    "waba_id": 40,
    "portfolio_id": 40,
    "graph_version": 8,
}
TOKEN_LIMIT = 4096
REQUIRED = ("name", "phone_number_id", "display_phone_number", "waba_id")


@transaction.atomic
def create_outlet(*, actor: Actor, now: datetime | None = None, **values: str) -> UUID:
    """Connect a WhatsApp number. Raises Invalid, or Conflict when the number is connected somewhere already.

    Row and route are one transaction: a number that is taken in the whole installation leaves no trace here.
    """
    missing = {name: [_("This field is required.")] for name in REQUIRED if not values.get(name, "").strip()}
    if missing:
        raise Invalid(_("Some fields are missing."), details=missing)
    _check(values, EDITABLE | {"phone_number_id"})
    taken = Conflict(
        _("This number is already connected."), details={"phone_number_id": [_("Disconnect it there first.")]}
    )
    if Outlet.objects.filter(phone_number_id=values["phone_number_id"]).exists():
        raise taken
    outlet = Outlet.objects.create(channel=Channel.WHATSAPP, **values)
    try:
        with transaction.atomic():
            _route(outlet)
    except IntegrityError as problem:
        raise taken from problem
    publish(OutletUpdated(outlet_id=outlet.id, field="created"), actor=actor, now=now)
    return outlet.id


@transaction.atomic
def update_outlet(
    *, outlet_id: UUID, changes: Mapping[str, str | bool], actor: Actor, now: datetime | None = None
) -> None:
    """Change an outlet; a new token starts a stopped outlet again. The token goes in and never comes out."""
    _check(changes, EDITABLE)
    outlet = outlet_for(outlet_id, lock=True)
    changed: dict[str, Any] = {name: value for name, value in changes.items() if getattr(outlet, name) != value}
    if not changed:
        return
    if "access_token" in changed:
        changed |= {"status": OutletStatus.ACTIVE, "status_code": ""}
    for name, value in changed.items():
        setattr(outlet, name, value)
    outlet.save(update_fields=[*changed, "updated_at"])
    if "waba_id" in changed:
        _route(outlet)
    publish(
        *[OutletUpdated(outlet_id=outlet.id, field=name) for name in sorted(changed.keys() & EDITABLE)],
        actor=actor,
        now=now,
    )


@transaction.atomic
def stop_outlet(*, outlet_id: UUID, actor: Actor, now: datetime | None = None) -> None:
    """Let an outlet send nothing until it is started again; what customers write still arrives."""
    outlet = outlet_for(outlet_id, lock=True)
    if outlet.status == OutletStatus.STOPPED:
        return
    outlet.status, outlet.status_code = OutletStatus.STOPPED, STOPPED_BY_HAND
    outlet.save(update_fields=["status", "status_code", "updated_at"])
    publish(OutletStopped(outlet_id=outlet.id, code=STOPPED_BY_HAND), actor=actor, now=now)


@transaction.atomic
def restart_outlet(*, outlet_id: UUID, actor: Actor, now: datetime | None = None) -> None:
    """Let a stopped outlet send again after its cause was repaired at the vendor."""
    outlet = outlet_for(outlet_id, lock=True)
    if outlet.status == OutletStatus.ACTIVE:
        return
    outlet.status, outlet.status_code = OutletStatus.ACTIVE, ""
    outlet.save(update_fields=["status", "status_code", "updated_at"])
    publish(OutletUpdated(outlet_id=outlet.id, field="status"), actor=actor, now=now)


def _route(outlet: Outlet) -> None:
    """Lead the traffic of a number, and of its account, here; other channels have no number."""
    if outlet.phone_number_id is None:
        return
    tenants.route_channel(vendor="whatsapp", address=outlet.phone_number_id, outlet_id=outlet.id)
    tenants.route_channel(vendor="whatsapp", address=f"waba:{outlet.waba_id}", outlet_id=outlet.id, shared=True)


def _check(values: Mapping[str, str | bool], allowed: frozenset[str]) -> None:
    details: dict[str, list[Any]] = {}
    for name, value in values.items():
        if name not in allowed:
            details[name] = [_("This field does not exist.")]
        elif isinstance(value, str) and len(value) > LIMITS.get(name, TOKEN_LIMIT):
            details[name] = [_("Too long.")]
    if details:
        raise Invalid(_("Some values cannot be taken."), details=details)
