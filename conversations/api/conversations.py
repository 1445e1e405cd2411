"""Conversations: lists, one, who is responsible, who answers next, done or not."""

from collections.abc import Mapping
from functools import partial
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from conversations import actions, queries
from conversations.actions.resting import ReopenFirst
from conversations.api.inputs import ME, NOBODY, ConversationChangesBody, ConversationQuery, HandoffBody
from conversations.api.outputs import ConversationShape
from conversations.enums import Owner, Status, View
from conversations.queries import ConversationFilter
from crm.queries import contact_shapes
from kernel.actors import Actor
from kernel.api.bulk import Bulk, register
from kernel.api.bulk_api import BulkResultShape, bulk_answer, bulk_body, filters_of
from kernel.api.calls import Answer, Call, Readers, Subject, one_answer, page_answer
from kernel.api.inputs import ListQuery
from kernel.api.operations import Operation
from kernel.api.principal import Principal
from kernel.api.views import ApiView
from kernel.errors import Invalid
from kernel.search import PLACE
from team.queries import member_shapes

READERS: Readers = {"contact": contact_shapes, "assignee": member_shapes, "outlet": queries.outlet_shapes}
SUBJECT = Subject("conversation_id", partial(queries.conversation_for, lock=True), queries.conversation_shapes)
CHANGES = {Status.OPEN: actions.reopen, Status.RESOLVED: actions.resolve, Status.PENDING: actions.set_aside}


def _one(call: Call, conversation_id: UUID) -> Answer:
    return one_answer(call, conversation_id, queries.conversation_shapes, readers=READERS)


class Conversations(ApiView):
    """All conversations of the tenant."""

    tag = "Conversations"

    @Operation(
        name="listConversations",
        summary="List conversations",
        scope="conversations:read",
        returns=ConversationShape,
        many=True,
        query=ConversationQuery,
    )
    def get(self, call: Call) -> Answer:
        """Newest message first, unless ordered otherwise. Searching looks into contacts and messages, notes too."""
        rows = queries.conversations_matching(_wanted(call.principal, call.query), call.principal.member_id)
        if call.query["order"].lstrip("-") == "sla_due_at":
            rows = rows.exclude(sla_due_at=None)
        order = call.query["order"]
        if "search" in call.query:
            rows = queries.conversations_saying(call.query["search"], rows, by=order.lstrip("-"))
            order = order.replace(order.lstrip("-"), PLACE)
        return page_answer(call, rows, queries.conversation_shapes, order=order, readers=READERS)


def _wanted(caller: Principal, query: Mapping[str, Any]) -> ConversationFilter:
    assignee, view = query.get("assignee"), query.get("view")
    member_id = caller.member_id
    if member_id is None and (assignee == ME or view == View.MINE):
        raise Invalid(
            _("A key is nobody's inbox."),
            details={"view" if view == View.MINE else "assignee": [_("Needs a session.")]},
        )
    return ConversationFilter(
        view=View(view) if view else None,
        status=Status(query["status"]) if "status" in query else None,
        owner=Owner(query["owner"]) if "owner" in query else None,
        assignee=member_id if assignee == ME else assignee if isinstance(assignee, UUID) else None,
        unassigned=assignee == NOBODY,
        outlet=query.get("outlet"),
        contact=query.get("contact"),
        channel=query.get("channel"),
        unread=query.get("unread"),
        last_message_from=query.get("last_message_from"),
        last_message_before=query.get("last_message_before"),
        tag=query.get("tag"),
        sla=query.get("sla"),
    )


class ActiveOfOutlet(ApiView):
    """The conversations of one outlet that are at work."""

    tag = "Conversations"

    @Operation(
        name="listActiveConversationsOfOutlet",
        summary="List the active conversations of an outlet",
        scope="conversations:read",
        returns=ConversationShape,
        many=True,
        query=ListQuery,
    )
    def get(self, call: Call, outlet_id: UUID) -> Answer:
        """Those that are open or pending, newest message first."""
        outlet = queries.outlet_for(outlet_id)
        rows = queries.conversations_matching(ConversationFilter(view=View.ALL, outlet=outlet.id))
        return page_answer(call, rows, queries.conversation_shapes, order="-last_message_at", readers=READERS)


