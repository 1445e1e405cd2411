"""Conversations: lists, one, who is responsible, who answers next, done or not."""

from functools import partial
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from conversations import actions, queries
from conversations.actions.resting import ReopenFirst
from conversations.api.inputs import ME, NOBODY, ConversationChangesBody, ConversationQuery, HandoffBody
from conversations.api.outputs import ConversationShape
from conversations.enums import Owner, Status, View
from conversations.queries import ConversationFilter
from crm.queries import contact_shapes
from kernel.api.calls import Answer, Call, Readers, Subject, one_answer, page_answer
from kernel.api.inputs import ListQuery
from kernel.api.operations import Operation
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
        rows = queries.conversations_matching(_wanted(call), call.principal.member_id)
        order = call.query["order"]
        if "search" in call.query:
            rows = queries.conversations_saying(call.query["search"], rows, by=order.lstrip("-"))
            order = order.replace(order.lstrip("-"), PLACE)
        return page_answer(call, rows, queries.conversation_shapes, order=order, readers=READERS)


def _wanted(call: Call) -> ConversationFilter:
    query: dict[str, Any] = dict(call.query)
    assignee, view = query.get("assignee"), query.get("view")
    member_id = call.principal.member_id
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
        tag=query.get("tag"),
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
        change: dict[str, Any] = {"conversation_id": conversation_id, "actor": call.principal.actor}
        with transaction.atomic():
            if call.body.get("status") == Status.SNOOZED:
                actions.snooze(until=call.body.get("snoozed_until"), **change)
            elif "status" in call.body:
                CHANGES[call.body["status"]](**change)
            if "assignee" in call.body:
                actions.assign(member_id=call.body["assignee"], **change)
            if "tags" in call.body:
                actions.set_tags(tags=call.body["tags"], **change)
        return _one(call, conversation_id)


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
