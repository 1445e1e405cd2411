"""Reading conversations and messages. The shapes here are what API, pages and sockets show, made once."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from conversations import shapes, sla, window
from conversations.enums import Channel, Direction, MessageType, Owner, Status, View
from conversations.models import (
    AssignmentRule,
    Attachment,
    CannedReply,
    Conversation,
    Draft,
    Message,
    Notification,
    NotificationPreference,
    Outbox,
    Outlet,
    SavedView,
    SlaPolicy,
    Template,
)
from conversations.types import Line
from crm import queries as crm
from kernel import clocks, search
from kernel.errors import NotFound
from kernel.shapes import in_order
from team.queries import hours_of

LIVE = (Status.OPEN, Status.PENDING)
NO_FIELDS: frozenset[str] = frozenset()
MOST_SAVED = 10
"""Saved views of everybody, and of each member for themselves: what a sidebar holds and a statement counts."""
MOST_COLUMNS = 200


@dataclass(frozen=True, slots=True)
class ConversationFilter:
    """What a list of conversations is narrowed by; None means no narrowing."""

    view: View | None = None
    status: Status | None = None
    owner: Owner | None = None
    assignee: UUID | None = None
    unassigned: bool = False
    outlet: UUID | None = None
    contact: UUID | None = None
    channel: str | None = None
    unread: bool | None = None
    last_message_from: datetime | None = None
    last_message_before: datetime | None = None
    tag: str | None = None
    sla: str | None = None
    language: str | None = None
    """Of the contact."""


def conversation_for(conversation_id: UUID, *, lock: bool = False) -> Conversation:
    """Return the conversation of this tenant or raise NotFound; `lock` holds its row until commit."""
    rows = Conversation.objects.select_for_update() if lock else Conversation.objects.select_related("outlet")
    conversation = rows.filter(id=conversation_id).first()
    if conversation is None:
        raise NotFound(_("There is no such conversation."))
    return conversation


def conversations_by_id(ids: Sequence[UUID]) -> QuerySet[Conversation]:
    """Return the conversations of this tenant that have one of these ids."""
    return Conversation.objects.filter(id__in=ids)


def message_for(message_id: UUID, *, lock: bool = False) -> Message:
    """Return the message of this tenant or raise NotFound; `lock` holds its row until commit."""
    rows = Message.objects.select_for_update() if lock else Message.objects.all()
    message = rows.filter(id=message_id).first()
    if message is None:
        raise _no_message()
    return message


def hold_message(message_id: UUID) -> Message:
    """Hold a message until commit, its conversation first, which is the order of all. Raises NotFound."""
    conversation_for(message_for(message_id).conversation_id, lock=True)
    return message_for(message_id, lock=True)


def _no_message() -> NotFound:
    return NotFound(_("There is no such message."))


def attachment_for(attachment_id: UUID) -> Attachment:
    """Return the attachment of this tenant with its file, or raise NotFound."""
    attachment = Attachment.objects.select_related("file").filter(id=attachment_id).first()
    if attachment is None:
        raise NotFound(_("There is no such file."))
    return attachment


def outlet_for(outlet_id: UUID, *, lock: bool = False) -> Outlet:
    """Return the outlet of this tenant or raise NotFound; `lock` holds its row until commit."""
    rows = Outlet.objects.select_for_update(no_key=True) if lock else Outlet.objects.all()
    outlet = rows.filter(id=outlet_id).first()
    if outlet is None:
        raise NotFound(_("There is no such outlet."))
    return outlet


def line_of(outlet: Outlet) -> Line:
    """Return how the vendor is reached for an outlet."""
    return Line(outlet.id, outlet.phone_number_id or "", outlet.access_token, outlet.graph_version)


def outlets() -> QuerySet[Outlet]:
    """Return every outlet of the tenant, oldest first."""
    return Outlet.objects.order_by("created_at", "id")


def view_condition(view: View, member_id: UUID | None, now: datetime) -> Q:
    """Return what belongs to an inbox view of this member."""
    live = Q(status__in=LIVE)
    conditions = {
        View.MINE: live & Q(assignee_id=member_id),
        View.UNASSIGNED: live & Q(assignee=None) & ~Q(owner=Owner.AI),
        View.HUMAN: live & Q(handoff_requested_at__isnull=False),
        View.AI: live & Q(owner=Owner.AI),
        View.CLOSING: live & Q(window_expires_at__gt=now, window_expires_at__lte=now + window.CLOSING_SOON),
        View.DUE: live & Q(sla_due_at__lt=now + sla.SOON),
        View.SNOOZED: Q(status=Status.SNOOZED),
        View.ALL: live,
        View.DONE: Q(status=Status.RESOLVED),
    }
    return conditions[view]


def conversations_matching(wanted: ConversationFilter, member_id: UUID | None = None) -> QuerySet[Conversation]:
    """Return the conversations of a filter; `member_id` is who "mine" means."""
    return Conversation.objects.filter(_condition(wanted, member_id))


def _condition(wanted: ConversationFilter, member_id: UUID | None) -> Q:
    exact = {
        "status": wanted.status,
        "owner": wanted.owner,
        "assignee_id": wanted.assignee,
        "outlet_id": wanted.outlet,
        "contact_id": wanted.contact,
        "outlet__channel": wanted.channel,
        "contact__language": wanted.language,
    }
    found = Q(**{name: value for name, value in exact.items() if value is not None})
    if wanted.view is not None:
        found &= view_condition(wanted.view, member_id, clocks.now())
    if wanted.unassigned:
        found &= Q(assignee=None)
    if wanted.tag is not None:
        found &= Q(tags__contains=[wanted.tag])
    if wanted.sla is not None:
        found &= _due_condition(wanted.sla, clocks.now())
    if wanted.last_message_from is not None:
        found &= Q(last_message_at__gte=wanted.last_message_from)
    if wanted.last_message_before is not None:
        found &= Q(last_message_at__lt=wanted.last_message_before)
    if wanted.unread is not None:
        found &= Q(unread_count__gt=0) if wanted.unread else Q(unread_count=0)
    return found


def _due_condition(state: str, now: datetime) -> Q:
    soon = now + sla.SOON
    conditions = {
        "none": Q(sla_due_at=None),
        "late": Q(sla_due_at__lte=now),
        "soon": Q(sla_due_at__gt=now, sla_due_at__lt=soon),
        "ok": Q(sla_due_at__gte=soon),
    }
    return conditions[state]


@dataclass(frozen=True, slots=True)
class SlaRules:
    """The tenant's promises, by what they are for."""

    rules: Mapping[tuple[UUID | None, str], sla.Rule]

    def of(self, conversation: Conversation) -> sla.Rule:
        """Return the narrowest: outlet and tag, tag, outlet, everything, the default. Of two tags the first by name."""
        outlet = conversation.outlet_id
        scopes = [(outlet, tag) for tag in conversation.tags] + [(None, tag) for tag in conversation.tags]
        found = (self.rules.get(scope) for scope in [*scopes, (outlet, ""), (None, "")])
        return next((rule for rule in found if rule is not None), sla.DEFAULT)


