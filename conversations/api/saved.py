"""Saved views of the inbox: a list, one, and everything that is done with them."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from http import HTTPStatus
from typing import Any
from uuid import UUID

from conversations import actions, queries
from conversations.api.inputs import SavedViewBody, SavedViewChangesBody, SavedViewQuery
from conversations.api.outputs import SavedViewShape
from kernel.api.calls import Answer, Call, Subject, one_answer, page_answer
from kernel.api.operations import Operation
from kernel.api.principal import Principal
from kernel.api.views import ApiView
from kernel.errors import Conflict

READ, WRITE = "conversations:read", "conversations:write"


class SavedViews(ApiView):
    """The saved views somebody has: everybody's and their own."""

    tag = "Saved views"

    @Operation(
        name="listSavedViews",
        summary="List saved views",
        scope=READ,
        returns=SavedViewShape,
        many=True,
        query=SavedViewQuery,
    )
    def get(self, call: Call) -> Answer:
        """By name."""
        rows = queries.saved_views(call.principal.member_id)
        if "is_shared" in call.query:
            rows = rows.filter(owner__isnull=call.query["is_shared"])
        return page_answer(call, rows, queries.saved_view_shapes, order=call.query["order"])

    @Operation(
        name="createSavedView",
        summary="Save a view",
        scope=WRITE,
        returns=SavedViewShape,
        body=SavedViewBody,
        status=HTTPStatus.CREATED,
        errors=(Conflict,),
    )
    def post(self, call: Call) -> Answer:
        """Keep filters of the inbox under a name: at most 10 for everybody, and 10 of each member's own."""
        who = call.principal
        made = actions.create_saved_view(member_id=who.member_id, values=_words(call.body), actor=who.actor)
        return one_answer(call, made, queries.saved_view_shapes, made=True)


class SavedView(ApiView):
    """One saved view. Somebody else's private one does not exist."""

    tag = "Saved views"
    subject = Subject(
        "saved_view_id", partial(queries.saved_view_for, member_id=None, lock=True), queries.saved_view_shapes
    )

    def subject_for(self, caller: Principal) -> Subject:
        """Return the view as one this member has."""
        return replace(self.subject, lock=partial(queries.saved_view_for, member_id=caller.member_id, lock=True))

    @Operation(name="getSavedView", summary="Read a saved view", scope=READ, returns=SavedViewShape)
    def get(self, call: Call, saved_view_id: UUID) -> Answer:
        """Read one."""
        return self._one(call, saved_view_id)

    @Operation(
        name="updateSavedView",
        summary="Change a saved view",
        scope=WRITE,
        returns=SavedViewShape,
        body=SavedViewChangesBody,
        errors=(Conflict,),
    )
    def patch(self, call: Call, saved_view_id: UUID) -> Answer:
        """Change what is given; `filters` takes the place of all it had."""
        who = call.principal
        actions.update_saved_view(
            saved_view_id=saved_view_id, member_id=who.member_id, changes=_words(call.body), actor=who.actor
        )
        return self._one(call, saved_view_id)

    @Operation(name="deleteSavedView", summary="Delete a saved view", scope=WRITE, returns=SavedViewShape)
    def delete(self, call: Call, saved_view_id: UUID) -> Answer:
        """Delete it; the answer shows it for the last time."""
        last, who = self._one(call, saved_view_id), call.principal
        actions.delete_saved_view(saved_view_id=saved_view_id, member_id=who.member_id, actor=who.actor)
        return last

    def _one(self, call: Call, saved_view_id: UUID) -> Answer:
        view = queries.saved_view_for(saved_view_id, call.principal.member_id)
        return one_answer(call, view.id, queries.saved_view_shapes)


def _words(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return a body with its filters as words, which is how an address and a row hold them."""
    given = dict(body)
    if "filters" in given:
        given["filters"] = {name: str(value) for name, value in given["filters"].items()}
    return given
