"""Words of contacts."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class IdentityKind(models.TextChoices):
    """How a channel names a person."""

    WHATSAPP = "whatsapp", _("WhatsApp user id")
    PHONE = "phone", _("Phone")
    EMAIL = "email", _("Email")
    WEB_CHAT = "web_chat", _("Web chat")


class Lifecycle(models.TextChoices):
    """How far a person has come."""

    LEAD = "lead", _("Lead")
    QUALIFIED = "qualified", _("Qualified")
    CONSULT = "consult", _("Consult")
    CLIENT = "client", _("Client")
    PAST_CLIENT = "past_client", _("Past client")


class TagColor(models.TextChoices):
    """The dots a tag may have: colors of the design that stand out 3:1 on every surface, by day and by night."""

    PETROL = "petrol", _("Petrol")
    VIOLET = "violet", _("Violet")
    OCHRE = "ochre", _("Ochre")
    GREEN = "green", _("Green")
    GRAY = "gray", _("Gray")
