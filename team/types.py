"""Values of the people of one tenant."""

from tenants.types import MemberInfo

__all__ = ["MemberInfo"]
