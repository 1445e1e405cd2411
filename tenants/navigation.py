"""What the frame around pages offers: sections, views of the inbox, settings, shortcuts.

Apps add their own in `AppConfig.ready()`, so that the frame never links to a page that is not installed.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.utils.functional import Promise, SimpleLazyObject
from django.utils.translation import gettext_lazy as _

from tenants.avatars import Person
from tenants.types import MemberInfo
from tenants.wording import shell_words


@dataclass(frozen=True, slots=True)
class Section:
    """A place the sidebar leads to. `count` names the number beside it, `scope` who sees it; "" is everybody."""

    page: str
    href: str
    icon: str
    label: Promise
    position: int
    scope: str = ""
    count: str = ""


@dataclass(frozen=True, slots=True)
class View:
    """A view of the inbox in the sidebar; a hot one is red while it is not empty."""

    view: str
    icon: str
    label: Promise
    hot: bool = False


@dataclass(frozen=True, slots=True)
class SavedLink:
    """A view of the inbox somebody has saved, for all or for themselves."""

    id: str
    name: str
    is_shared: bool

    @property
    def count(self) -> str:
        """The name of the number beside it."""
        return f"saved_{self.id}"


@dataclass(frozen=True, slots=True)
class Shortcut:
    """What keys do: pressed together after Ctrl or Shift, else one after the other.

    The sheet, the keyboard and the command palette are all made of these. Without a `command` the browser, or the thing
    that has the focus, sees to it.
    """

    keys: tuple[str, ...]
    text: Promise
    command: str = ""


@dataclass(frozen=True, slots=True)
class Shortcuts:
    """A group of the shortcut sheet."""

    title: Promise
    keys: tuple[Shortcut, ...]


@dataclass(slots=True)
class Navigation:
    """Everything apps have registered."""

    sections: list[Section] = field(default_factory=list)
    settings: list[Section] = field(default_factory=list)
    views: list[View] = field(default_factory=list)
    shortcuts: list[Shortcuts] = field(default_factory=list)
    saved: Callable[[UUID], Sequence[SavedLink]] | None = None


registered = Navigation()


def add_section(section: Section) -> None:
    """Put a section into the sidebar and the phone's tab bar."""
    registered.sections = sorted([*registered.sections, section], key=lambda one: one.position)


def add_settings(section: Section) -> None:
    """Put a page into the settings."""
    registered.settings = sorted([*registered.settings, section], key=lambda one: one.position)


def add_views(*views: View) -> None:
    """Put views of the inbox into the sidebar, in this order."""
    registered.views += views


def add_saved_views(of_member: Callable[[UUID], Sequence[SavedLink]]) -> None:
    """Put what members have saved below the views."""
    registered.saved = of_member


def add_shortcuts(*groups: Shortcuts) -> None:
    """Put groups into the shortcut sheet."""
    registered.shortcuts += groups


def frame(request: HttpRequest) -> dict[str, Any]:
    """Return what the frame of a signed-in page draws; nothing for a page nobody is signed in to."""
    member: MemberInfo | None = getattr(request, "member", None)
    if member is None:
        return {"words": shell_words()}
    return {
        "me": Person(str(member.id), member.name),
        "sections": _visible(registered.sections, member),
        "settings": _visible(registered.settings, member),
        "views": registered.views,
        "saved_views": SimpleLazyObject(partial(_saved, member)),
        "shortcuts": registered.shortcuts,
        "bindings": [
            {"keys": key.keys, "command": key.command}
            for group in registered.shortcuts
            for key in group.keys
            if key.command
        ],
        "words": shell_words(),
        "ctx": request.COOKIES.get("redress_ctx") != "off",
        "list": request.COOKIES.get("redress_list") != "off",
    }


def _visible(sections: list[Section], member: MemberInfo) -> list[Section]:
    return [section for section in sections if not section.scope or section.scope in member.scopes]


def _saved(member: MemberInfo) -> Sequence[SavedLink]:
    """Return the saved views of a member who may see the inbox; read when a page draws them, not before."""
    if registered.saved is None or "conversations:read" not in member.scopes:
        return []
    return registered.saved(member.id)


def register() -> None:
    """Add what the frame itself brings."""
    add_section(Section("settings", "/settings/", "settings", _("Settings"), 80))
    add_section(Section("developers", "/developers/", "code-xml", _("Developers"), 90, scope="api-keys:read"))
    add_settings(Section("profile", "/settings/", "user-round", _("Profile"), 10))
    add_settings(Section("branding", "/settings/branding/", "image", _("Branding"), 17, scope="settings:write"))
    add_settings(Section("security", "/settings/security/", "shield", _("Security"), 15))
    add_settings(Section("keys", "/settings/keys/", "key-round", _("API keys"), 40, scope="api-keys:read"))
    add_settings(Section("business", "/settings/business/", "settings", _("Business"), 15, scope="settings:read"))
    add_settings(Section("audit", "/settings/audit/", "history", _("Audit log"), 90, scope="events:read"))
    add_settings(Section("admin", "/admin/", "lock", _("Admin"), 100, scope="team:write"))
    add_shortcuts(
        Shortcuts(
            _("Everywhere"),
            (
                Shortcut(("Ctrl", "K"), _("Search and commands"), "palette"),
                Shortcut(("?",), _("Show this sheet"), "shortcuts"),
                Shortcut(("Esc",), _("Close or go back"), "escape"),
                Shortcut(("G", "I"), _("Go to the inbox"), "go-inbox"),
                Shortcut(("G", "U"), _("Go to unassigned"), "go-unassigned"),
                Shortcut(("G", "S"), _("Go to settings"), "go-settings"),
            ),
        )
    )
