"""Changing the e-mail a person signs in with: the new mailbox is proven first, the old one is warned."""

from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import translation

from kernel import clocks
from kernel.actors import SYSTEM, Actor, ActorKind
from kernel.events import publish
from kernel.tenancy import tenant_context
from tenants import email_texts
from tenants.actions.emails import queue_email
from tenants.actions.links import LinkGone, find_link, make_link, replace_links, use_link
from tenants.actions.people import clean_email, copy_to_tenants
from tenants.addresses import tenant_url
from tenants.enums import LinkPurpose
from tenants.events import MemberEmailChanged
from tenants.models import User
from tenants.queries import active_memberships, branding_of
from tenants.types import EmailText, MemberInfo, TenantInfo


@transaction.atomic
def request_email_change(*, tenant: TenantInfo, member: MemberInfo, email: str, now: datetime | None = None) -> None:
    """Mail a link to the new address and a warning to the old one. Raises Invalid.

    An address that has a login is told so, by mail only; whoever asks cannot tell.
    """
    at, address = now or clocks.now(), clean_email(email)
    if address == member.email:
        return
    replace_links(purpose=LinkPurpose.NEW_EMAIL, now=at, user_id=member.user_id)
    _link, token = make_link(
        purpose=LinkPurpose.NEW_EMAIL, now=at, user_id=member.user_id, tenant_id=tenant.id, email=address
    )  # fmt: skip
    is_known = User.objects.filter(email=address).exists()
    with translation.override(member.language):
        url = tenant_url(tenant.slug, f"/email/{token}/")
        free, used = email_texts.confirm_new_email(tenant.name, url), email_texts.email_is_in_use(tenant.name)
        warned = email_texts.email_will_change(tenant.name, address)
    _tell(tenant, address, member.language, used if is_known else free, at)
    _tell(tenant, member.email, member.language, warned, at)


@transaction.atomic
def confirm_email_change(*, tenant: TenantInfo, token: str, now: datetime | None = None) -> UUID:
    """Take the proven address over, in every tenant of the person; returns the user id. Raises LinkGone."""
    at = now or clocks.now()
    link = find_link(LinkPurpose.NEW_EMAIL, token, tenant_id=tenant.id, now=at, lock=True)
    row = active_memberships(tenant.id).filter(user__links=link).first()
    if row is None:
        raise LinkGone
    use_link(link, at)
    _rename(row.user, link.email)
    with tenant_context(tenant.schema_name):
        publish(MemberEmailChanged(member_id=row.id), actor=Actor(ActorKind.MEMBER, str(row.id)), now=at)
    return row.user_id


def _rename(user: User, email: str) -> None:
    user.email = email
    try:
        with transaction.atomic():
            user.save(update_fields=["email", "updated_at"])
    except IntegrityError as taken:
        raise LinkGone from taken
    copy_to_tenants(user)


def _tell(tenant: TenantInfo, to: str, language: str, text: EmailText, at: datetime) -> None:
    queue_email(
        kind="new_email", to=to, text=text, brand=branding_of(tenant), language=language, actor=SYSTEM,
        schema=tenant.schema_name, now=at,
    )  # fmt: skip
