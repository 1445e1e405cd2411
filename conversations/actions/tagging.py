"""Tags on conversations."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import F, Func, Value
from django.utils.translation import gettext_lazy as _

from conversations.actions.state import state_of, store
from conversations.events import ConversationTagged
from conversations.models import Conversation, SavedView, SlaPolicy
from conversations.queries import conversation_for
from crm import queries as crm
from kernel.actors import Actor
from kernel.errors import Invalid
from kernel.events import publish

MOST_TAGS = 20


@transaction.atomic
def set_tags(*, conversation_id: UUID, tags: Iterable[str], actor: Actor, now: datetime | None = None) -> None:
    """Give the conversation exactly these tags. New ones must be on the tenant's list and not archived."""
    conversation = conversation_for(conversation_id, lock=True)
    _give(conversation, set(tags), actor, now)


@transaction.atomic
def change_tags(
    *,
    conversation_id: UUID,
    add: Iterable[str] = (),
    remove: Iterable[str] = (),
    actor: Actor,
    now: datetime | None = None,
) -> None:
    """Add and take away some tags; the others stay, also those a colleague changes at this moment."""
    conversation = conversation_for(conversation_id, lock=True)
    _give(conversation, (set(conversation.tags) | set(add)) - set(remove), actor, now)


def _give(conversation: Conversation, wanted: set[str], actor: Actor, now: datetime | None) -> None:
    known = set(conversation.tags)
    added, removed = sorted(wanted - known), sorted(known - wanted)
    if not added and not removed:
        return
    if len(wanted) > MOST_TAGS:
        raise Invalid(_("These are too many tags."), details={"tags": [_("At most 20.")]})
    listed = {tag.name: tag for tag in crm.tags_named([*added, *removed])}
    unknown = [name for name in added if name not in listed or listed[name].archived_at is not None]
    if unknown:
        raise Invalid(_("There is no such tag."), details={"tags": unknown})
    store(conversation, at=now, tags=sorted(wanted))
    told = ConversationTagged(
        **state_of(conversation),
        added=[str(listed[name].id) for name in added],
        removed=[str(listed[name].id) for name in removed],
    )
    publish(told, actor=actor, now=now)


def rename_tag(before: str, after: str) -> None:
    """Follow a tag's new name, in the transaction that changed it."""
    renamed = Func(F("tags"), Value(before), Value(after), function="array_replace")
    Conversation.objects.filter(tags__contains=[before]).update(tags=renamed, version=F("version") + 1)
    SlaPolicy.objects.filter(tag=before).update(tag=after)
    for view in SavedView.objects.select_for_update().filter(filters__tag=before).order_by("id"):
        view.filters = {**view.filters, "tag": after}
        view.save(update_fields=["filters", "updated_at"])
