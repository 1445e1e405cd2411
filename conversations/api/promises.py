"""Service: what is promised to customers, and how their conversations find somebody."""

from functools import partial
from http import HTTPStatus
from uuid import UUID

from conversations import actions, queries
from conversations.api.inputs import AssignmentBody, NewSlaPolicyBody, SlaPolicyChangesBody
from conversations.api.outputs import AssignmentShape, SlaPolicyShape
from kernel.api.calls import Answer, Call, Subject, one_answer, page_answer
from kernel.api.inputs import ListQuery
from kernel.api.operations import Caching, Operation
from kernel.api.views import ApiView
from kernel.errors import Conflict, NotFound


class SlaPolicies(ApiView):
    """All policies of the tenant."""

    tag = "Promises"

    @Operation(
        name="listSlaPolicies",
        summary="List what is promised",
        scope="outlets:read",
        returns=SlaPolicyShape,
        many=True,
        query=ListQuery,
        caching=Caching.LONG,
    )
    def get(self, call: Call) -> Answer:
        """Oldest first. Where none fits, an hour for each answer is promised, round the clock."""
        return page_answer(call, queries.sla_policies(), queries.sla_policy_shapes, order="created_at")

    @Operation(
        name="createSlaPolicy",
        summary="Promise something",
        scope="outlets:write",
        returns=SlaPolicyShape,
        body=NewSlaPolicyBody,
        status=HTTPStatus.CREATED,
        errors=(Conflict, NotFound),
    )
    def post(self, call: Call) -> Answer:
        """One policy for each pair of outlet and tag. Due times follow in a moment."""
        policy_id = actions.create_sla_policy(actor=call.principal.actor, **call.body)
        return one_answer(call, policy_id, queries.sla_policy_shapes, made=True)


class SlaPolicy(ApiView):
    """One policy."""

    tag = "Promises"
    subject = Subject("policy_id", partial(queries.sla_policy_for, lock=True), queries.sla_policy_shapes)

    @Operation(
        name="getSlaPolicy",
        summary="Read a policy",
        scope="outlets:read",
        returns=SlaPolicyShape,
        caching=Caching.LONG,
    )
    def get(self, call: Call, policy_id: UUID) -> Answer:
        """Read one."""
        return one_answer(call, policy_id, queries.sla_policy_shapes)

    @Operation(
        name="updateSlaPolicy",
        summary="Change a policy",
        scope="outlets:write",
        returns=SlaPolicyShape,
        body=SlaPolicyChangesBody,
        errors=(Conflict,),
    )
    def patch(self, call: Call, policy_id: UUID) -> Answer:
        """Change some fields; due times follow in a moment."""
        actions.update_sla_policy(policy_id=policy_id, changes=call.body, actor=call.principal.actor)
        return one_answer(call, policy_id, queries.sla_policy_shapes)

    @Operation(
        name="deleteSlaPolicy",
        summary="Take a policy back",
        scope="outlets:write",
        returns=SlaPolicyShape,
    )
    def delete(self, call: Call, policy_id: UUID) -> Answer:
        """Delete it; what it covered falls to the next wider policy. Answers with what it was."""
        gone = one_answer(call, policy_id, queries.sla_policy_shapes)
        actions.delete_sla_policy(policy_id=policy_id, actor=call.principal.actor)
        return gone


class Assignment(ApiView):
    """How conversations of an outlet find somebody."""

    tag = "Outlets"
    subject = Subject("outlet_id", partial(queries.outlet_for, lock=True), queries.assignment_shapes)

    @Operation(
        name="getOutletAssignment",
        summary="Read how conversations of an outlet find somebody",
        scope="outlets:read",
        returns=AssignmentShape,
    )
    def get(self, call: Call, outlet_id: UUID) -> Answer:
        """Read the rule; an outlet without one leaves it to people."""
        return one_answer(call, outlet_id, queries.assignment_shapes)

    @Operation(
        name="setOutletAssignment",
        summary="Say how conversations of an outlet find somebody",
        scope="outlets:write",
        returns=AssignmentShape,
        body=AssignmentBody,
    )
    def put(self, call: Call, outlet_id: UUID) -> Answer:
        """Give in turn to members online, within their hours and below their capacity, or leave it to people."""
        actions.set_assignment_rule(outlet_id=outlet_id, actor=call.principal.actor, **call.body)
        return one_answer(call, outlet_id, queries.assignment_shapes)
