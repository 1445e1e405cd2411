"""How the demo businesses have set up their desks: hours, promises, tags; and which conversations rest."""

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
from team import actions as team
from team import queries as people

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
    """Write down hours and a promise, make and use tags, and let some conversations rest until later."""
    office = team.create_calendar(
        name="Office", time_zone="America/New_York", country="US", subdivision="FL", actor=SYSTEM, now=begins,
        days_off=[{"date": f"{now.year}-12-24", "name": "Christmas Eve"}],
    )  # fmt: skip
    conversations.create_sla_policy(
        name="Everyone", first_response=60, next_response=60, calendar_id=office, actor=SYSTEM,
        now=begins,
    )  # fmt: skip
    for worker in people.workers():
        team.set_work(member_id=worker.id, changes={"capacity": 25, "calendar_id": office}, actor=SYSTEM, now=begins)
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
    conversations.reckon_again(now=now)
