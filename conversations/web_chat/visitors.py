"""Who writes in a web chat: a browser, known by a token that only we can have made.

Nothing is stored for a visitor who has not written yet. The token names the visitor, the chat and the tenant, so one
chat's token opens no other chat, and a tenant's none of another tenant's.
"""

from dataclasses import asdict, dataclass
from datetime import timedelta
from uuid import UUID, uuid4

from django.core import signing

from kernel.tenancy import current_schema

SALT = "redress.web-chat.visitor"
VALID_FOR = timedelta(days=90)
"""After the last visit: each one brings a new token."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """One browser in one chat. `id` is random; name and e-mail are the visitor's own words."""

    id: str
    outlet_id: UUID
    name: str = ""
    email: str = ""
    language: str = "en"


def new_visitor(*, outlet_id: UUID, name: str, email: str, language: str) -> Visitor:
    """Return somebody nobody has seen before."""
    return Visitor(uuid4().hex, outlet_id, name, email, language)


def token_of(visitor: Visitor) -> str:
    """Return what the visitor's browser keeps and shows with every request, good in the current tenant only."""
    facts = {**asdict(visitor), "outlet_id": visitor.outlet_id.hex, "schema": current_schema()}
    return signing.dumps(facts, salt=SALT)


def visitor_of(token: str, outlet_id: UUID) -> Visitor | None:
    """Return whose token this is; None when it is forged, too old, or for another chat or tenant."""
    try:
        facts = signing.loads(token, salt=SALT, max_age=VALID_FOR)
    except signing.BadSignature:
        return None
    if facts.pop("schema") != current_schema() or UUID(facts.pop("outlet_id")) != outlet_id:
        return None
    return Visitor(outlet_id=outlet_id, **facts)
