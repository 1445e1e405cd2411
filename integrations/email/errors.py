"""What a mail server's answers mean: try again, never, or nobody knows."""

from django.utils.translation import gettext as _

from integrations.errors import Fate, Scope, VendorError

TEMPORARY = range(400, 500)


def not_reached(problem: Exception) -> VendorError:
    """Return the error for a server that did not let us in: nothing was sent."""
    return VendorError(
        code="MAIL_SERVER_AWAY",
        reason=_("The mail server does not answer."),
        retryable=True,
        fate=Fate.NOT_SENT,
        scope=Scope.CHANNEL,
        detail=type(problem).__name__,
        outage=True,
    )


def lost(problem: Exception) -> VendorError:
    """Return the error for an answer that was lost after the whole message had gone out."""
    return VendorError(
        code="MAIL_MAYBE_SENT",
        reason=_("The mail server took the message, and its answer was lost."),
        retryable=False,
        fate=Fate.UNKNOWN,
        detail=type(problem).__name__,
        outage=True,
    )


def refused(code: int, said: bytes) -> VendorError:
    """Return the error for a refusal: 4xx may be tried again, 5xx never."""
    later = code in TEMPORARY
    return VendorError(
        code=f"MAIL_{code}",
        reason=_("The mail server is busy.") if later else _("The mail server refused the message."),
        retryable=later,
        fate=Fate.NOT_SENT,
        detail=said.decode("utf-8", "replace")[:200],
    )


def unfit(problem: Exception) -> VendorError:
    """Return the error for a message that cannot be written as mail at all."""
    return VendorError(
        code="MAIL_UNFIT",
        reason=_("This address cannot be written to."),
        retryable=False,
        fate=Fate.NOT_SENT,
        detail=type(problem).__name__,
    )
