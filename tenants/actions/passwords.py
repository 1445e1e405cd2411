"""Passwords: asked for anew by mail, chosen with the link, or changed by somebody who is signed in."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from kernel import clocks
from kernel.actors import SYSTEM, Actor, ActorKind
from kernel.errors import Invalid
from kernel.events import publish
from kernel.tenancy import tenant_context
from tenants import email_texts, passwords
from tenants.actions.emails import queue_email
from tenants.actions.links import LinkGone, find_link, make_link, replace_links, use_link
from tenants.actions.people import change_password
from tenants.addresses import tenant_url
from tenants.enums import LinkPurpose
from tenants.events import MemberPasswordChanged
from tenants.models import Membership, TrustedBrowser, User
from tenants.queries import active_memberships, branding_of
from tenants.types import EmailText, TenantInfo


@transaction.atomic
def request_password_reset(*, tenant: TenantInfo, email: str, language: str, now: datetime | None = None) -> None:
    """Mail a link to choose a new password. An unknown mailbox is told so, by mail only, in the same time."""
    at = now or clocks.now()
    row = active_memberships(tenant.id).filter(user__email=email).first()
    spoken = row.user.language if row else language
    user_id = row.user_id if row else None
    if user_id:
        replace_links(purpose=LinkPurpose.RESET_PASSWORD, now=at, user_id=user_id)
    _link, token = make_link(
        purpose=LinkPurpose.RESET_PASSWORD, now=at, user_id=user_id, tenant_id=tenant.id, email=email
    )  # fmt: skip
    with translation.override(spoken):
        url = tenant_url(tenant.slug, f"/password/{token}/")
        text = email_texts.reset_password(tenant.name, url) if row else email_texts.no_such_login(tenant.name)
    _tell(tenant, email, spoken, text, "reset_password", at)


@transaction.atomic
def reset_password(*, tenant: TenantInfo, token: str, password: str, now: datetime | None = None) -> None:
    """Choose a new password with the mailed link; every session of the person ends. Raises LinkGone or Invalid."""
    at = now or clocks.now()
    link = find_link(LinkPurpose.RESET_PASSWORD, token, tenant_id=tenant.id, now=at, lock=True)
    row = _person_behind(link.user_id, tenant)
    _set(tenant, row, password, at)
    use_link(link, at)
    replace_links(purpose=LinkPurpose.RESET_PASSWORD, now=at, user_id=row.user_id)
    TrustedBrowser.objects.filter(user_id=row.user_id).delete()


def _person_behind(user_id: UUID | None, tenant: TenantInfo) -> Membership:

    row = active_memberships(tenant.id).filter(user_id=user_id).first() if user_id else None
    if row is None:
        raise LinkGone
    return row


@transaction.atomic
def choose_password(
    *, tenant: TenantInfo, user_id: UUID, current: str, password: str, now: datetime | None = None
) -> None:
    """Change the password of somebody who is signed in and knows the one before. Raises Invalid."""
    row = active_memberships(tenant.id).get(user_id=user_id)
    if not is_password_of(user_id=user_id, password=current):
        sentence = _("That is not your password.")
        raise Invalid(sentence, details={"current": [sentence]})
    _set(tenant, row, password, now or clocks.now())


def is_password_of(*, user_id: UUID, password: str) -> bool:
    """Tell whether this is the password of a person."""
    user = User.objects.filter(id=user_id).first()
    return user is not None and len(password) <= passwords.LONGEST and user.check_password(password)


def _set(tenant: TenantInfo, row: Membership, password: str, at: datetime) -> None:
    weak = passwords.problem(password, (row.user.name, row.user.email, tenant.name))
    if weak:
        raise Invalid(weak, details={"password": [weak]})
    change_password(user_id=row.user_id, password=password)
    with translation.override(row.user.language):
        text = email_texts.password_changed(tenant.name)
    _tell(tenant, row.user.email, row.user.language, text, "password_changed", at)
    with tenant_context(tenant.schema_name):
        publish(MemberPasswordChanged(member_id=row.id), actor=Actor(ActorKind.MEMBER, str(row.id)), now=at)


def _tell(tenant: TenantInfo, to: str, language: str, text: EmailText, kind: str, at: datetime) -> None:
    queue_email(
        kind=kind, to=to, text=text, brand=branding_of(tenant), language=language, actor=SYSTEM,
        schema=tenant.schema_name, now=at,
    )  # fmt: skip