def sla_rules() -> SlaRules:
    """Return what is promised now; one statement."""
    return SlaRules({(row.outlet_id, row.tag): _rule(row) for row in SlaPolicy.objects.select_related("calendar")})


def _rule(row: SlaPolicy) -> sla.Rule:
    return sla.Rule(
        first_response=_minutes(row.first_response),
        next_response=_minutes(row.next_response),
        resolution=_minutes(row.resolution),
        hours=hours_of(row.calendar),
    )


def _minutes(number: int | None) -> timedelta | None:
    return None if number is None else timedelta(minutes=number)


def assignment_rules() -> dict[UUID, AssignmentRule]:
    """Return how conversations of each outlet find somebody; an outlet without a rule is not in it."""
    return {rule.outlet_id: rule for rule in AssignmentRule.objects.all()}


def assignment_shapes(ids: Sequence[UUID], *, fields: frozenset[str] = NO_FIELDS) -> list[dict[str, Any]]:  # noqa: ARG001 - it is shown whole
    """Return the rules of outlets as the API shows them. Raises NotFound for an outlet nobody has."""
    return [_assignment(outlet_for(one)) for one in ids]


def _assignment(outlet: Outlet) -> dict[str, Any]:
    rule = AssignmentRule.objects.filter(outlet=outlet).first() or AssignmentRule(outlet=outlet)
    base = f"/api/v1/outlets/{outlet.id}/"
    return {
        "mode": rule.mode,
        "silence": rule.silence,
        "_links": {"self": f"{base}assignment/", "outlet": base},
    }


