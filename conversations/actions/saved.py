"""Saved views of the inbox: made, changed, deleted."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from conversations.events import SavedViewCreated, SavedViewDeleted, SavedViewUpdated
from conversations.models import SavedView
from conversations.queries import MOST_SAVED, saved_view_for
from conversations.saved import checked_filters
from kernel.actors import Actor
from kernel.errors import Conflict, Invalid
from kernel.events import publish

NAME_LIMIT = 60
EDITABLE = frozenset({"name", "filters", "is_shared"})


@transaction.atomic
def create_saved_view(
    *, member_id: UUID | None, values: Mapping[str, Any], actor: Actor, now: datetime | None = None
) -> UUID:
    """Keep filters under a name. Raises Invalid, or Conflict when the name is taken.

    One that is not shared belongs to `member_id`; a program, which is nobody, can only share.
    """
    clean = _clean({"is_shared": True, "name": "", "filters": {}, **values})
    view = SavedView(owner_id=_owner(clean["is_shared"], member_id), name=clean["name"], filters=clean["filters"])
    _save(view, is_new_there=True)
    publish(SavedViewCreated(saved_view_id=view.id), actor=actor, now=now)
    return view.id


@transaction.atomic
def update_saved_view(
    *,
    saved_view_id: UUID,
    member_id: UUID | None,
    changes: Mapping[str, Any],
    actor: Actor,
    now: datetime | None = None,
) -> None:
    """Change a view. Raises NotFound for somebody else's, Invalid, or Conflict when the name is taken."""
    view = saved_view_for(saved_view_id, member_id, lock=True)
    known = {"name": view.name, "filters": view.filters, "is_shared": view.owner_id is None}
    clean = _clean({**known, **changes})
    changed = sorted(name for name, value in clean.items() if known[name] != value)
    if not changed:
        return
    if "is_shared" in changed:
        view.owner_id = _owner(clean["is_shared"], member_id)
    view.name, view.filters = clean["name"], clean["filters"]
    _save(view, is_new_there="is_shared" in changed)
    publish(SavedViewUpdated(saved_view_id=view.id, fields=changed), actor=actor, now=now)


@transaction.atomic
def delete_saved_view(
    *, saved_view_id: UUID, member_id: UUID | None, actor: Actor, now: datetime | None = None
) -> None:
    """Forget a view. Raises NotFound for somebody else's."""
    saved_view_for(saved_view_id, member_id, lock=True).delete()
    publish(SavedViewDeleted(saved_view_id=saved_view_id), actor=actor, now=now)


def _owner(is_shared: bool, member_id: UUID | None) -> UUID | None:  # noqa: FBT001 - private, one word
    if not is_shared and member_id is None:
        sentence = _("A key is nobody, so it has nothing private.")
        raise Invalid(sentence, details={"is_shared": [sentence]})
    return None if is_shared else member_id


def _save(view: SavedView, *, is_new_there: bool) -> None:
    if is_new_there and SavedView.objects.filter(owner_id=view.owner_id).count() >= MOST_SAVED:
        sentence = _("There are 10 views already. Delete one first.")
        raise Invalid(sentence, details={"is_shared": [sentence]})
    try:
        with transaction.atomic():
            view.save()
    except IntegrityError as problem:
        sentence = _("There is a view with this name already.")
        raise Conflict(sentence, details={"name": [sentence]}) from problem


def _clean(values: Mapping[str, Any]) -> dict[str, Any]:
    unknown = sorted(set(values) - EDITABLE)
    if unknown:
        raise Invalid(_("Unknown field."), details={name: [_("This field does not exist.")] for name in unknown})
    name = " ".join(values["name"].split())
    if not 0 < len(name) <= NAME_LIMIT:
        sentence = _("A name has 1 to 60 characters.")
        raise Invalid(sentence, details={"name": [sentence]})
    return {"name": name, "filters": checked_filters(values["filters"]), "is_shared": values["is_shared"]}
