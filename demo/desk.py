"""How the demo businesses have set up their desks: tags on their conversations, some of which rest."""

import random
from datetime import datetime, timedelta
from typing import Any

from conversations import actions as conversations
from conversations.enums import Status
from conversations.queries import ConversationFilter, conversations_matching
from crm import actions as crm
from crm.enums import TagColor
from demo.people import Business
from kernel.actors import SYSTEM

TAGS = (
    ("dispute", TagColor.PETROL),
    ("billing", TagColor.OCHRE),
    ("documents", TagColor.VIOLET),
    ("consult", TagColor.GREEN),
    ("urgent", TagColor.GRAY),
)
TAGGED, SNOOZED, SET_ASIDE = 0.4, 0.06, 0.12
"""Shares of the open conversations; the last two are drawn by one roll."""


def set_up(business: Business, begins: datetime, now: datetime) -> None:
    """Make the list of tags and use it, and let some conversations rest until later."""
    for name, color in TAGS:
        crm.create_tag(name=name, color=color, actor=SYSTEM, now=begins)
    dice = random.Random(f"desk {business.slug}")  # noqa: S311 - a plot, not a secret
    rows = conversations_matching(ConversationFilter(status=Status.OPEN)).order_by("created_at", "id")
    for row in rows:
        change: dict[str, Any] = {"conversation_id": row.id, "actor": SYSTEM, "now": now}
        if dice.random() < TAGGED:
            conversations.set_tags(tags=[dice.choice(TAGS)[0]], **change)
        roll = dice.random()
        if roll < SNOOZED:
            conversations.snooze(until=now + timedelta(hours=dice.randint(2, 60)), **change)
        elif roll < SET_ASIDE:
            conversations.set_aside(**change)
