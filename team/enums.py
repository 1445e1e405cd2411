"""Words of the people of a tenant."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Availability(models.TextChoices):
    """Whether somebody wants work given to them. Automatic: whenever they are online."""

    AUTO = "auto", _("Available when online")
    BUSY = "busy", _("Busy")
    AWAY = "away", _("Away")
