"""Values other apps hand to contacts."""

from dataclasses import dataclass

from crm.enums import IdentityKind


@dataclass(frozen=True, slots=True)
class Person:
    """A person as a channel names them. At least one of `user_id` and `phone` (E.164) is set.

    `kind` says what `user_id` is, `scope` is its name space: for WhatsApp the business portfolio. `email` and
    `language` are the person's own words: they fill what is empty and identify nobody.
    """

    scope: str = ""
    user_id: str = ""
    phone: str = ""
    name: str = ""
    username: str = ""
    email: str = ""
    language: str = ""
    source: str = "whatsapp"
    kind: IdentityKind = IdentityKind.WHATSAPP
