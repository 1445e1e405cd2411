"""How the emulated vendor says no: every code of its table, in the forms of an answer and of a failed status."""

import secrets
from dataclasses import dataclass
from typing import Any

ERRORS: dict[int, tuple[int, str]] = {
    0: (401, "AuthException"),
    1: (500, "An unknown error occurred"),
    2: (503, "Service temporarily unavailable"),
    3: (403, "Capability or permissions issue"),
    4: (429, "Application request limit reached"),
    10: (403, "Permission denied"),
    17: (429, "User request limit reached"),
    100: (400, "Invalid parameter"),
    190: (401, "Invalid access token"),
    368: (403, "Blocked for policy reasons"),
    613: (429, "Calls to this API have exceeded the rate limit"),
    80007: (429, "Rate limit issues"),
    130429: (429, "Rate limit hit"),
    130472: (400, "User's number is part of an experiment"),
    130497: (403, "Business account is restricted in this country"),
    131000: (500, "Something went wrong"),
    131005: (403, "Access denied"),
    131008: (400, "Required parameter is missing"),
    131009: (400, "Parameter value is not valid"),
    131016: (503, "Service unavailable"),
    131021: (400, "Recipient cannot be sender"),
    131026: (400, "Message undeliverable"),
    131030: (400, "Recipient is not in the allowed list"),
    131031: (403, "Account has been locked"),
    131037: (403, "Display name needs approval"),
    131042: (402, "Business eligibility payment issue"),
    131044: (402, "Business eligibility: no payment method"),
    131045: (500, "Incorrect certificate: the number is not registered"),
    131047: (400, "Re-engagement message"),
    131048: (429, "Spam rate limit hit"),
    131049: (400, "Kept back: limit of this person"),
    131050: (400, "User has stopped marketing messages"),
    131051: (400, "Unsupported message type"),
    131052: (400, "Media download error"),
    131053: (400, "Media upload error"),
    131056: (429, "Pair rate limit hit"),
    131057: (500, "Account in maintenance mode"),
    131062: (400, "A user id is not allowed for this message"),
    131063: (400, "Marketing templates are disabled here"),
    131064: (429, "Messaging limit reached"),
    132000: (400, "Parameter count mismatch"),
    132001: (404, "No such template in this language"),
    132005: (400, "Template text too long"),
    132007: (400, "Template breaks the content policy"),
    132008: (400, "Template parameter value not valid"),
    132012: (400, "Parameter format mismatch"),
    132015: (400, "Template is paused"),
    132016: (400, "Template is disabled"),
    132068: (400, "Flow is blocked"),
    132069: (429, "Flow is throttled"),
    133005: (400, "Two-step verification PIN mismatch"),
    133010: (400, "Phone number is not registered"),
    133016: (429, "Too many registrations"),
    135000: (400, "Generic user error"),
    137000: (400, "Identity key mismatch"),
}
"""The HTTP statuses are plausible ones: the vendor documents none."""
NO_OBJECT = 33
_PERMISSION = range(200, 300)
_SIGNED_OUT = frozenset({0, 190})
_PASSING = frozenset({1, 2, 4, 17, 613, 80007, 130429, 131000, 131016, 131056, 131057})


@dataclass(eq=False)
class Refusal(Exception):  # noqa: N818 - the name of what the vendor answers
    """The vendor says no with this code."""

    code: int
    details: str = ""
    http_status: int | None = None
    subcode: int | None = None
    retry_after: int | None = None
    delay_s: float = 0.0

    @property
    def status(self) -> int:
        """Return the HTTP status that goes with the code."""
        return self.http_status or _known(self.code)[0]

    def headers(self) -> dict[str, str]:
        """Return the headers that go with the code."""
        head: dict[str, str] = {}
        if self.code in _SIGNED_OUT:
            head["WWW-Authenticate"] = f'OAuth "Facebook Platform" "invalid_token" "{self._message()}"'
        if self.retry_after is not None:
            head["Retry-After"] = str(self.retry_after)
        return head

    def body(self) -> dict[str, Any]:
        """Return the body in the vendor's form."""
        error: dict[str, Any] = {"message": self._message(), "type": self._type(), "code": self.code}
        if self.subcode is not None:
            error["error_subcode"] = self.subcode
        if self.code in _PASSING:
            error["is_transient"] = True
        if self.code not in _SIGNED_OUT and self.subcode is None:
            details = self.details or _known(self.code)[1]
            error["error_data"] = {"messaging_product": "whatsapp", "details": details}
        return {"error": {**error, "fbtrace_id": "A" + secrets.token_urlsafe(16)[:22]}}

    def _message(self) -> str:
        if self.subcode is not None:
            return self.details
        title = _known(self.code)[1]
        return self.details or title if self.code in _SIGNED_OUT else f"(#{self.code}) {title}"

    def _type(self) -> str:
        return "GraphMethodException" if self.subcode == NO_OBJECT else "OAuthException"


def no_object(name: str, method: str = "get") -> Refusal:
    """Return the refusal for an object that is not there, not ours, or does not do this."""
    details = (
        f"Unsupported {method.lower()} request. Object with ID '{name}' does not exist, cannot be loaded due to "
        "missing permissions, or does not support this operation."
    )
    return Refusal(100, details, subcode=NO_OBJECT)


def signed_out() -> Refusal:
    """Return the refusal for a token that is missing or not the right one."""
    return Refusal(190, "Invalid OAuth access token - Cannot parse access token")


def status_error(code: int) -> dict[str, Any]:
    """Return an error as it stands in a status webhook."""
    title = _known(code)[1]
    return {
        "code": code,
        "title": title,
        "message": title,
        "error_data": {"details": title},
        "href": "https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes/",
    }


def _known(code: int) -> tuple[int, str]:
    if code in _PERMISSION:
        return 403, "Permission not granted"
    return ERRORS.get(code, (400, "Message failed"))
