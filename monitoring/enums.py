"""The words of monitoring."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Severity(TextChoices):
    """How soon somebody has to look."""

    WARNING = "warning", _("Warning")
    CRITICAL = "critical", _("Critical")