class Conversation(ApiView):
    """One conversation."""

    tag = "Conversations"
    subject = SUBJECT

    @Operation(
        name="getConversation",
        summary="Read a conversation",
        scope="conversations:read",
        returns=ConversationShape,
    )
    def get(self, call: Call, conversation_id: UUID) -> Answer:
        """Its messages are at `_links.messages`."""
        return _one(call, conversation_id)

    @Operation(
        name="updateConversation",
        summary="Resolve, reopen, snooze, set aside, assign or tag a conversation",
        scope="conversations:write",
        returns=ConversationShape,
        body=ConversationChangesBody,
        errors=(ReopenFirst,),
    )
    def patch(self, call: Call, conversation_id: UUID) -> Answer:
        """Resolve with `status: resolved`, reopen with `status: open`, assign with `assignee`, tag with `tags`.

        `status: snoozed` rests until `snoozed_until` or the customer's next message, `pending` until the latter.
        All changes of one request happen together or not at all. Handing over to the queue or the AI is
        `PUT .../handoff/`.
        """
        _change(conversation_id, call.body, call.principal.actor)
        return _one(call, conversation_id)


@transaction.atomic
def _change(conversation_id: UUID, body: Mapping[str, Any], actor: Actor) -> None:
    change: dict[str, Any] = {"conversation_id": conversation_id, "actor": actor}
    if body.get("status") == Status.SNOOZED:
        actions.snooze(until=body.get("snoozed_until"), **change)
    elif "status" in body:
        CHANGES[body["status"]](**change)
    if "assignee" in body:
        actions.assign(member_id=body["assignee"], **change)
    if "tags" in body:
        actions.set_tags(tags=body["tags"], **change)


def _mark_seen(conversation_id: UUID, _updates: Mapping[str, Any], actor: Actor) -> None:
    actions.mark_seen(conversation_id=conversation_id, actor=actor)


def _matching(caller: Principal, filters: Mapping[str, Any]) -> QuerySet[Any]:
    rows = queries.conversations_matching(_wanted(caller, filters), caller.member_id)
    return queries.conversations_saying(filters["search"], rows, by="active_at") if "search" in filters else rows


BULK = register(
    Bulk(
        name="conversations",
        filters=filters_of(ConversationQuery),
        updates=ConversationChangesBody,
        matching=_matching,
        existing=queries.conversations_by_id,
        hold=actions.hold_conversations,
        changes={"update": _change, "mark_seen": _mark_seen},
    )
)


class BulkConversations(ApiView):
    """Many conversations at once."""

    tag = "Conversations"

    @Operation(
        name="bulkConversations",
        summary="Change many conversations, or mark them as read",
        scope="conversations:write",
        returns=BulkResultShape,
        body=bulk_body(BULK, {"filters": {"status": "open", "unread": False}, "updates": {"status": "resolved"}}),
        may_take_longer=True,
    )
    def post(self, call: Call) -> Answer:
        """Up to 100 at once, more as a job. Each is changed or refused for itself, as by `PATCH`."""
        return bulk_answer(call, BULK)


class Handoff(ApiView):
    """Who answers a conversation next."""

    tag = "Conversations"
    subject = SUBJECT

    @Operation(
        name="handOffConversation",
        summary="Hand a conversation to the queue, the AI or a member",
        scope="conversations:write",
        returns=ConversationShape,
        body=HandoffBody,
    )
    def put(self, call: Call, conversation_id: UUID) -> Answer:
        """Hand over; in the queue it shows as asking for a human until one answers or takes over."""
        actions.hand_off(
            conversation_id=conversation_id,
            to=call.body["to"],
            reason=call.body["reason"],
            actor=call.principal.actor,
        )
        return _one(call, conversation_id)


class Seen(ApiView):
    """What was unread has been read."""

    tag = "Conversations"
    subject = SUBJECT

    @Operation(
        name="markConversationSeen",
        summary="Mark a conversation as read",
        scope="conversations:write",
        returns=ConversationShape,
    )
    def post(self, call: Call, conversation_id: UUID) -> Answer:
        """Set `unread_count` to 0."""
        actions.mark_seen(conversation_id=conversation_id, actor=call.principal.actor)
        return _one(call, conversation_id)

    @Operation(
        name="markConversationUnread",
        summary="Mark a conversation as unread",
        scope="conversations:write",
        returns=ConversationShape,
    )
    def delete(self, call: Call, conversation_id: UUID) -> Answer:
        """Set `unread_count` to 1 when it is 0, so that somebody looks at it again."""
        actions.mark_unread(conversation_id=conversation_id, actor=call.principal.actor)
        return _one(call, conversation_id)
