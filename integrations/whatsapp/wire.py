"""The vendor's side of the wire, for those who play the vendor in development: the emulator and demo traffic."""

import hashlib
import json
import secrets
from base64 import b64encode
from dataclasses import dataclass
from typing import Any

from integrations.whatsapp.inbound import OBJECT

_USER_ID_DIGITS = 10**20


@dataclass(frozen=True, slots=True)
class Number:
    """A business phone number as webhooks name it."""

    phone_number_id: str
    waba_id: str
    display_phone_number: str


def webhook(number: Number, field: str, **value: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    """Return a webhook with one change about `number`."""
    metadata = {"display_phone_number": number.display_phone_number, "phone_number_id": number.phone_number_id}
    content = {"messaging_product": "whatsapp", "metadata": metadata, **value}
    return {"object": OBJECT, "entry": [{"id": number.waba_id, "changes": [{"field": field, "value": content}]}]}


def contact(wa_id: str, user_id: str, name: str) -> dict[str, Any]:
    """Return an entry of a webhook's contacts; a person who hides the phone has an empty `wa_id`."""
    return {"profile": {"name": name}, "wa_id": wa_id, "user_id": user_id}


def new_message_id() -> str:
    """Return an id in the vendor's form."""
    return "wamid." + b64encode(secrets.token_bytes(30)).decode()


def user_id_of(phone: str) -> str:
    """Return the business-scoped user id that this person has in the emulated world, always the same."""
    digits = "".join(filter(str.isdigit, phone))
    number = int.from_bytes(hashlib.sha256(digits.encode()).digest()[:12]) % _USER_ID_DIGITS
    return f"US.{number:020d}"


def encode(payload: object) -> bytes:
    """Return the bytes of a webhook as the vendor writes them: no blanks, everything beyond ASCII escaped."""
    return json.dumps(payload, separators=(",", ":"), ensure_ascii=True).encode("ascii")
