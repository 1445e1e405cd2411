"""Words of the webhook inbox."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Reason(models.TextChoices):
    """Why an update was parked."""

    BROKEN_JSON = "BROKEN_JSON", _("The body is not JSON")
    BAD_UPDATE = "BAD_UPDATE", _("A field is missing or of the wrong type")
    UNKNOWN_NUMBER = "UNKNOWN_NUMBER", _("No outlet has this number or account")
    FOREIGN_NUMBER = "FOREIGN_NUMBER", _("This application may not speak for this number")
    TENANT_GONE = "TENANT_GONE", _("The tenant is closed or deleted")
    UNKNOWN_MESSAGE = "UNKNOWN_MESSAGE", _("A status for a message we did not send")
    UNKNOWN_KIND = "UNKNOWN_KIND", _("A kind of update we do not know")
    REFUSED = "REFUSED", _("It could not be stored")
