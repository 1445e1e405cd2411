"""From where a tenant is managed: a list of networks, empty for anywhere."""

import ipaddress
from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from kernel.actors import Actor
from kernel.addresses import within
from kernel.errors import Invalid
from kernel.events import publish
from kernel.tenancy import tenant_context
from tenants.events import AdminNetworksChanged
from tenants.memory import forget_on_commit
from tenants.models import Tenant
from tenants.queries import tenant_for

MOST = 50


@transaction.atomic
def set_admin_networks(
    *, tenant_id: UUID, networks: Iterable[str], address: str, actor: Actor, now: datetime | None = None
) -> None:
    """Let a tenant be managed from these networks only; an empty list opens it to every address again.

    Raises Invalid for what is no network, and for a list without `address`, from which it is saved: nobody locks
    themselves out.
    """
    wanted = [network_of(raw) for raw in networks if raw.strip()]
    if len(wanted) > MOST:
        raise Invalid(_("At most 50 networks."), details={"networks": [_("At most 50 networks.")]})
    if wanted and not within(address, tuple(wanted)):
        sentence = _("Your own address %(address)s is not in the list: you would lock yourself out.")
        raise Invalid(sentence % {"address": address}, details={"networks": [sentence % {"address": address}]})
    _save(tenant_id, sorted(set(wanted)), actor, now)


@transaction.atomic
def open_admin_networks(*, tenant_id: UUID, actor: Actor, now: datetime | None = None) -> None:
    """Let a tenant be managed from everywhere again; for operators, when its own network has changed."""
    _save(tenant_id, [], actor, now)


def _save(tenant_id: UUID, networks: list[str], actor: Actor, now: datetime | None) -> None:
    row = tenant_for(tenant_id, lock=True)
    if row.admin_networks == networks:
        return
    Tenant.objects.filter(id=tenant_id).update(admin_networks=networks)
    forget_on_commit()
    with tenant_context(row.schema_name):
        publish(AdminNetworksChanged(tenant_id=tenant_id, count=len(networks)), actor=actor, now=now)


def network_of(raw: str) -> str:
    """Return an address or network in its one form. Raises Invalid."""
    try:
        network = ipaddress.ip_network(raw.strip())
    except ValueError as problem:
        detail = [_("Use an address or a network such as 203.0.113.0/24.")]
        raise Invalid(_("This is no address."), details={"networks": detail}) from problem
    single = network.prefixlen == network.max_prefixlen
    return str(network.network_address) if single else str(network)
