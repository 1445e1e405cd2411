"""Values other apps hand to contacts."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Person:
    """A person as a channel names them. At least one of `user_id` and `phone` (E.164) is set.

    `scope` is the name space of `user_id`: the WhatsApp business portfolio.
    """

    scope: str = ""
    user_id: str = ""
    phone: str = ""
    name: str = ""
    username: str = ""
    source: str = "whatsapp"
