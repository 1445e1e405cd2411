"""Accepting the terms of use: which version, when, from where."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from kernel import clocks
from tenants import terms
from tenants.memory import forget_on_commit
from tenants.models import TermsAcceptance, User


@transaction.atomic
def accept_terms(*, user_id: UUID, address: str, version: str = terms.CURRENT, now: datetime | None = None) -> None:
    """Note that a person accepted a version of the terms; the first time counts."""
    at = now or clocks.now()
    TermsAcceptance.objects.get_or_create(
        user_id=user_id, version=version, defaults={"accepted_at": at, "address": address or None}
    )
    User.objects.filter(id=user_id).update(terms_version=version)
    forget_on_commit()
