"""Where inbound traffic goes. Called by the app that owns the outlets, in its own transaction."""

from uuid import UUID

from django.db import IntegrityError, transaction

from tenants.models import ChannelRoute
from tenants.queries import current_tenant


def route_channel(*, vendor: str, address: str, outlet_id: UUID, shared: bool = False) -> None:
    """Lead a vendor address to an outlet of the current tenant; doing it again changes nothing.

    Raises IntegrityError when another tenant has the address, or another outlet of this tenant unless it is `shared`:
    a shared address (`waba:<id>`) keeps the outlet that came first.
    """
    tenant_id = current_tenant().id
    with transaction.atomic():
        route, _made = ChannelRoute.objects.get_or_create(
            vendor=vendor, address=address, defaults={"tenant_id": tenant_id, "outlet_id": outlet_id}
        )
    if route.tenant_id != tenant_id or not (shared or route.outlet_id == outlet_id):
        message = f"the {vendor} address is connected somewhere else"
        raise IntegrityError(message)
