"""What can go wrong with a vendor, in one shape that callers decide by without knowing the vendor."""

from dataclasses import dataclass, fields
from enum import StrEnum


class Fate(StrEnum):
    """Whether the vendor can have acted on a call that did not end well."""

    NOT_SENT = "not_sent"
    UNKNOWN = "unknown"


class Scope(StrEnum):
    """How far a failure reaches: this message, this recipient, this number, the whole channel, or one template."""

    MESSAGE = "message"
    PAIR = "pair"
    NUMBER = "number"
    CHANNEL = "channel"
    TEMPLATE = "template"


@dataclass(eq=False)
class VendorError(Exception):
    """A vendor call that did not end well.

    `code` is the vendor's code or one of ours, `reason` a sentence for people, `detail` the vendor's own words.
    `retryable` says whether a machine may repeat the call; it is never true where the vendor may have acted, except
    for calls that do no harm when repeated. `retry_after` is in seconds. `outage` marks failures of the vendor
    itself (no answer, 5xx), the only ones a breaker counts.
    """

    code: str
    reason: str
    retryable: bool
    fate: Fate
    retry_after: float | None = None
    scope: Scope = Scope.MESSAGE
    detail: str = ""
    outage: bool = False

    def __post_init__(self) -> None:
        """Hand every field to Exception, so that the error survives pickling between worker processes."""
        super().__init__(*(getattr(self, field.name) for field in fields(self)))

    def __str__(self) -> str:
        return f"{self.code}: {self.reason}" + (f" ({self.detail})" if self.detail else "")


class NotTried(VendorError):  # noqa: N818 - names a state, as the other refusals do
    """Nothing was sent because we did not even call; only time has passed, so it uses up no try."""


class BreakerOpen(NotTried):
    """The vendor does not answer; `retry_after` seconds until the next trial."""


class LimitReached(NotTried):
    """We keep to the vendor's own limits; `retry_after` seconds until there is room."""


class StateUnavailable(NotTried):
    """Redis does not answer, so we do not know whether we may call."""
