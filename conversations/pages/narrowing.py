"""The filter menu of the list: what one may narrow a view by, and chips for what narrows it now."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from conversations import queries
from conversations.enums import Owner
from conversations.pages.contact import language_name
from conversations.pages.filters import Choice
from conversations.saved import NOBODY
from crm import queries as crm
from tenants.avatars import Person


@dataclass(frozen=True, slots=True)
class Option:
    """One way to narrow the list, or to widen it again when it is on."""

    label: str
    href: str
    is_on: bool


@dataclass(frozen=True, slots=True)
class Group:
    """The options of one kind; of these one at a time is on."""

    title: str
    options: Sequence[Option]


def groups_for(choice: Choice, colleagues: Sequence[Person]) -> list[Group]:
    """Return the filter menu; a kind with nothing to choose between is left out."""
    members = [(one.id, one.name) for one in colleagues]
    lines = [(str(one.id), one.name) for one in queries.outlets()]
    languages = [(code, language_name(code)) for code in crm.languages()]
    kinds = [
        ("assignee", _("Assigned to"), [(NOBODY, _("Nobody")), *members]),
        ("owner", _("Answers next"), [(one.value, str(one.label)) for one in Owner]),
        ("outlet", _("Number"), lines),
        ("language", _("Language"), languages),
        ("sla", _("Next due"), _sla_states()),
    ]
    return [Group(title, _options(choice, name, words)) for name, title, words in kinds if len(words) > 1]


def _sla_states() -> list[tuple[str, str]]:
    return [("late", _("Late")), ("soon", _("Due soon")), ("ok", _("In time")), ("none", _("Nothing due"))]


def chips_of(groups: Sequence[Group]) -> list[Option]:
    """Return what narrows the list now; following one takes it away."""
    return [
        Option(f"{group.title}: {option.label}", option.href, is_on=True)
        for group in groups
        for option in group.options
        if option.is_on
    ]


def _options(choice: Choice, name: str, words: Sequence[tuple[str, str]]) -> list[Option]:
    options = []
    for word, label in words:
        is_on = getattr(choice, name) == word
        chosen: dict[str, Any] = {name: "" if is_on else word}
        options.append(Option(label, f"/inbox/?{choice.but(**chosen).query}", is_on))
    return options
