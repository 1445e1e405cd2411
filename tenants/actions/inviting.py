"""Inviting people to a business, and accepting."""

import json
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from kernel import clocks
from kernel.actors import Actor, ActorKind
from kernel.errors import Conflict, Forbidden, Invalid, NotFound
from kernel.events import publish
from tenants import email_texts, passwords
from tenants.actions.emails import queue_email
from tenants.actions.links import find_link, make_link, replace_links, use_link
from tenants.actions.people import add_member, clean_email, clean_role
from tenants.actions.terms import accept_terms
from tenants.addresses import tenant_url
from tenants.enums import LinkPurpose, Role
from tenants.events import InvitationWithdrawn, MemberInvited
from tenants.models import OneTimeLink, User
from tenants.queries import active_memberships, branding_of, current_tenant
from tenants.types import InvitationInfo, MemberInfo, TenantInfo

RANK = {Role.VIEWER: 0, Role.AGENT: 1, Role.ADMIN: 2, Role.OWNER: 3}


@transaction.atomic
def invite_member(
    *, email: str, role: str, inviter: MemberInfo, language: str = "", now: datetime | None = None
) -> UUID:
    """Mail somebody an invitation to the current tenant; returns its id. An invitation of before is replaced.

    Raises Invalid, Forbidden for a role above the inviter's own, or Conflict for somebody who is a member already.
    """
    at, tenant = now or clocks.now(), current_tenant()
    address = clean_email(email)
    if RANK[Role(clean_role(role))] > RANK[Role(inviter.role)]:
        raise Forbidden(_("You can only give a role up to your own."))
    if active_memberships(tenant.id).filter(user__email=address).exists():
        raise Conflict(_("This person is a member already."), details={"email": [_("Already a member.")]})
    replace_links(purpose=LinkPurpose.INVITATION, now=at, tenant_id=tenant.id, email=address)
    payload = {"role": role, "inviter": inviter.name, "inviter_id": str(inviter.id)}
    link, token = make_link(
        purpose=LinkPurpose.INVITATION, now=at, tenant_id=tenant.id, email=address, payload=payload
    )  # fmt: skip
    _mail(tenant, address, inviter, language or tenant.language, token, at)
    publish(MemberInvited(invitation_id=link.id, role=role), actor=Actor(ActorKind.MEMBER, str(inviter.id)), now=at)
    return link.id


def _mail(tenant: TenantInfo, to: str, inviter: MemberInfo, language: str, token: str, at: datetime) -> None:
    spoken = User.objects.filter(email=to).values_list("language", flat=True).first() or language
    with translation.override(spoken):
        text = email_texts.invitation(tenant.name, inviter.name, tenant_url(tenant.slug, f"/invitation/{token}/"))
    queue_email(
        kind="invitation", to=to, text=text, brand=branding_of(tenant), language=spoken,
        actor=Actor(ActorKind.MEMBER, str(inviter.id)), schema=tenant.schema_name, now=at,
    )  # fmt: skip


@transaction.atomic
def withdraw_invitation(*, invitation_id: UUID, actor: Actor, now: datetime | None = None) -> None:
    """Let an invitation of the current tenant open nothing any more. Raises NotFound."""
    at = now or clocks.now()
    rows = OneTimeLink.objects.select_for_update().filter(purpose=LinkPurpose.INVITATION, used_at=None)
    link = rows.filter(id=invitation_id, tenant_id=current_tenant().id).first()
    if link is None:
        raise NotFound(_("There is no such invitation."))
    use_link(link, at)
    publish(InvitationWithdrawn(invitation_id=link.id), actor=actor, now=at)


def read_invitation(*, tenant: TenantInfo, token: str) -> InvitationInfo:
    """Return what an invitation offers. Raises LinkGone."""
    return invitation_info(find_link(LinkPurpose.INVITATION, token, tenant_id=tenant.id))


def invitation_info(link: OneTimeLink) -> InvitationInfo:
    """Return an invitation as pages show it."""
    payload = json.loads(link.payload)
    return InvitationInfo(
        id=link.id,
        email=link.email,
        role=payload["role"],
        inviter=payload["inviter"],
        created_at=link.created_at,
        expires_at=link.expires_at,
        is_known=_has_login(link.email),
    )


def _has_login(email: str) -> bool:
    user = User.objects.filter(email=email).first()
    return user is not None and user.has_usable_password()


@transaction.atomic
def accept_invitation(
    *,
    tenant: TenantInfo,
    token: str,
    address: str,
    name: str = "",
    password: str = "",
    language: str = "",
    accepts_terms: bool = False,
    now: datetime | None = None,
) -> UUID:
    """Make the invited person a member and return their user id; a newcomer chooses name and password here.

    Raises LinkGone or Invalid.
    """
    at = now or clocks.now()
    link = find_link(LinkPurpose.INVITATION, token, tenant_id=tenant.id, now=at, lock=True)
    offer = invitation_info(link)
    if not offer.is_known:
        _check_newcomer(tenant, offer, name, password, accepts_terms=accepts_terms)
    payload = use_link(link, at)
    add_member(
        tenant_id=tenant.id, email=link.email, role=offer.role, name=name, password=password, language=language,
        actor=Actor(ActorKind.MEMBER, payload["inviter_id"]), now=at,
    )  # fmt: skip
    user = User.objects.get(email=link.email)
    if not user.has_usable_password():
        user.set_password(password)
        user.save(update_fields=["password", "updated_at"])
    if not offer.is_known:
        accept_terms(user_id=user.id, address=address, now=at)
    return user.id


def _check_newcomer(
    tenant: TenantInfo, offer: InvitationInfo, name: str, password: str, *, accepts_terms: bool
) -> None:
    weak = passwords.problem(password, (name, offer.email, tenant.name))
    details = {"password": [weak]} if weak else {}
    if not name.strip():
        details["name"] = [_("Use 1 to 120 characters.")]
    if not accepts_terms:
        details["terms"] = [_("Accept the terms to go on.")]
    if details:
        raise Invalid(_("Some values cannot be taken."), details=details)
