"""The API of events: history in order, and the way to follow it without a socket."""

from typing import Any, ClassVar

from rest_framework import serializers

from kernel.actors import ActorKind
from kernel.api.calls import Answer, Call
from kernel.api.inputs import PAGE_LIMIT, PAGE_SIZE, Query
from kernel.api.operations import Operation
from kernel.api.routes import route
from kernel.api.shapes import Shape
from kernel.api.views import ApiView
from kernel.clocks import rfc3339
from kernel.events.base import Recorded
from kernel.events.reading import END, events_after


class ActorShape(Shape):
    """Who did it."""

    kind = serializers.ChoiceField(choices=[kind.value for kind in ActorKind])
    id = serializers.CharField()


class EventShape(Shape):
    """A fact of the past: ids and words, no personal data."""

    seq = serializers.IntegerField(help_text="Its place in the tenant's history, without gaps.")
    type = serializers.CharField()
    version = serializers.IntegerField(help_text="Of the payload's form.")
    subject = serializers.CharField(help_text="What it is about: `conversation:<id>`.")
    actor = ActorShape()
    payload = serializers.DictField()
    occurred_at = serializers.DateTimeField()
    recorded_at = serializers.DateTimeField()
    correlation_id = serializers.CharField(help_text="The request or task that started it.")
    cause = serializers.IntegerField(allow_null=True, help_text="Seq of the event this one was a reaction to.")

    example: ClassVar[dict[str, Any]] = {
        "seq": 4711,
        "type": "conversation.completed",
        "version": 1,
        "subject": "conversation:01936f5e-8c1a-7b3e-9d2f-4a5b6c7d8e9f",
        "actor": {"kind": "member", "id": "01936f5d-1111-7222-8333-444455556666"},
        "payload": {
            "conversation_id": "01936f5e-8c1a-7b3e-9d2f-4a5b6c7d8e9f",
            "status": "resolved",
            "owner": "human",
            "assignee_id": "01936f5d-1111-7222-8333-444455556666",
        },
        "occurred_at": "2026-11-20T15:04:05.000Z",
        "recorded_at": "2026-11-20T15:04:05.012Z",
        "correlation_id": "01936f5e-9a40-7c11-8a55-0b1c2d3e4f50",
        "cause": None,
    }


class EventQuery(Query):
    """Where to go on."""

    after_seq = serializers.IntegerField(default=0, min_value=0, max_value=END, help_text="The last seq you have.")
    limit = serializers.IntegerField(default=PAGE_SIZE, min_value=1, max_value=PAGE_LIMIT)


class Events(ApiView):
    """The history of the tenant."""

    tag = "Events"

    @Operation(
        name="listEvents",
        summary="List events after a place in history",
        scope="events:read",
        returns=EventShape,
        many=True,
        query=EventQuery,
    )
    def get(self, call: Call) -> Answer:
        """List what happened, oldest first. Ask again with the last `seq` as `after_seq`; an empty list is the end."""
        limit = call.query["limit"]
        found = events_after(call.query["after_seq"], limit=limit)
        more = {"after_seq": str(found[-1].seq)} if len(found) == limit else {}
        return Answer(data=[_shape(event, call.fields) for event in found], next_page=more)


def _shape(event: Recorded, fields: frozenset[str]) -> dict[str, Any]:
    shape = {
        "seq": event.seq,
        "type": event.type,
        "version": event.version,
        "subject": event.subject,
        "actor": {"kind": event.actor.kind, "id": event.actor.id},
        "payload": event.payload,
        "occurred_at": rfc3339(event.occurred_at),
        "recorded_at": rfc3339(event.recorded_at),
        "correlation_id": event.correlation_id,
        "cause": event.cause,
    }
    return {name: value for name, value in shape.items() if not fields or name in fields}


urlpatterns = [route("events/", Events)]
