"""Outlets: the lines of a tenant."""

from functools import partial
from http import HTTPStatus
from uuid import UUID

from conversations import actions, queries
from conversations.api.inputs import NewOutletBody, OutletChangesBody
from conversations.api.outputs import OutletShape
from kernel.api.calls import Answer, Call, Subject, one_answer, page_answer
from kernel.api.inputs import ListQuery
from kernel.api.operations import Caching, Operation
from kernel.api.views import ApiView
from kernel.errors import Conflict


class Outlets(ApiView):
    """All outlets of the tenant."""

    tag = "Outlets"

    @Operation(
        name="listOutlets",
        summary="List outlets",
        scope="outlets:read",
        returns=OutletShape,
        many=True,
        query=ListQuery,
        caching=Caching.LONG,
    )
    def get(self, call: Call) -> Answer:
        """Oldest first."""
        return page_answer(call, queries.outlets(), queries.outlet_shapes, order="created_at")

    @Operation(
        name="createOutlet",
        summary="Connect a WhatsApp number",
        scope="outlets:write",
        returns=OutletShape,
        body=NewOutletBody,
        status=HTTPStatus.CREATED,
        errors=(Conflict,),
    )
    def post(self, call: Call) -> Answer:
        """Connect a number, which can be connected once in the whole installation."""
        outlet_id = actions.create_outlet(actor=call.principal.actor, **call.body)
        return one_answer(call, outlet_id, queries.outlet_shapes, made=True)


class Outlet(ApiView):
    """One outlet."""

    tag = "Outlets"
    subject = Subject("outlet_id", partial(queries.outlet_for, lock=True), queries.outlet_shapes)

    @Operation(
        name="getOutlet",
        summary="Read an outlet",
        scope="outlets:read",
        returns=OutletShape,
        caching=Caching.LONG,
    )
    def get(self, call: Call, outlet_id: UUID) -> Answer:
        """`status` tells whether it can send."""
        return one_answer(call, outlet_id, queries.outlet_shapes)

    @Operation(
        name="updateOutlet",
        summary="Change an outlet",
        scope="outlets:write",
        returns=OutletShape,
        body=OutletChangesBody,
        errors=(Conflict,),
    )
    def patch(self, call: Call, outlet_id: UUID) -> Answer:
        """Change some fields; a new access token starts a stopped outlet again."""
        actions.update_outlet(outlet_id=outlet_id, changes=call.body, actor=call.principal.actor)
        return one_answer(call, outlet_id, queries.outlet_shapes)
