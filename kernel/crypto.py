"""Secrets at rest: text columns that the database only ever sees encrypted."""

from functools import cache
from typing import TYPE_CHECKING, Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db import models, transaction

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

    TextField = models.TextField[str, str]
else:
    TextField = models.TextField


@cache
def _cipher(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])


def cipher() -> MultiFernet:
    """Return the cipher of the configured keys: the first encrypts, all of them decrypt (rotation)."""
    return _cipher(tuple(settings.ENCRYPTION_KEYS))


def seal(clear: str) -> str:
    """Encrypt `clear` (authenticated, AES-128-CBC + HMAC, Fernet) into printable text."""
    return cipher().encrypt(clear.encode()).decode()


def unseal(sealed: str) -> str:
    """Decrypt what `seal` made. Raises InvalidToken when no configured key fits or it was changed."""
    return cipher().decrypt(sealed.encode()).decode()


class SealedTextField(TextField):
    """A text column stored encrypted; the model attribute is the clear text.

    Never list it in `values()`, serializers, admin or logs.
    """

    def get_prep_value(self, value: Any) -> str | None:  # noqa: ANN401 - Django's own signature
        """Encrypt on the way to the database; the empty string stays empty."""
        return seal(value) if value else value

    def from_db_value(self, value: str | None, _expression: object, _connection: "BaseDatabaseWrapper") -> str | None:
        """Decrypt on the way from the database."""
        return unseal(value) if value else value


def reseal_rows(model: type[models.Model]) -> int:
    """Encrypt every sealed column of a table again under the first key; returns how many values it changed.

    Runs in the current schema, row by row under lock, and can be repeated or interrupted at any point.
    """
    sealed = [column.name for column in model._meta.concrete_fields if isinstance(column, SealedTextField)]
    changed = 0
    for key in list(model._default_manager.values_list("pk", flat=True)) if sealed else []:
        with transaction.atomic():
            row = model._default_manager.select_for_update().only("pk", *sealed).filter(pk=key).first()
            if row is not None:
                row.save(update_fields=sealed)
                changed += sum(bool(getattr(row, name)) for name in sealed)
    return changed


__all__ = ["InvalidToken", "SealedTextField", "reseal_rows", "seal", "unseal"]