def sla_policies() -> QuerySet[SlaPolicy]:
    """Return the tenant's policies; page them by `created_at`."""
    return SlaPolicy.objects.all()


def sla_policy_for(policy_id: UUID, *, lock: bool = False) -> SlaPolicy:
    """Return the policy of this tenant or raise NotFound; `lock` holds its row until commit."""
    rows = SlaPolicy.objects.select_for_update() if lock else SlaPolicy.objects.all()
    policy = rows.filter(id=policy_id).first()
    if policy is None:
        raise NotFound(_("There is no such policy."))
    return policy


def sla_policy_shapes(ids: Sequence[UUID], *, fields: frozenset[str] = NO_FIELDS) -> list[dict[str, Any]]:
    """Return policies as the API shows them, in the order of `ids`."""
    rows = SlaPolicy.objects.filter(id__in=ids).values(*shapes.SLA_POLICY.columns(fields))
    return in_order(ids, ((row["id"], shapes.SLA_POLICY.make(row, fields)) for row in rows))


def conversations_saying(asked: str, rows: QuerySet[Conversation], *, by: str) -> QuerySet[Conversation]:
    """Return those of `rows` whose contact or messages have the words; page them by `place`, the column `by`."""
    words, people = search.words_of(asked), crm.contacts_named(asked)
    texts = Message.objects.filter(search=search.query_of(words)).order_by()
    named, said = crm.is_common_name(asked), search.is_common(Message, words)
    if not named and not said:
        by_name = Conversation.objects.filter(contact_id__in=people.values("id")).order_by().values("id")
        return _placed(rows.filter(id__in=texts.values("conversation_id").union(by_name)), by, is_walked=False)
    own = search.unindexed(Message.objects.filter(conversation_id=OuterRef("id")), words)
    by_text = Q(Exists(own)) if said else Q(id__in=texts.values("conversation_id"))
    return _placed(rows.filter(Q(contact_id__in=people.values("id")) | by_text), by, is_walked=True)


def conversations_with(asked: str) -> QuerySet[Conversation]:
    """Return the conversations with people of this name, number or address; page them by `-place`."""
    rows = Conversation.objects.filter(contact_id__in=crm.contacts_named(asked).values("id"))
    return _placed(rows, "last_message_at", is_walked=crm.is_common_name(asked))


def _placed(rows: QuerySet[Conversation], by: str, *, is_walked: bool) -> QuerySet[Conversation]:
    column = F(by) if is_walked else search.unordered(by)
    return rows.annotate(**{search.PLACE: column})


def messages_saying(words: Sequence[str], *, conversation_id: UUID | None = None) -> QuerySet[Message]:
    """Return the messages and notes with these words, reactions aside; all without words. Page them by `-place`."""
    rows = Message.objects.exclude(type=MessageType.REACTION)
    if conversation_id is not None:
        rows = rows.filter(conversation_id=conversation_id)
    return search.newest_matching(rows, words, by="sent_at") if words else rows.annotate(**{search.PLACE: F("sent_at")})


def open_loads(member_ids: Sequence[UUID]) -> Mapping[UUID, int]:
    """Return how many open conversations each member is responsible for; one statement."""
    rows = Conversation.objects.filter(status=Status.OPEN, assignee_id__in=member_ids).order_by()
    return dict(rows.values_list("assignee_id").annotate(Count("id")))


def messages_of(conversation_id: UUID) -> QuerySet[Message]:
    """Return the messages of one conversation; page them by `-sent_at`."""
    return Message.objects.filter(conversation_id=conversation_id)


