"""How a business looks to the people it writes to: color, sender's name, logo."""

import hashlib
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from kernel.actors import Actor
from kernel.errors import Invalid
from kernel.events import publish
from kernel.tenancy import tenant_context
from tenants import colors, images
from tenants.events import BrandingChanged
from tenants.memory import forget_on_commit
from tenants.models import Logo, Tenant
from tenants.queries import tenant_for

LONGEST_SENDER = 80


class ColorTooFaint(Invalid):
    """White letters cannot be read on the color; `nearest` is the nearest one on which they can."""

    code = "COLOR_TOO_FAINT"

    def __init__(self, nearest: str) -> None:
        sentence = _("White letters are hard to read on this color. The nearest that works is %(color)s.")
        super().__init__(sentence % {"color": nearest}, details={"color": [sentence % {"color": nearest}]})
        self.nearest = nearest


@transaction.atomic
def set_branding(*, tenant_id: UUID, color: str, sender_name: str, actor: Actor, now: datetime | None = None) -> None:
    """Choose the color of buttons and the name mail comes from; empty is ours. Raises Invalid or ColorTooFaint."""
    name, wanted = " ".join(sender_name.split()), color.strip().lower()
    if len(name) > LONGEST_SENDER or not name.isprintable():
        raise Invalid(_("This name cannot be used."), details={"sender_name": [_("Use up to 80 characters.")]})
    if wanted and not colors.COLOR.fullmatch(wanted):
        raise Invalid(_("This is no color."), details={"color": [_("Use a color such as #0b5a75.")]})
    if wanted and not colors.fits_light(wanted):
        raise ColorTooFaint(colors.nearest_light(wanted))
    row = tenant_for(tenant_id, lock=True)
    if (row.brand_color, row.sender_name) != (wanted, name):
        Tenant.objects.filter(id=tenant_id).update(brand_color=wanted, sender_name=name)
        _announce(row, actor, now)


@transaction.atomic
def set_logo(*, tenant_id: UUID, raw: bytes, actor: Actor, now: datetime | None = None) -> None:
    """Take a logo in, drawn anew. Raises Invalid."""
    picture = images.taken_in(raw)
    row = tenant_for(tenant_id, lock=True)
    values = {"data": picture.data, "width": picture.width, "height": picture.height}
    Logo.objects.update_or_create(tenant_id=tenant_id, defaults=values)
    _mark(row, hashlib.sha256(picture.data).hexdigest()[:16], actor, now)


@transaction.atomic
def remove_logo(*, tenant_id: UUID, actor: Actor, now: datetime | None = None) -> None:
    """Go back to our own sign."""
    row = tenant_for(tenant_id, lock=True)
    if Logo.objects.filter(tenant_id=tenant_id).delete()[0]:
        _mark(row, "", actor, now)


def _mark(row: Tenant, mark: str, actor: Actor, now: datetime | None) -> None:
    Tenant.objects.filter(id=row.id).update(logo_mark=mark)
    _announce(row, actor, now)


def _announce(row: Tenant, actor: Actor, now: datetime | None) -> None:
    forget_on_commit()
    with tenant_context(row.schema_name):
        publish(BrandingChanged(tenant_id=row.id), actor=actor, now=now)
