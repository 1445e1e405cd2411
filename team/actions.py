"""Keeping the people of a tenant as its own tables know them."""

from team.models import Member
from team.types import MemberInfo


def sync_member(member: MemberInfo, *, is_active: bool) -> None:
    """Copy a membership into the current tenant, in the transaction that changed it; the ids are the same."""
    Member.objects.update_or_create(
        id=member.id,
        defaults={
            "user_id": member.user_id,
            "name": member.name,
            "email": member.email,
            "role": member.role,
            "is_active": is_active,
            "language": member.language,
            "time_zone": member.time_zone,
        },
    )