def view_counts(member_ids: Iterable[UUID]) -> dict[UUID, dict[str, int]]:
    """Return for each member how many conversations each view holds, and how much they were told and have not read.

    Two statements for all of them.
    """
    now = clocks.now()
    shared = {view.value: Count("id", filter=view_condition(view, None, now)) for view in View if view != View.MINE}
    shared |= {f"channel_{one}": Count("id", filter=Q(status__in=LIVE, outlet__channel=one)) for one in Channel.values}
    shared["unread"] = Count("id", filter=Q(status__in=LIVE, unread_count__gt=0))
    rows = (
        Conversation.objects.order_by()
        .values_list("assignee_id")
        .annotate(mine=Count("id", filter=Q(status__in=LIVE)), **shared)
    )
    totals = dict.fromkeys(shared, 0)
    mine: dict[UUID | None, int] = {}
    for assignee_id, live, *others in rows:
        mine[assignee_id] = live
        totals = {name: totals[name] + more for name, more in zip(shared, others, strict=True)}
    told = _unread_notifications(wanted := list(member_ids))
    return {one: {**totals, View.MINE.value: mine.get(one, 0), "notifications": told.get(one, 0)} for one in wanted}


def _unread_notifications(member_ids: Sequence[UUID]) -> dict[UUID, int]:
    rows = Notification.objects.filter(member_id__in=member_ids, read_at=None).order_by()
    return dict(rows.values_list("member_id").annotate(count=Count("id")))


def notifications_of(member_id: UUID) -> QuerySet[Notification]:
    """Return what a member was told; page it by `-created_at`."""
    return Notification.objects.filter(member_id=member_id)


def notification_for(notification_id: UUID, member_id: UUID) -> Notification:
    """Return a notification of a member. Raises NotFound, also when it is somebody else's."""
    row = notifications_of(member_id).filter(id=notification_id).first()
    if row is None:
        raise NotFound(_("There is no such notification."))
    return row


def notification_shapes(ids: Sequence[UUID], *, fields: frozenset[str] = NO_FIELDS) -> list[dict[str, Any]]:
    """Return notifications as the API shows them, in the order of `ids`; one statement."""
    rows = Notification.objects.filter(id__in=ids).values(*shapes.NOTIFICATION.columns(fields))
    return in_order(ids, ((row["id"], shapes.NOTIFICATION.make(row, fields)) for row in rows))


def preference_of(member_id: UUID) -> NotificationPreference:
    """Return what a member chose about notifications, or what holds for those who chose nothing."""
    found = NotificationPreference.objects.filter(member_id=member_id).first()
    return found or NotificationPreference(member_id=member_id)


def counts_by_assignee(wanted: Mapping[str, ConversationFilter]) -> dict[UUID | None, dict[str, int]]:
    """Return how many conversations of each filter each assignee has, None those of nobody.

    One statement for up to 200 filters, none for none.
    """
    found: dict[UUID | None, dict[str, int]] = {}
    names = list(wanted)
    for part in (names[start : start + MOST_COLUMNS] for start in range(0, len(names), MOST_COLUMNS)):
        columns = {f"n{at}": Count("id", filter=_condition(wanted[name], None)) for at, name in enumerate(part)}
        rows = Conversation.objects.order_by().values_list("assignee_id").annotate(**columns)
        for assignee_id, *counts in rows:
            found.setdefault(assignee_id, {}).update(zip(part, counts, strict=True))
    return found


def saved_views(member_id: UUID | None) -> QuerySet[SavedView]:
    """Return the saved views a member has: everybody's and their own; page them by `name`."""
    return saved_views_of([member_id] if member_id else [])


def saved_views_of(member_ids: Collection[UUID]) -> QuerySet[SavedView]:
    """Return the saved views that any of these members has."""
    return SavedView.objects.filter(Q(owner=None) | Q(owner_id__in=member_ids))


def saved_view_for(saved_view_id: UUID, member_id: UUID | None, *, lock: bool = False) -> SavedView:
    """Return a saved view this member has, or raise NotFound; `lock` holds its row until commit."""
    rows = saved_views(member_id)
    view = (rows.select_for_update(of=("self",)) if lock else rows).filter(id=saved_view_id).first()
    if view is None:
        raise NotFound(_("There is no such view."))
    return view


def saved_view_shapes(ids: Sequence[UUID], *, fields: frozenset[str] = NO_FIELDS) -> list[dict[str, Any]]:
    """Return saved views as the API shows them, in the order of `ids`."""
    rows = SavedView.objects.filter(id__in=ids).values(*shapes.SAVED_VIEW.columns(fields))
    return in_order(ids, ((row["id"], shapes.SAVED_VIEW.make(row, fields)) for row in rows))


