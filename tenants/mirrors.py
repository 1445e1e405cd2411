"""Who keeps a copy of a tenant's people: apps above register here, because tenants may not know them."""

from collections.abc import Callable

from tenants.types import MemberInfo

Mirror = Callable[..., None]
"""Called as `mirror(member, is_active=...)` in the tenant's schema and the transaction of the change."""

_mirrors: list[Mirror] = []


def mirror_members(mirror: Mirror) -> Mirror:
    """Have `mirror` called whenever a membership changes. For `AppConfig.ready()`."""
    if mirror not in _mirrors:
        _mirrors.append(mirror)
    return mirror


def tell(member: MemberInfo, *, is_active: bool) -> None:
    """Hand a changed membership to everybody who keeps a copy."""
    for mirror in _mirrors:
        mirror(member, is_active=is_active)
