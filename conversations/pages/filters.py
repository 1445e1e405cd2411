"""What the list shows: the view and tab of an address as the filter of a query."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlencode
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import pgettext_lazy

from conversations.enums import Channel, Owner, Status, View
from conversations.queries import ConversationFilter

OPEN, UNREAD, DONE = "open", "unread", "done"
TABS: dict[str, Promise] = {
    OPEN: pgettext_lazy("conversations", "Open"),
    UNREAD: pgettext_lazy("conversations", "Unread"),
    DONE: pgettext_lazy("conversations", "Done"),
}
WITHOUT_DONE = frozenset({View.HUMAN, View.CLOSING, View.DUE})
"""Views of a passing state: what is done has left it."""
WITHOUT_TABS = frozenset({View.DONE, View.SNOOZED})
"""Views of one status."""


@dataclass(frozen=True, slots=True)
class Tab:
    """A tab above the list."""

    tab: str
    label: Promise
    href: str


@dataclass(frozen=True, slots=True)
class Choice:
    """What somebody looks at. `channel` and `tag` are empty for all."""

    view: View
    tab: str
    channel: str
    tag: str = ""

    @property
    def query(self) -> str:
        """The query string that leads here again."""
        narrowed = {"channel": self.channel, "tag": self.tag}
        return urlencode(
            {"view": self.view, "tab": self.tab, **{name: word for name, word in narrowed.items() if word}}
        )

    @property
    def tabs(self) -> list[Tab]:
        """The tabs this view has; a view of one status has none."""
        if self.view in WITHOUT_TABS:
            return []
        names = [name for name in TABS if name != DONE or self.view not in WITHOUT_DONE]
        return [Tab(name, TABS[name], f"/inbox/?{replace(self, tab=name).query}") for name in names]

    def filter(self, member_id: UUID) -> ConversationFilter:
        """Return the filter; done conversations of a view are those that would be in it were they open."""
        channel, tag = self.channel or None, self.tag or None
        if self.tab != DONE or self.view == View.DONE:
            return ConversationFilter(
                view=self.view, unread=True if self.tab == UNREAD else None, channel=channel, tag=tag
            )
        return ConversationFilter(
            status=Status.RESOLVED,
            channel=channel,
            tag=tag,
            assignee=member_id if self.view == View.MINE else None,
            unassigned=self.view == View.UNASSIGNED,
            owner=Owner.AI if self.view == View.AI else None,
        )


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
    )
    return replace(chosen, tab=OPEN) if chosen.tab not in {one.tab for one in chosen.tabs} else chosen
