"""Who an update is from.

Since 2026 the vendor names a person by a business-scoped user id (BSUID); a person with a username may come without a
phone number, and some senders put the BSUID where the phone used to be. What is in the message itself goes before
what the contacts of the same webhook say.
"""

import re
from dataclasses import dataclass
from typing import Any

from integrations.whatsapp.fields import Fields, Problem, clean, require
from integrations.whatsapp.types import Sender

_BSUID = re.compile(r"[A-Z]{2}\.(?:ENT\.)?[A-Za-z0-9]+")
_PHONE = re.compile(r"[1-9][0-9]{6,14}")


def is_user_id(value: str) -> bool:
    """Tell whether a value is a business-scoped user id: US.1349..., or US.ENT.1158... for a parent's."""
    return bool(_BSUID.fullmatch(value))


def e164(wa_id: str) -> str | None:
    """Return a WhatsApp id as phone in E.164, or None when it is no phone number."""
    digits = wa_id.removeprefix("+")
    return f"+{digits}" if _PHONE.fullmatch(digits) else None


@dataclass(frozen=True, slots=True)
class Contact:
    """One entry of a webhook's contacts; absent ids are empty."""

    wa_id: str
    user_id: str
    parent_user_id: str
    name: str
    username: str
    raw: dict[str, Any]


class Contacts:
    """The contacts of one webhook value, found by id. A broken entry harms only messages that find no other."""

    def __init__(self, value: Fields) -> None:
        self._entries: list[Contact] = []
        self._problem: Problem | None = None
        try:
            items = value.items("contacts")
        except Problem as problem:
            items, self._problem = [], problem
        for index, item in enumerate(items):
            try:
                self._entries.append(_read(Fields(item, f"contacts[{index}]")))
            except Problem as problem:
                self._problem = problem
        self._by_user_id = {entry.user_id: entry for entry in self._entries if entry.user_id}
        self._by_wa_id = {entry.wa_id: entry for entry in self._entries if entry.wa_id}

    def find(self, *, wa_id: str, user_id: str) -> Contact | None:
        """Return the contact with this user id, else with this WhatsApp id; the only one when nobody is named.

        Raises Problem when none fits and an entry was broken, for it may be the one.
        """
        if wa_id or user_id:
            found = self._by_user_id.get(user_id) or self._by_wa_id.get(wa_id)
        else:
            found = self._entries[0] if len(self._entries) == 1 else None
        if found is None and self._problem:
            raise self._problem
        return found


def read_sender(
    holder: Fields, contacts: Contacts, *, wa_id: str, user_id: str, parent_user_id: str
) -> tuple[Sender, Contact | None]:
    """Return the sender of `holder`, where the three names tell which of its fields hold what, and its contact.

    Raises Problem when neither the message nor a contact identifies anybody.
    """
    shown, own_id = _split_ids(holder.id(wa_id, ""), holder.id(user_id, ""))
    parent = holder.id(parent_user_id, "")
    contact = contacts.find(wa_id=shown, user_id=own_id)
    if contact is None:
        require(shown or own_id, f"{holder.path}.{wa_id}: nobody is named, and no contact fits")
        return Sender(own_id or None, parent or None, shown or None, e164(shown)), None
    shown, own_id = shown or contact.wa_id, own_id or contact.user_id
    parent = parent or contact.parent_user_id
    name, username = contact.name, contact.username
    return Sender(own_id or None, parent or None, shown or None, e164(shown), name, username), contact


def _read(entry: Fields) -> Contact:
    wa_id, user_id = _split_ids(entry.id("wa_id", ""), entry.id("user_id", ""))
    profile = entry.part("profile")
    return Contact(
        wa_id=wa_id,
        user_id=user_id,
        parent_user_id=entry.id("parent_user_id", ""),
        name=profile.text("name", "") if profile else "",
        username=profile.text("username", "") if profile else "",
        raw=clean(entry.raw, []),
    )


def _split_ids(wa_id: str, user_id: str) -> tuple[str, str]:
    """Return the two ids, with a user id that stands in the phone's place put where it belongs."""
    return ("", user_id or wa_id) if is_user_id(wa_id) else (wa_id, user_id)
