"""Telling members what concerns them: rows they find again, and a frame for their own open pages."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from conversations.enums import NotificationKind
from conversations.events import MemberNotified
from conversations.models import Conversation, Message, Notification, NotificationPreference
from conversations.queries import notification_for, notification_shapes, preference_of
from kernel import clocks, live
from kernel.actors import Actor, ActorKind
from kernel.errors import Invalid
from team import queries as team


@dataclass(frozen=True, slots=True)
class News:
    """What one member should know of; without a message it is about the conversation."""

    kind: NotificationKind
    member_id: UUID
    conversation_id: UUID
    message_id: UUID | None = None


def failures(messages: Sequence[Message]) -> list[News]:
    """Return the news of failed messages for the members who wrote them."""
    return [
        News(NotificationKind.MESSAGE_FAILED, message.sender_id, message.conversation_id, message.id)
        for message in messages
        if message.sender_id
    ]


def assignment(conversation: Conversation) -> list[News]:
    """Return the news of a conversation for whoever is responsible for it now."""
    if conversation.assignee_id is None:
        return []
    return [News(NotificationKind.ASSIGNED, conversation.assignee_id, conversation.id)]


def notify(news: Sequence[News], *, actor: Actor) -> list[MemberNotified]:
    """Write what members should know; returns the facts for the caller to publish. Statements do not grow with `news`.

    Nobody is told what they did themselves, what they do not want to know, twice of one message, or after they left.
    The caller holds the row of each message, or of the conversation.
    """
    others = [one for one in news if str(one.member_id) != actor.id]
    if not others:
        return []
    muted, known = _muted(others), _known(others)
    rows = [
        Notification(
            kind=one.kind,
            member_id=one.member_id,
            conversation_id=one.conversation_id,
            message_id=one.message_id,
            by_id=UUID(actor.id) if actor.kind == ActorKind.MEMBER else None,
        )
        for one in others
        if one.member_id in muted and one.kind not in muted[one.member_id] and _key(one) not in known
    ]
    Notification.objects.bulk_create(rows)
    _show(rows)
    return [
        MemberNotified(
            member_id=row.member_id, notification_id=row.id, kind=row.kind, conversation_id=row.conversation_id
        )
        for row in rows
    ]


def _muted(news: Sequence[News]) -> dict[UUID, list[str]]:
    """Return the kinds each member does not want, for those who work here."""
    here = team.active_among({one.member_id for one in news})
    chosen = dict(NotificationPreference.objects.filter(member_id__in=here).values_list("member_id", "muted"))
    return {member_id: chosen.get(member_id, []) for member_id in here}


def _key(one: News) -> tuple[UUID, str, UUID | None]:
    return one.member_id, one.kind, one.message_id


def _known(news: Sequence[News]) -> set[tuple[UUID, str, UUID | None]]:
    ids = [one.message_id for one in news if one.message_id]
    if not ids:
        return set()
    return set(Notification.objects.filter(message_id__in=ids).values_list("member_id", "kind", "message_id"))


def _show(rows: Sequence[Notification]) -> None:
    """Tell the open pages of each member, and nobody else's, once this commits."""
    owners = {str(row.id): str(row.member_id) for row in rows}
    for shape in notification_shapes([row.id for row in rows]):
        live.push_on_commit([{"type": "notification", "notification": shape}], only=owners[shape["id"]])


def forget_failures(message_ids: Collection[UUID]) -> None:
    """Take back that messages failed: they went out after all, or somebody tries again and a new failure is news."""
    if message_ids:
        Notification.objects.filter(message_id__in=message_ids, kind=NotificationKind.MESSAGE_FAILED).delete()


@transaction.atomic
def read_notification(*, notification_id: UUID, member_id: UUID, now: datetime | None = None) -> None:
    """Note that a member has seen one of theirs. Raises NotFound for somebody else's."""
    row = notification_for(notification_id, member_id)
    Notification.objects.filter(id=row.id, read_at=None).update(read_at=now or clocks.now(), updated_at=clocks.now())
    _tell_read(member_id)


@transaction.atomic
def read_notifications(*, member_id: UUID, now: datetime | None = None) -> None:
    """Note that a member has seen all of theirs."""
    unread = Notification.objects.filter(member_id=member_id, read_at=None)
    if unread.update(read_at=now or clocks.now(), updated_at=clocks.now()):
        _tell_read(member_id)


def _tell_read(member_id: UUID) -> None:
    live.push_on_commit([{"type": "notification:read"}], only=str(member_id))


def set_notification_preference(*, member_id: UUID, changes: Mapping[str, Any]) -> None:
    """Choose what one is told of (`muted` kinds are not), and whether it sounds or shows outside the page."""
    if not set(changes.get("muted", ())) <= set(NotificationKind.values):
        raise Invalid(_("Unknown kind of notification."), details={"muted": [", ".join(NotificationKind.values)]})
    preference = preference_of(member_id)
    for name, value in changes.items():
        setattr(preference, name, value)
    preference.save()
