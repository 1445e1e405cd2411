"""Who did it: the value every action takes and every event keeps."""

from dataclasses import dataclass
from enum import StrEnum


class ActorKind(StrEnum):
    """The kinds of author an event can have."""

    MEMBER = "member"
    API_KEY = "api_key"
    CONTACT = "contact"
    VENDOR = "vendor"
    OPERATOR = "operator"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Actor:
    """An author: `id` is a Member id, an API key id, a contact id, a vendor or process name."""

    kind: ActorKind
    id: str = ""


SYSTEM = Actor(ActorKind.SYSTEM)
