"""Host names of a tenant's own."""

import re
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from kernel.actors import Actor
from kernel.errors import Conflict, Invalid, NotFound
from kernel.events import publish
from kernel.tenancy import tenant_context
from tenants.events import DomainAdded, DomainRemoved
from tenants.memory import forget_on_commit
from tenants.models import Domain
from tenants.queries import tenant_for

HOST_NAME = re.compile(r"(?=.{4,253}\Z)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]")


@transaction.atomic
def add_domain(*, tenant_id: UUID, domain: str, actor: Actor, now: datetime | None = None) -> None:
    """Let a host name lead to a tenant. Raises Invalid, or Conflict when it leads somewhere already."""
    name = domain.strip().lower().removesuffix(".")
    if not HOST_NAME.fullmatch(name) or name == settings.BASE_HOST or name.endswith(f".{settings.BASE_HOST}"):
        raise Invalid(_("This is no host name of its own."), details={"domain": [_("Write it as chat.example.com.")]})
    tenant = tenant_for(tenant_id, lock=True)
    try:
        with transaction.atomic():
            Domain.objects.create(domain=name, tenant=tenant, is_primary=False)
    except IntegrityError as problem:
        raise Conflict(
            _("This host name leads to a tenant already."), details={"domain": [_("Remove it there first.")]}
        ) from problem
    forget_on_commit()
    with tenant_context(tenant.schema_name):
        publish(DomainAdded(tenant_id=tenant.id, domain=name), actor=actor, now=now)


@transaction.atomic
def remove_domain(*, domain_id: int, actor: Actor, now: datetime | None = None) -> None:
    """Let a host name lead nowhere. Raises NotFound."""
    row = Domain.objects.select_related("tenant").filter(id=domain_id).first()
    if row is None:
        raise NotFound(_("There is no such host name."))
    row.delete()
    forget_on_commit()
    with tenant_context(row.tenant.schema_name):
        publish(DomainRemoved(tenant_id=row.tenant_id, domain=row.domain), actor=actor, now=now)
