"""Refusals: what an action raises when the rules say no.

A refusal is part of the product: it has a code that programs read and a sentence that people read, and the doors
translate it (API: an error envelope with `status`; pages: the sentence beside the control).
"""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise


class Refusal(Exception):  # noqa: N818 - a refusal is an answer, not a fault
    """An action said no. `message` is one plain sentence, lazily translated for whoever reads it."""

    code = "REFUSED"
    status = HTTPStatus.UNPROCESSABLE_ENTITY

    def __init__(
        self, message: "_StrOrPromise", *, details: "Mapping[str, Sequence[_StrOrPromise]] | None" = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.details = dict(details or {})


class NotFound(Refusal):
    """The thing does not exist for this reader: wrong id and another tenant's id look the same."""

    code = "NOT_FOUND"
    status = HTTPStatus.NOT_FOUND


class Forbidden(Refusal):
    """The reader is known and may not do this."""

    code = "FORBIDDEN"
    status = HTTPStatus.FORBIDDEN


class Conflict(Refusal):
    """Somebody else was faster, or the state does not allow it any more."""

    code = "CONFLICT"
    status = HTTPStatus.CONFLICT


class Invalid(Refusal):
    """A value cannot be taken; `details` names the fields."""

    code = "VALIDATION_ERROR"
    status = HTTPStatus.BAD_REQUEST