def conversation_shapes(
    ids: Sequence[UUID], *, fields: frozenset[str] = NO_FIELDS, now: datetime | None = None
) -> list[dict[str, Any]]:
    """Return conversations as the API shows them, in the order of `ids`; one statement.

    `fields` chooses fields, and with them columns; empty means all. So for every shape here.
    """
    at = {shapes.AT: now or clocks.now()}
    rows = Conversation.objects.filter(id__in=ids).values(*shapes.CONVERSATION.columns(fields))
    return in_order(ids, ((row["id"], shapes.CONVERSATION.make(row | at, fields)) for row in rows))


def message_shapes(ids: Sequence[UUID], *, fields: frozenset[str] = NO_FIELDS) -> list[dict[str, Any]]:
    """Return messages as the API shows them, in the order of `ids`; more statements only for quotes and files."""
    rows = list(Message.objects.filter(id__in=ids).values(*shapes.MESSAGE.columns(fields)))
    quoted, files = _quoted(rows), _files(rows)
    for row in rows:
        row[shapes.QUOTED] = quoted.get(row.get("reply_to_vendor_id", ""))
        row[shapes.FILES] = files.get(row["id"], [])
    return in_order(ids, ((row["id"], shapes.MESSAGE.make(row, fields)) for row in rows))


def found_shapes(
    ids: Sequence[UUID], *, words: Sequence[str], fields: frozenset[str] = NO_FIELDS
) -> list[dict[str, Any]]:
    """Return messages as the API shows those it found: with the part of the text that has the words."""
    wanted = fields | {"text"} if fields else fields
    found = message_shapes(ids, fields=wanted - {"snippet"})
    for shape in found:
        if not fields or "snippet" in fields:
            shape["snippet"] = search.snippet(shape["text"], words)
        if fields and "text" not in fields:
            del shape["text"]
    return found


def message_status(message_id: UUID, *, fields: frozenset[str] = NO_FIELDS) -> dict[str, Any]:
    """Return how far a message has come, as the API shows it. Raises NotFound."""
    row = Message.objects.filter(id=message_id).values(*shapes.MESSAGE_STATUS.columns(fields)).first()
    if row is None:
        raise _no_message()
    return shapes.MESSAGE_STATUS.make(row, fields)


def attachment_shapes(ids: Sequence[UUID], *, fields: frozenset[str] = NO_FIELDS) -> list[dict[str, Any]]:
    """Return attachments as the API shows them, in the order of `ids`."""
    rows = Attachment.objects.filter(id__in=ids).values(*shapes.ATTACHMENT.columns(fields))
    return in_order(ids, ((row["id"], shapes.ATTACHMENT.make(row, fields)) for row in rows))


def outlet_shapes(ids: Sequence[UUID], *, fields: frozenset[str] = NO_FIELDS) -> list[dict[str, Any]]:
    """Return outlets as the API shows them, in the order of `ids`; never their tokens."""
    rows = Outlet.objects.filter(id__in=ids).values(*shapes.OUTLET.columns(fields))
    return in_order(ids, ((row["id"], shapes.OUTLET.make(row, fields)) for row in rows))


def template_shapes(ids: Sequence[UUID], *, fields: frozenset[str] = NO_FIELDS) -> list[dict[str, Any]]:
    """Return templates as the API shows them, in the order of `ids`."""
    rows = Template.objects.filter(id__in=ids).values(*shapes.TEMPLATE.columns(fields))
    return in_order(ids, ((row["id"], shapes.TEMPLATE.make(row, fields)) for row in rows))


def drafts_of(conversation_id: UUID) -> QuerySet[Draft]:
    """Return what members have typed and not sent, with their names."""
    return Draft.objects.filter(conversation_id=conversation_id).select_related("member")


def canned_replies(member_id: UUID | None) -> QuerySet[CannedReply]:
    """Return the replies a member has: everybody's and their own; page them by `shortcut`."""
    own = Q(owner_id=member_id) if member_id else Q(pk=None)
    return CannedReply.objects.filter(Q(owner=None) | own)


