"""What the vendor's answers mean: the one place that decides between accepted, not sent and unknown."""

from typing import Any

from integrations.errors import Fate, Scope, VendorError
from integrations.http import Answer
from integrations.whatsapp.errors import OWN_REASONS, UNKNOWN_CODE, Action, rule_for
from integrations.whatsapp.types import Accepted, NumberInfo

_OK = range(200, 300)
_SERVER_ERROR = 500
_TOO_MANY = 429
_TOKEN_REFUSED = 190
_LONGEST_WAIT = 3600.0
_UNREADABLE = "the vendor said yes in a form that cannot be read"


def accepted(answer: Answer) -> Accepted:
    """Return what a send was answered with. Raises VendorError MAYBE_SENT when it cannot be read."""
    body = _object(answer.json())
    message, contact = _first(body, "messages"), _first(body, "contacts")
    vendor_id = message.get("id")
    if not isinstance(vendor_id, str) or not vendor_id:
        raise lost(_UNREADABLE, harmless=False, outage=False)
    return Accepted(vendor_id, _text(contact, "wa_id"), _text(message, "message_status"))


def checked(answer: Answer) -> dict[str, Any]:
    """Return the body of a harmless call. Raises VendorError when it is no JSON object."""
    body = answer.json()
    if not isinstance(body, dict):
        raise lost(_UNREADABLE, harmless=True, outage=False)
    return body


def templates(page: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the templates of one page of the list."""
    data = page.get("data")
    return [item for item in data if isinstance(item, dict)] if isinstance(data, list) else []


def numbers(page: dict[str, Any]) -> list[NumberInfo]:
    """Return the numbers of a business account; entries without an id are left out."""
    data = page.get("data")
    found = [item for item in data if isinstance(item, dict)] if isinstance(data, list) else []
    return [
        NumberInfo(
            id=str(item["id"]),
            display_phone_number=str(item.get("display_phone_number") or ""),
            verified_name=str(item.get("verified_name") or ""),
            quality=str(item.get("quality_rating") or "").lower(),
            status=str(item.get("status") or "").lower(),
        )
        for item in found
        if item.get("id")
    ]


def next_page(page: dict[str, Any]) -> str | None:
    """Return the cursor of the next page, or None on the last; a link called `next` says there is one."""
    paging = _object(page.get("paging"))
    return _text(_object(paging.get("cursors")), "after") if paging.get("next") else None


def raise_refusal(answer: Answer, *, harmless: bool) -> None:
    """Raise VendorError unless the answer is a success.

    An error in the vendor's own form means nothing was sent. Anything else with a 5xx comes from a machine in
    between, and what is behind it may have acted.
    """
    if answer.status in _OK:
        return
    error = _object(_object(answer.json()).get("error"))
    code = error.get("code")
    if isinstance(code, int) and not isinstance(code, bool):
        raise _by_code(code, _detail(error), answer)
    if answer.status >= _SERVER_ERROR:
        raise lost(_status(answer), harmless=harmless)
    raise _by_status(answer)


def unreachable(detail: str) -> VendorError:
    """Return the error for "no connection": nothing was sent."""
    return VendorError(
        code="VENDOR_UNREACHABLE",
        reason=str(OWN_REASONS["VENDOR_UNREACHABLE"]),
        retryable=True,
        fate=Fate.NOT_SENT,
        scope=Scope.CHANNEL,
        detail=detail,
        outage=True,
    )


def lost(detail: str, *, harmless: bool, outage: bool = True) -> VendorError:
    """Return the error for "no usable answer": a message may have been sent, a harmless call may be repeated."""
    code = "VENDOR_TIMEOUT" if harmless else "MAYBE_SENT"
    return VendorError(
        code=code,
        reason=str(OWN_REASONS[code]),
        retryable=harmless,
        fate=Fate.UNKNOWN,
        detail=detail,
        outage=outage,
    )


def no_token() -> VendorError:
    """Return the error for an access token that cannot be one: what the vendor would say to it."""
    rule = rule_for(_TOKEN_REFUSED)
    return VendorError(
        code=str(_TOKEN_REFUSED),
        reason=str(rule.reason),
        retryable=False,
        fate=Fate.NOT_SENT,
        scope=rule.scope,
        detail="the access token is empty or holds characters that no token has",
    )


def _by_code(code: int, detail: str, answer: Answer) -> VendorError:
    """Judge by the error table. Of refusals with 4xx only rate limits are tried again, whatever 4xx they come with."""
    rule = rule_for(code)
    limited = rule.action == Action.BACK_OFF or answer.status == _TOO_MANY
    broken = answer.status >= _SERVER_ERROR
    passing = rule.retryable or rule is UNKNOWN_CODE
    return VendorError(
        code=str(code),
        reason=str(rule.reason),
        retryable=passing and (limited or broken),
        fate=Fate.NOT_SENT,
        retry_after=_retry_after(answer) or rule.wait,
        scope=rule.scope,
        detail=detail,
        outage=broken,
    )


def _by_status(answer: Answer) -> VendorError:
    code = f"HTTP_{answer.status}"
    limited = answer.status == _TOO_MANY
    return VendorError(
        code=code,
        reason=str(OWN_REASONS.get(code, UNKNOWN_CODE.reason)),
        retryable=limited,
        fate=Fate.NOT_SENT,
        retry_after=_retry_after(answer),
        scope=Scope.CHANNEL if limited else Scope.MESSAGE,
        detail=_status(answer),
    )


def _status(answer: Answer) -> str:
    return f"HTTP {answer.status}"


def _retry_after(answer: Answer) -> float | None:
    """Return the seconds the vendor asks for; dates and nonsense count as nothing."""
    text = answer.headers.get("retry-after", "")
    return min(float(text), _LONGEST_WAIT) if text.isascii() and text.isdigit() else None


def _detail(error: dict[str, Any]) -> str:
    details = _text(_object(error.get("error_data")), "details")
    return (details or _text(error, "message") or "")[:500]


def _object(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _first(body: dict[str, Any], name: str) -> dict[str, Any]:
    items = body.get(name)
    return _object(items[0]) if isinstance(items, list) and items else {}


def _text(holder: dict[str, Any], name: str) -> str | None:
    value = holder.get(name)
    return value if isinstance(value, str) and value else None
