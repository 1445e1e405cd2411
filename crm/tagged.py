"""What carries tags: apps above register here to follow a tag's new name, because crm may not know them."""

from collections.abc import Callable

Rename = Callable[[str, str], None]
"""Called as `rename(before, after)` in the transaction of the change."""

_followers: list[Rename] = []


def follow_renames(rename: Rename) -> None:
    """Have `rename` called whenever a tag gets another name. For `AppConfig.ready()`."""
    if rename not in _followers:
        _followers.append(rename)


def tell(before: str, after: str) -> None:
    """Hand a new name to everything that is tagged."""
    for rename in _followers:
        rename(before, after)
