"""Words of tenants and people."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    """What a person may do in one tenant."""

    OWNER = "owner", _("Owner")
    ADMIN = "admin", _("Admin")
    AGENT = "agent", _("Agent")
    VIEWER = "viewer", _("Viewer")


class TenantStatus(models.TextChoices):
    """The life of a tenant. Suspended: nobody works, incoming messages are still kept. Closing: read only."""

    ACTIVE = "active", _("Active")
    SUSPENDED = "suspended", _("Suspended")
    CLOSING = "closing", _("Closing")
    CLOSED = "closed", _("Closed")


class TwoFactorPolicy(models.TextChoices):
    """Whom a tenant requires to have a second factor."""

    NOBODY = "nobody", _("Nobody")
    OWNERS = "owners", _("Owners")
    ADMINS = "admins", _("Owners and admins")
    EVERYONE = "everyone", _("Everyone")


class LinkPurpose(models.TextChoices):
    """What a one-time link opens. A ticket signs somebody in on a tenant's host who was on the public one."""

    SIGN_UP = "sign_up", _("Sign-up")
    RESET_PASSWORD = "reset_password", _("New password")
    INVITATION = "invitation", _("Invitation")
    NEW_EMAIL = "new_email", _("New email")
    IMPERSONATION = "impersonation", _("Impersonation")
    TICKET = "ticket", _("Ticket")


class EmailStatus(models.TextChoices):
    """What became of an e-mail. Maybe sent: the server had all of it and its answer was lost; never sent again."""

    QUEUED = "queued", _("Queued")
    SENT = "sent", _("Sent")
    MAYBE_SENT = "maybe_sent", _("Perhaps sent")
    FAILED = "failed", _("Failed")


class Plan(models.TextChoices):
    """The plan whose limits apply; billing owns the meaning."""

    STARTER = "starter", _("Starter")
    GROWTH = "growth", _("Growth")
    ENTERPRISE = "enterprise", _("Enterprise")
