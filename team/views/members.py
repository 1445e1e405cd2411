"""Settings > Members: who works here, who is invited, what each may do."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from team import queries
from team.models import Member
from tenants import actions
from tenants.actions.inviting import RANK, invitation_info
from tenants.avatars import Person
from tenants.enums import Role
from tenants.pages import actor_of, done, member_of, page, same_version, tenant_of, version_of
from tenants.queries import tenant_for, waiting_invitations

HERE = "/settings/members/"
WRITE = "team:write"


@require_GET
@page(scope="team:read")
def members(request: HttpRequest) -> HttpResponse:
    """List who works here, who did, and who is invited."""
    me = member_of(request)
    rows = [_line(row, me.role) for row in queries.members_matching().order_by("-is_active", "name", "id")]
    can_write = WRITE in me.scopes
    values = {
        "page": "settings",
        "settings_page": "members",
        "people": [line for line in rows if line["member"].is_active],
        "gone": [line for line in rows if not line["member"].is_active],
        "invitations": [invitation_info(row) for row in waiting_invitations()] if can_write else [],
        "roles": [(role.value, role.label) for role in Role if RANK[role] <= RANK[Role(me.role)]],
        "can_write": can_write,
    }
    return render(request, "settings/members.html", values)


def _line(row: Member, my_role: str) -> dict[str, Any]:
    above = row.role == Role.OWNER and my_role != Role.OWNER
    return {"member": row, "person": Person(str(row.id), row.name), "version": version_of(row), "is_above_me": above}


@require_POST
@page(scope=WRITE)
def invite(request: HttpRequest) -> HttpResponse:
    """Mail somebody an invitation."""
    email, role = request.POST.get("email", ""), request.POST.get("role", "")
    say = _("The invitation to %(email)s is on its way.") % {"email": email}
    return done(request, HERE, say, lambda: actions.invite_member(email=email, role=role, inviter=member_of(request)))


@require_POST
@page(scope=WRITE)
def withdraw(request: HttpRequest, invitation_id: UUID) -> HttpResponse:
    """Let an invitation open nothing any more."""
    act = lambda: actions.withdraw_invitation(invitation_id=invitation_id, actor=actor_of(request))  # noqa: E731 - one call
    return done(request, HERE, _("The invitation is withdrawn."), act)


@require_POST
@page(scope=WRITE)
def change_role(request: HttpRequest, member_id: UUID) -> HttpResponse:
    """Change what somebody may do."""
    role = request.POST.get("role", "")
    return _on_member(request, member_id, _("The role is changed."), actions.change_role, role=role)


@require_POST
@page(scope=WRITE)
def remove(request: HttpRequest, member_id: UUID) -> HttpResponse:
    """Let somebody leave."""
    return _on_member(request, member_id, _("They cannot work here any more."), actions.remove_member)


@require_POST
@page(scope=WRITE)
def restore(request: HttpRequest, member_id: UUID) -> HttpResponse:
    """Let somebody who left come back."""
    return _on_member(request, member_id, _("They can work here again."), actions.restore_member)


def _on_member(
    request: HttpRequest, member_id: UUID, say: str, action: Callable[..., None], **values: str
) -> HttpResponse:
    """Call an action on a member of this tenant, unless somebody has changed the row since the page was drawn."""

    @transaction.atomic
    def act() -> None:
        tenant_for(tenant_of(request).id, lock=True)  # what actions on members lock first
        same_version(request, queries.member_row(member_id))
        action(member_id=member_id, actor=actor_of(request), by_role=member_of(request).role, **values)

    return done(request, HERE, say, act)


@require_POST
@page(scope=WRITE)
def send_reset(request: HttpRequest, member_id: UUID) -> HttpResponse:
    """Mail a member the link to choose a new password."""
    member = queries.active_member(member_id)
    say = _("A link to choose a new password is on its way to %(email)s.") % {"email": member.email}
    return done(
        request,
        HERE,
        say,
        lambda: actions.request_password_reset(tenant=tenant_of(request), email=member.email, language=member.language),
    )
