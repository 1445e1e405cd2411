"""What the list shows: the view and tab of an address as the filter of a query."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import pgettext_lazy

from conversations.enums import Channel, Owner, Status, View
from conversations.queries import ConversationFilter
from conversations.saved import DONE, NOBODY, OPEN, SLA_STATES, UNREAD

TABS: dict[str, Promise] = {
    OPEN: pgettext_lazy("conversations", "Open"),
    UNREAD: pgettext_lazy("conversations", "Unread"),
    DONE: pgettext_lazy("conversations", "Done"),
}
WITHOUT_DONE = frozenset({View.HUMAN, View.CLOSING, View.DUE})
"""Views of a passing state: what is done has left it."""
WITHOUT_TABS = frozenset({View.DONE, View.SNOOZED})
"""Views of one status."""

NARROWING = ("channel", "tag", "assignee", "outlet", "owner", "language", "sla")


@dataclass(frozen=True, slots=True)
class Tab:
    """A tab above the list."""

    tab: str
    label: Promise
    href: str


@dataclass(frozen=True, slots=True)
class Choice:
    """What somebody looks at. What narrows it is empty for all; `assignee` may be `none` for nobody."""

    view: View
    tab: str
    channel: str
    tag: str = ""
    assignee: str = ""
    outlet: str = ""
    owner: str = ""
    language: str = ""
    sla: str = ""
    saved: str = ""
    """The id of the saved view these filters are from, as long as nothing about them was changed."""
    saved_name: str = ""

    @property
    def words(self) -> dict[str, str]:
        """The filters by name, as an address and a saved view hold them."""
        narrowed = {name: word for name in NARROWING if (word := getattr(self, name))}
        return {"view": self.view.value, "tab": self.tab, **narrowed}

    @property
    def query(self) -> str:
        """The query string that leads here again."""
        return urlencode({"saved": self.saved} if self.saved else self.words)

    @property
    def label(self) -> str:
        """What stands above the list."""
        return self.saved_name or str(Channel(self.channel).label if self.channel else self.view.label)

    @property
    def count(self) -> str:
        """The name of the number beside it."""
        return f"saved_{self.saved}" if self.saved else self.view.value

    @property
    def is_personal(self) -> bool:
        """Whether everybody sees others here: their own. Of what is done another assignee can be asked for."""
        is_of_another = self.tab == DONE and self.assignee not in {"", NOBODY}
        return self.view == View.MINE and not is_of_another

    def but(self, **changes: Any) -> "Choice":  # noqa: ANN401 - the fields of a choice
        """Return the choice with something else about it, which no saved view is."""
        return replace(self, saved="", saved_name="", **changes)

    @property
    def tabs(self) -> list[Tab]:
        """The tabs this view has; a view of one status has none."""
        if self.view in WITHOUT_TABS:
            return []
        names = [name for name in TABS if name != DONE or self.view not in WITHOUT_DONE]
        return [Tab(name, TABS[name], f"/inbox/?{self.but(tab=name).query}") for name in names]

    def filter(self, member_id: UUID) -> ConversationFilter:
        """Return the filter; done conversations of a view are those that would be in it were they open."""
        if self.tab != DONE or self.view == View.DONE:
            wanted = ConversationFilter(view=self.view, unread=True if self.tab == UNREAD else None)
        else:
            wanted = ConversationFilter(
                status=Status.RESOLVED,
                assignee=member_id if self.view == View.MINE else None,
                unassigned=self.view == View.UNASSIGNED,
                owner=Owner.AI if self.view == View.AI else None,
            )
        return replace(wanted, channel=self.channel or None, tag=self.tag or None, **self._narrowed())

    def _narrowed(self) -> dict[str, Any]:
        """Return what the filter menu has chosen beyond channel and tag."""
        chosen: dict[str, Any] = {}
        if self.assignee == NOBODY:
            chosen["unassigned"] = True
        elif self.assignee:
            chosen["assignee"] = UUID(self.assignee)
        if self.outlet:
            chosen["outlet"] = UUID(self.outlet)
        if self.owner:
            chosen["owner"] = Owner(self.owner)
        if self.language:
            chosen["language"] = self.language
        if self.sla:
            chosen["sla"] = self.sla
        return chosen


def choice_of(asked: Mapping[str, str]) -> Choice:
    """Read a choice from a query; words nobody knows mean the default."""
    view = asked.get("view", "")
    tab = asked.get("tab", "")
    channel = asked.get("channel", "")
    chosen = Choice(
        View(view) if view in View.values else View.MINE,
        tab if tab in TABS else OPEN,
        channel if channel in Channel.values else "",
        asked.get("tag", ""),
        assignee=asked.get("assignee", "") if asked.get("assignee") == NOBODY else _id_of(asked.get("assignee", "")),
        outlet=_id_of(asked.get("outlet", "")),
        owner=asked.get("owner", "") if asked.get("owner") in Owner.values else "",
        language=asked.get("language", "")[:8],
        sla=asked.get("sla", "") if asked.get("sla") in SLA_STATES else "",
    )
    return replace(chosen, tab=OPEN) if chosen.tab not in {one.tab for one in chosen.tabs} else chosen


def _id_of(raw: str) -> str:
    """Return an id as it is written everywhere; nothing for what is none."""
    try:
        return str(UUID(raw)) if raw else ""
    except ValueError:
        return ""
