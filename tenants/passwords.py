"""What a password must be: long, not one of those everybody tries, and not made of what is known of the person."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

SHORTEST, LONGEST = 12, 200
"""Hashing is made slow; without an end a long password is a way to keep the server busy."""
FEWEST_SIGNS = 5
SHORTEST_WORD = 4
MOST_SHARE = 0.6


class _Common:
    @cached_property
    def validator(self) -> CommonPasswordValidator:
        return CommonPasswordValidator()


_common = _Common()


def problem(password: str, personal: Iterable[str] = ()) -> "_StrPromise | None":
    """Return why a password cannot be taken, None when it can; `personal` is what others know of the person."""
    if not SHORTEST <= len(password) <= LONGEST:
        return _("Use 12 to 200 characters.")
    if len(set(password)) < FEWEST_SIGNS or len(_unit(password)) < SHORTEST:
        return _("Use more different characters.")
    if _is_common(password):
        return _("Too many people use this password. Choose another one.")
    if any(_is_mostly(password.casefold(), word) for word in _words(personal)):
        return _("Do not make it of your name, email or business.")
    return None


def _unit(password: str) -> str:
    """Return what a password repeats, the whole of it when it repeats nothing."""
    return password[: (password + password).find(password, 1)]


def _is_common(password: str) -> bool:
    try:
        _common.validator.validate(password)
    except ValidationError:
        return True
    return False


def _words(personal: Iterable[str]) -> set[str]:
    words = {word for text in personal for word in text.casefold().replace("@", " ").replace(".", " ").split()}
    return {word for word in words if len(word) >= SHORTEST_WORD}


def _is_mostly(password: str, word: str) -> bool:
    return word in password and len(word) >= MOST_SHARE * len(password)
