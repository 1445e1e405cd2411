"""Keeping a public door usable: who may knock how often, and what gives a program away.

Counted per address and per visitor in Redis, like every other limit. A program that fills in what no person sees, or
is done before a person can have read the greeting, is turned away.
"""

from datetime import timedelta

from django.core import signing
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from conversations.web_chat.visitors import Visitor
from kernel.addresses import client_address
from kernel.api.refusals import RateLimited
from kernel.errors import Forbidden
from kernel.ratelimit import HOUR_S, MINUTE_S, Limit, take
from kernel.tenancy import current_schema

VISITS = (Limit("minute", 12, MINUTE_S), Limit("hour", 60, HOUR_S))
"""New visitors of one address: an office behind one is no flood."""
WORDS = (Limit("minute", 20, MINUTE_S), Limit("hour", 200, HOUR_S))
"""Messages of one visitor."""
WORDS_OF_ADDRESS = (Limit("minute", 60, MINUTE_S), Limit("hour", 600, HOUR_S))
LOOKS = (Limit("minute", 120, MINUTE_S),)
"""Readings and receipts of one visitor: live pages need few, polling ones twenty."""
OPENED_SALT = "redress.web-chat.opened"
QUICKEST_S = 1
"""From seeing the page to the first click on Send."""
OPEN_FOR = timedelta(days=2)


def opened_mark() -> str:
    """Return what the page carries to show when it was opened."""
    return signing.TimestampSigner(salt=OPENED_SALT).sign("page")


def require_person(*, opened: str, trap: str) -> None:
    """Raise Forbidden for who fills the field nobody sees, or did not come through the page, or did so too fast."""
    signer = signing.TimestampSigner(salt=OPENED_SALT)
    try:
        signer.unsign(opened, max_age=OPEN_FOR)
    except signing.BadSignature:
        raise _not_a_person() from None
    if trap or _is_fresh(signer, opened):
        raise _not_a_person()


def _is_fresh(signer: signing.TimestampSigner, opened: str) -> bool:
    try:
        signer.unsign(opened, max_age=QUICKEST_S)
    except signing.SignatureExpired:
        return False
    return True


def _not_a_person() -> Forbidden:
    return Forbidden(_("Please open the chat again and try once more."))


def count_visit(request: HttpRequest) -> None:
    """Raise RateLimited when too many visitors come from one place."""
    _count(f"web_chat.visit:{client_address(request)}", VISITS)


def count_words(request: HttpRequest, visitor: Visitor) -> None:
    """Raise RateLimited when a visitor, or a place, says too much."""
    _count(f"web_chat.words:{visitor.id}", WORDS)
    _count(f"web_chat.words_of:{client_address(request)}", WORDS_OF_ADDRESS)


def count_look(visitor: Visitor) -> None:
    """Raise RateLimited when a visitor's page asks more than a page does."""
    _count(f"web_chat.look:{visitor.id}", LOOKS)


def _count(caller: str, limits: tuple[Limit, ...]) -> None:
    verdict = take(current_schema(), caller, limits)
    if not verdict.allowed:
        raise RateLimited(headers={"Retry-After": str(verdict.tightest.wait_s)})
