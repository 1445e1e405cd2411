"""Saved views: what the sidebar shows of them, how many conversations each holds, and what the list then shows."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from uuid import UUID

from django.http import HttpRequest
from django.utils.translation import gettext as _

from conversations import queries
from conversations.enums import View
from conversations.models import SavedView
from conversations.pages.filters import Choice, choice_of
from kernel.errors import NotFound
from tenants.navigation import SavedLink
from tenants.pages import member_of

Counts = dict[UUID, dict[str, int]]


def choice_for(request: HttpRequest) -> Choice:
    """Read what the list shows from the address: filters, or the saved view it names. Raises NotFound."""
    raw = request.GET.get("saved", "")
    if not raw:
        return choice_of(request.GET)
    view = queries.saved_view_for(_id(raw), member_of(request).id)
    return replace(choice_of(view.filters), saved=str(view.id), saved_name=view.name)


def _id(raw: str) -> UUID:
    try:
        return UUID(raw)
    except ValueError as problem:
        raise NotFound(_("There is no such view.")) from problem


def links_of(member_id: UUID) -> list[SavedLink]:
    """Return the views a member has as the sidebar shows them: everybody's first, by name."""
    rows = queries.saved_views(member_id).order_by("-owner", "name", "id")[: 2 * queries.MOST_SAVED]
    return [SavedLink(str(row.id), row.name, row.owner_id is None) for row in rows]


def all_counts(member_ids: Collection[UUID]) -> Counts:
    """Return for each member how many conversations each view holds, their saved ones too.

    Two statements more than the views that are not saved, however many there are; one while nobody has saved any.
    """
    counts, views = queries.view_counts(member_ids), list(queries.saved_views_of(member_ids))
    choices = {view.id: choice_of(view.filters) for view in views}
    found = queries.counts_by_assignee({str(key): _anybodys(one).filter(UUID(int=0)) for key, one in choices.items()})
    for member_id in counts:
        for view in views:
            if view.owner_id in {None, member_id}:
                counts[member_id][f"saved_{view.id}"] = _count(view, choices[view.id], found, member_id)
    return counts


def _count(view: SavedView, choice: Choice, found: Mapping[UUID | None, Mapping[str, int]], member_id: UUID) -> int:
    if choice.is_personal:
        return found.get(member_id, {}).get(str(view.id), 0)
    return sum(counts.get(str(view.id), 0) for counts in found.values())


def _anybodys(choice: Choice) -> Choice:
    """Return the choice with "mine" as anybody's: the statement counts by assignee."""
    return replace(choice, view=View.ALL) if choice.is_personal else choice
