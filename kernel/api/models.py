"""Answers given under an idempotency key, and jobs. In the tenant's schema: they are committed with the work itself."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from kernel.crypto import SealedTextField
from kernel.rows import Row


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


class JobStatus(models.TextChoices):
    """How far a job has come."""

    QUEUED = "queued", _("Waiting")
    RUNNING = "running", _("At work")
    DONE = "done", _("Done")
    CANCELLED = "cancelled", _("Cancelled")
    FAILED = "failed", _("Given up")


class Job(Row):
    """A bulk operation behind the request that asked for it. `done` is the place in its list of rows."""

    owner_kind = models.CharField(max_length=10)
    owner_id = models.UUIDField()
    """The member or key that started it; nobody else sees it."""
    actor_kind = models.CharField(max_length=20)
    actor_id = models.CharField(max_length=80)
    resource = models.CharField(max_length=40)
    operation = models.CharField(max_length=40)
    updates = models.JSONField(default=dict)
    dry_run = models.BooleanField(default=False)
    status = models.CharField(max_length=10, choices=JobStatus.choices, default=JobStatus.QUEUED)
    total = models.PositiveIntegerField()
    done = models.PositiveIntegerField(default=0)
    updated = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)
    failures = models.JSONField(default=list)
    """The first of them, as the API shows them."""
    tries = models.PositiveSmallIntegerField(default=0)
    """Times in a row that the next chunk broke."""
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["owner_id", "-created_at", "-id"], name="job_own"),
            models.Index(fields=["updated_at"], name="job_active", condition=Q(status="queued") | Q(status="running")),
        ]


class JobRow(models.Model):
    """One object a job is about, and why it was refused; `code` is empty while it was not."""

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="rows", db_index=False)
    position = models.PositiveIntegerField()
    object_id = models.UUIDField()
    code = models.CharField(max_length=60, blank=True)
    message = models.CharField(max_length=400, blank=True)
    details = models.JSONField(default=dict)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["job", "position"], name="job_row_once")]