def canned_reply_for(canned_reply_id: UUID, member_id: UUID | None, *, lock: bool = False) -> CannedReply:
    """Return a reply this member has, or raise NotFound; `lock` holds its row until commit."""
    rows = canned_replies(member_id)
    reply = (rows.select_for_update(of=("self",)) if lock else rows).filter(id=canned_reply_id).first()
    if reply is None:
        raise NotFound(_("There is no such canned reply."))
    return reply


def canned_reply_shapes(ids: Sequence[UUID], *, fields: frozenset[str] = NO_FIELDS) -> list[dict[str, Any]]:
    """Return canned replies as the API shows them, in the order of `ids`."""
    rows = CannedReply.objects.filter(id__in=ids).values(*shapes.CANNED_REPLY.columns(fields))
    return in_order(ids, ((row["id"], shapes.CANNED_REPLY.make(row, fields)) for row in rows))


def templates_for(outlet_id: UUID) -> QuerySet[Template]:
    """Return the templates an outlet may choose from, all states, by name and language."""
    return Template.objects.filter(waba_id=outlet_for(outlet_id).waba_id).order_by("name", "language")


def templates_matching(
    *, outlet_id: UUID | None = None, name: str = "", language: str = "", status: str = ""
) -> QuerySet[Template]:
    """Return the templates of a filter; page them by `created_at`. Raises NotFound for an outlet nobody has."""
    wanted = {"name": name, "language": language, "status": status}
    if outlet_id is not None:
        wanted["waba_id"] = outlet_for(outlet_id).waba_id
    return Template.objects.filter(**{column: value for column, value in wanted.items() if value})


def changed_ticks(since: datetime, limit: int = 1000) -> list[dict[str, Any]]:
    """Return outgoing messages whose status moved at or after `since`, oldest first."""
    rows = Message.objects.filter(direction=Direction.OUT, updated_at__gte=since).order_by("updated_at", "id")
    columns = ("id", "conversation_id", "status", "failure_code", "failure_detail", "failure_retryable")
    return [tick(row) for row in rows.values(*columns)[:limit]]


def tick(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the frame that tells a message's delivery status."""
    return {
        "type": "conversation:status",
        "conversation_id": str(row["conversation_id"]),
        "message_id": str(row["id"]),
        "status": row["status"],
        "failure": shapes.failure(row),
    }


def _quoted(rows: Iterable[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    vendor_ids = {row.get("reply_to_vendor_id", "") for row in rows} - {""}
    if not vendor_ids:
        return {}
    columns = ("id", "vendor_id", "text", "type", "sender_name", "direction")
    found: Iterable[dict[str, Any]] = Message.objects.filter(vendor_id__in=vendor_ids).values(*columns)
    return {row["vendor_id"]: row for row in found}


def _files(rows: Iterable[Mapping[str, Any]]) -> dict[UUID, list[dict[str, Any]]]:
    """Return the files of messages that can have one, as the API shows them."""
    holders = [row["id"] for row in rows if row.get("type") in shapes.HOLD_FILES]
    if not holders:
        return {}
    found: dict[UUID, list[dict[str, Any]]] = {}
    columns = ("message_id", *shapes.ATTACHMENT.columns())
    for row in Attachment.objects.filter(message_id__in=holders).order_by("id").values(*columns):
        found.setdefault(row["message_id"], []).append(shapes.ATTACHMENT.make(row))
    return found


def outbox_backlog() -> dict[str, int]:
    """Return how many messages are on their way out, wait for another round, and wait for a person; one statement."""
    return Outbox.objects.aggregate(
        outbox_waiting=Count("message", filter=Q(dead_at=None, parked_at=None)),
        outbox_dead=Count("message", filter=Q(dead_at__isnull=False, parked_at=None)),
        outbox_parked=Count("message", filter=Q(parked_at__isnull=False)),
    )


def stuck_messages(limit: int) -> list[dict[str, Any]]:
    """Return the messages that wait for another round or for a person, the oldest first, without what they say."""
    rows = Outbox.objects.filter(Q(dead_at__isnull=False) | Q(parked_at__isnull=False)).order_by("message_id")
    columns = ("message_id", "message__failure_code", "rounds", "due_at", "dead_at", "parked_at")
    return list(rows.values(*columns)[:limit])
