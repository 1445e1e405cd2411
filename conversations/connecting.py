"""Connecting a WhatsApp number, step by step, with the vendor asked at each: for the settings page and the command.

Asking is the door's part; what is found out goes into actions as plain values.
"""

import re
from typing import Final

from django.utils.translation import gettext_lazy as _

from integrations.errors import VendorError
from integrations.whatsapp.client import WhatsAppClient
from integrations.whatsapp.types import NumberInfo
from kernel.errors import Invalid
from kernel.tenancy import current_schema

VENDOR_ID: Final = re.compile(r"[0-9]{5,32}")
LONGEST_TOKEN: Final = 4096
UNKNOWN_OBJECT: Final = "100"
"""Graph's code for an object that does not exist or may not be seen; the two are never told apart."""


def find_numbers(*, waba_id: str, access_token: str) -> list[NumberInfo]:
    """Ask the vendor which numbers a business account has. Raises Invalid with what a person can do about it."""
    details = {}
    if not VENDOR_ID.fullmatch(waba_id):
        details["waba_id"] = [_("Only digits, as the vendor shows it.")]
    if not access_token.strip() or len(access_token) > LONGEST_TOKEN:
        details["access_token"] = [_("Paste the access token of the system user.")]
    if details:
        raise Invalid(_("Some values cannot be taken."), details=details)
    try:
        found = _client(access_token).list_numbers(waba_id=waba_id)
    except VendorError as error:
        raise _told(error) from error
    if not found:
        sentence = _("This account has no number yet. Add one in WhatsApp Manager, then look again.")
        raise Invalid(sentence, details={"waba_id": [sentence]})
    return found


def number_of(*, waba_id: str, phone_number_id: str, access_token: str) -> NumberInfo:
    """Return one number of an account. Raises Invalid when the token does not show it."""
    for number in find_numbers(waba_id=waba_id, access_token=access_token):
        if number.id == phone_number_id:
            return number
    raise Invalid(
        _("This token does not show that number."),
        details={"phone_number_id": [_("Choose a number of this account.")]},
    )


def subscribe(*, waba_id: str, access_token: str) -> str:
    """Have the vendor tell us what happens in an account; returns why not, empty when it will."""
    try:
        _client(access_token).subscribe(waba_id=waba_id)
    except VendorError as error:
        return f"{error.reason} {error.detail}".strip()
    return ""


def _client(access_token: str) -> WhatsAppClient:
    return WhatsAppClient(tenant=current_schema(), phone_number_id="", access_token=access_token.strip())


def _told(error: VendorError) -> Invalid:
    """Return the vendor's refusal as the person who connects can act on it."""
    if error.code == UNKNOWN_OBJECT:
        sentence = _("WhatsApp does not know this account, or this token may not see it.")
        return Invalid(sentence, details={"waba_id": [sentence]})
    return Invalid(error.reason, details={"access_token": [error.detail or error.reason]})
