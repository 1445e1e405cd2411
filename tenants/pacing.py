"""How often strangers may ask for something that costs us mail or work. Counted in Redis, under hashed names."""

from http import HTTPStatus

from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from kernel.errors import Refusal
from kernel.ratelimit import HOUR_S, Limit, take
from kernel.tenancy import PUBLIC

PER_HOUR = {"sign_up": 20, "sign_up_check": 600, "mail_from": 30, "mail_to": 4, "token": 60, "passkey": 300}
"""Asks an hour: sign-ups, looks at an address and mails of one network address, mails to one person, tokens
and passkeys tried."""


class AskedTooOften(Refusal):
    """Too many asks; `wait_s` seconds until the next one is heard."""

    code = "ASKED_TOO_OFTEN"
    status = HTTPStatus.TOO_MANY_REQUESTS

    def __init__(self, wait_s: int) -> None:
        super().__init__(_("That was asked too often. Try again later."))
        self.wait_s = wait_s


def ask(what: str, who: str) -> None:
    """Count an ask of somebody (a network address or an e-mail). Raises AskedTooOften."""
    caller = salted_hmac(f"redress.pacing.{what}", who.strip().lower()).hexdigest()[:32]
    verdict = take(PUBLIC, f"{what}:{caller}", (Limit("hour", PER_HOUR[what], HOUR_S),))
    if not verdict.allowed:
        raise AskedTooOften(verdict.tightest.wait_s)
