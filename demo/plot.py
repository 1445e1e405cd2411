"""What happens when in the demo: a list of moments in the order of time, drawn from a seeded generator."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from demo.people import ENGLISH_NAMES, SPANISH_NAMES, Business, Line
from demo.stories import ENGLISH, SPANISH, Story

DAYS = 21
"""How far back the oldest conversation begins."""
PER_AREA = 90
RECENT = 0.3
"""The share of conversations whose last word is less than a day old, so that their window is open."""
RESOLVED_OLD, RESOLVED_NEW, ASSIGNED, HANDED_TO_AI = 0.93, 0.4, 0.5, 0.86
"""Shares of the plot: conversations that get resolved, that somebody takes, that the AI takes."""


@dataclass(frozen=True)
class Customer:
    """An invented person. Most show their phone, some are known by their user id only."""

    number: int
    name: str
    phone: str
    user_id: str
    language: str

    @property
    def first(self) -> str:
        """The name agents use."""
        return self.name.partition(" ")[0]


@dataclass(frozen=True)
class Moment:
    """One thing that happens: a turn of a story, or what a worker does with the conversation."""

    at: datetime
    customer: Customer
    line: Line
    act: str
    text: str
    agent: int
    """Which of the agents, counted from 0."""


def moments(business: Business, now: datetime) -> list[Moment]:
    """Return everything that happened at a business until `now`, oldest first; the same every time for the same day."""
    dice = random.Random(business.slug)  # noqa: S311 - a plot, not a secret
    agents = sum(worker.role == "agent" for worker in business.workers)
    drawn = [
        moment
        for number in range(business.conversations)
        for moment in _course(business, _customer(business, number, dice), dice, agents, now)
    ]
    return sorted(drawn, key=lambda moment: (moment.at, moment.customer.number))


def _customer(business: Business, number: int, dice: random.Random) -> Customer:
    spanish = dice.random() < business.spanish
    names = SPANISH_NAMES if spanish else ENGLISH_NAMES
    name = names[number % len(names)]
    if number >= len(names):  # the same first name again gets another family name
        name = f"{name.rpartition(' ')[0]} {dice.choice(names).rpartition(' ')[2]}"
    hidden = dice.random() < 0.06  # noqa: PLR2004 - a few people hide their number
    area = business.area_codes[number // PER_AREA % len(business.area_codes)]
    phone = "" if hidden else f"+1{area}555{110 + number % PER_AREA:04}"
    return Customer(number, name, phone, f"US.{area}{number:010}", "es" if spanish else "en")


def _course(
    business: Business, customer: Customer, dice: random.Random, agents: int, now: datetime
) -> Iterator[Moment]:
    story = dice.choice(SPANISH if customer.language == "es" else ENGLISH)
    told = story.turns[: _how_far(story, dice)]
    times = _times(len(told), dice, now)
    line, agent = dice.choice(business.lines), dice.randrange(agents)
    for (act, text), at in zip(told, times, strict=True):
        yield Moment(at, customer, line, act, text.format(first=customer.first), agent)
    yield from _aftermath(told, times[-1], customer, line, agent, dice, now)


def _how_far(story: Story, dice: random.Random) -> int:
    """Most stories are told to their end, some are still under way."""
    return len(story.turns) if dice.random() < 0.6 else dice.randint(1, len(story.turns))  # noqa: PLR2004 - a share


def _times(turns: int, dice: random.Random, now: datetime) -> list[datetime]:
    """Return when each turn happens: minutes apart, so that an agent's reply falls into the open window."""
    recent = dice.random() < RECENT
    lately = timedelta(minutes=2 * 700 ** dice.random())  # 2 minutes to 23 hours, more of them a short while ago
    ago = lately if recent else timedelta(hours=dice.uniform(26, DAYS * 24))
    end = now - ago
    gaps = [timedelta(minutes=dice.choice([1, 2, 3, 5, 8, 13, 34, 90])) for _turn in range(turns)]
    times, at = [], end
    for gap in gaps:
        times.append(at)
        at -= gap
    return times[::-1]


def _aftermath(
    told: tuple[tuple[str, str], ...],
    end: datetime,
    customer: Customer,
    line: Line,
    agent: int,
    dice: random.Random,
    now: datetime,
) -> Iterator[Moment]:
    """Yield what workers do afterwards: read it, assign it, give it to the AI, resolve it."""
    answered, old = told[-1][0] in {">", "#"}, end < now - timedelta(hours=24)
    soon = min(end + timedelta(minutes=dice.choice([2, 6, 15])), now)
    roll = dice.random()
    if answered or old:
        yield Moment(soon, customer, line, "seen", "", agent)
    if roll < (RESOLVED_OLD if old else RESOLVED_NEW) and (answered or old):
        yield Moment(soon, customer, line, "resolve", "", agent)
    elif told[-1][0] == "<" and roll > HANDED_TO_AI:
        yield Moment(soon, customer, line, "ai", "", agent)
    elif told[-1][0] == "<" and roll > ASSIGNED:
        yield Moment(soon, customer, line, "assign", "", agent)
