"""Housekeeping of the API."""

from typing import Any

from celery import shared_task

from kernel.api import idempotency
from kernel.tenancy import each_active_schema, tenant_context


@shared_task
def forget_answers(**_later: Any) -> None:  # noqa: ANN401 - room for newer arguments
    """Drop the answers kept under idempotency keys for longer than promised, in every tenant."""
    for schema in each_active_schema():
        with tenant_context(schema):
            idempotency.forget_expired()
