"""Buttons on a row's page that lead to the question before an action."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

from django.utils.functional import Promise
from unfold.decorators import action
from unfold.enums import ActionVariant

F = TypeVar("F", bound=Callable[..., Any])


def step(label: Promise, address: str, *, danger: bool = False, icon: str = "") -> Callable[[F], F]:
    """Make a method of a desk a button and a page at `address`; only who may write at that desk gets either."""
    variant = ActionVariant.DANGER if danger else ActionVariant.DEFAULT
    made = action(description=label, url_path=address, permissions=["write"], variant=variant, icon=icon or None)
    return cast("Callable[[F], F]", made)
