"""Answers given under an idempotency key. In the tenant's schema, because they are committed with the work itself."""

from django.db import models

from kernel.crypto import SealedTextField


class IdempotentRequest(models.Model):
    """One `POST` with an `Idempotency-Key`: what was asked, and what was answered."""

    digest = models.CharField(max_length=64, primary_key=True)
    """SHA-256 of caller, method, path and key."""
    fingerprint = models.CharField(max_length=64)
    """SHA-256 of query and body: the same key must come with the same request."""
    status = models.PositiveSmallIntegerField(null=True)
    location = models.CharField(max_length=200, blank=True)
    body = SealedTextField(blank=True)
    """Sealed: an answer may hold what is shown only once."""
    created_at = models.DateTimeField(db_index=True)
