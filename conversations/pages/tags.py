"""Tags as the list offers them to narrow by, and as a conversation offers them to choose from."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from conversations.pages.filters import Choice
from crm import queries as crm


@dataclass(frozen=True, slots=True)
class TagLink:
    """A tag the list can be narrowed to; `href` leads there, or back to all when it is the one chosen."""

    name: str
    color: str
    href: str
    is_on: bool


@dataclass(frozen=True, slots=True)
class TagOption:
    """A tag a conversation can get or lose."""

    name: str
    color: str
    is_on: bool


def tag_choices(choice: Choice) -> Sequence[TagLink]:
    """Return the tags of the tenant as links."""
    return [
        TagLink(tag.name, tag.color, _href(choice, tag.name), tag.name == choice.tag) for tag in crm.tags_to_choose()
    ]


def _href(choice: Choice, name: str) -> str:
    return f"/inbox/?{choice.but(tag='' if name == choice.tag else name).query}"


def tag_options(given: Collection[str]) -> Sequence[TagOption]:
    """Return what can be chosen: the tenant's list, and what the conversation has although it is archived."""
    listed = crm.tags_to_choose()
    archived = [tag for tag in crm.tags_named(list(given)) if tag.archived_at is not None]
    return [TagOption(tag.name, tag.color, tag.name in given) for tag in [*listed, *archived]]
