"""Canned replies: a list, one, and everything that is done with them."""

from dataclasses import replace
from functools import partial
from http import HTTPStatus
from typing import Any
from uuid import UUID

from conversations import actions, queries
from conversations.api.inputs import CannedReplyBody, CannedReplyChangesBody, CannedReplyQuery
from conversations.api.outputs import CannedReplyShape
from kernel.api.calls import Answer, Call, Subject, one_answer, page_answer
from kernel.api.operations import Operation
from kernel.api.principal import Principal
from kernel.api.views import ApiView
from kernel.errors import Conflict


class CannedReplies(ApiView):
    """The canned replies somebody has: everybody's and their own."""

    tag = "Canned replies"

    @Operation(
        name="listCannedReplies",
        summary="List canned replies",
        scope="canned-replies:read",
        returns=CannedReplyShape,
        many=True,
        query=CannedReplyQuery,
    )
    def get(self, call: Call) -> Answer:
        """By shortcut."""
        wanted: dict[str, Any] = {name: call.query[name] for name in ("folder",) if name in call.query}
        if "is_shared" in call.query:
            wanted["owner__isnull"] = call.query["is_shared"]
        rows = queries.canned_replies(call.principal.member_id).filter(**wanted)
        return page_answer(call, rows, queries.canned_reply_shapes, order=call.query["order"])

    @Operation(
        name="createCannedReply",
        summary="Create a canned reply",
        scope="canned-replies:write",
        returns=CannedReplyShape,
        body=CannedReplyBody,
        status=HTTPStatus.CREATED,
        errors=(Conflict,),
    )
    def post(self, call: Call) -> Answer:
        """Keep a reply. A blank nobody can fill is refused and named."""
        who = call.principal
        made = actions.create_canned_reply(member_id=who.member_id, values=call.body, actor=who.actor)
        return one_answer(call, made, queries.canned_reply_shapes, made=True)


class CannedReply(ApiView):
    """One canned reply. Somebody else's private one does not exist."""

    tag = "Canned replies"
    subject = Subject(
        "canned_reply_id", partial(queries.canned_reply_for, member_id=None, lock=True), queries.canned_reply_shapes
    )

    def subject_for(self, caller: Principal) -> Subject:
        """Return the reply as one this member has."""
        return replace(self.subject, lock=partial(queries.canned_reply_for, member_id=caller.member_id, lock=True))

    @Operation(
        name="getCannedReply", summary="Read a canned reply", scope="canned-replies:read", returns=CannedReplyShape
    )
    def get(self, call: Call, canned_reply_id: UUID) -> Answer:
        """Read one."""
        return self._one(call, canned_reply_id)

    @Operation(
        name="updateCannedReply",
        summary="Change a canned reply",
        scope="canned-replies:write",
        returns=CannedReplyShape,
        body=CannedReplyChangesBody,
        errors=(Conflict,),
    )
    def patch(self, call: Call, canned_reply_id: UUID) -> Answer:
        """Change what is given."""
        who = call.principal
        actions.update_canned_reply(
            canned_reply_id=canned_reply_id, member_id=who.member_id, changes=call.body, actor=who.actor
        )
        return self._one(call, canned_reply_id)

    @Operation(
        name="deleteCannedReply",
        summary="Delete a canned reply",
        scope="canned-replies:write",
        returns=CannedReplyShape,
    )
    def delete(self, call: Call, canned_reply_id: UUID) -> Answer:
        """Delete it; the answer shows it for the last time."""
        last, who = self._one(call, canned_reply_id), call.principal
        actions.delete_canned_reply(canned_reply_id=canned_reply_id, member_id=who.member_id, actor=who.actor)
        return last

    def _one(self, call: Call, canned_reply_id: UUID) -> Answer:
        reply = queries.canned_reply_for(canned_reply_id, call.principal.member_id)
        return one_answer(call, reply.id, queries.canned_reply_shapes)
