"""The API of events: history in order, and the way to follow it without a socket."""

from typing import Any, ClassVar

from django.utils.translation import gettext as _
from rest_framework import serializers

from kernel.actors import ActorKind
from kernel.api.calls import Answer, Call, Opened
from kernel.api.inputs import PAGE_LIMIT, PAGE_SIZE, Query
from kernel.api.operations import Caching, Operation
from kernel.api.routes import route
from kernel.api.shapes import Shape
from kernel.api.views import ApiView
from kernel.errors import Invalid
from kernel.events.reading import END, events_after, head_seq
from kernel.events.wire import RETRY, event_shape, gap, streamed
from kernel.tenancy import current_schema


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
        return Answer(data=[event_shape(event, call.fields) for event in found], next_page=more)


class StreamQuery(Query):
    """Where the stream starts."""

    after_seq = serializers.IntegerField(
        required=False,
        min_value=0,
        max_value=END,
        help_text="The last seq you have; left out: only what happens from now on. `Last-Event-ID` goes before it.",
    )
    ticket = serializers.CharField(
        required=False, max_length=100, help_text="From `POST /api/v1/ws-tickets/`, instead of a key or session."
    )


class EventStream(ApiView):
    """The history of the tenant, as it happens."""

    tag = "Events"
    takes_ticket = True

    @Operation(
        name="streamEvents",
        summary="Follow events as they happen",
        scope="events:read",
        returns=EventShape,
        streams=True,
        query=StreamQuery,
        caching=Caching.NONE,
    )
    def get(self, call: Call) -> Answer:
        """Server-sent events: each has its `seq` as id and itself as data, every event once and in order.

        A comment comes at least every 15 seconds. The stream ends within 5 seconds when the key or session does,
        after the event `end`. Open it again with `Last-Event-ID` (a browser's EventSource does) or `after_seq`. An
        event `gap` says that you know events which this history does not have: it was restored.
        """
        head = head_seq(current_schema())
        after = self._after(call, head)
        if after > head:
            return _opened(call, head, gap(head + 1, head))
        events = events_after(after, upto=head, limit=PAGE_LIMIT)
        return _opened(call, events[-1].seq if events else after, streamed(events, call.fields))

    def _after(self, call: Call, head: int) -> int:
        given = self.request.headers.get("Last-Event-ID", "")
        if not given:
            return int(call.query.get("after_seq", head))
        if not given.isascii() or not given.isdigit() or int(given) > END:
            raise Invalid(_("Some values cannot be taken."), details={"Last-Event-ID": [_("Use the id of an event.")]})
        return int(given)


def _opened(call: Call, seq: int, content: bytes) -> Answer:
    opened = Opened(content=RETRY + content, seq=seq, principal=call.principal, proof=call.proof, fields=call.fields)
    return Answer(opened=opened)


urlpatterns = [route("events/", Events), route("events/stream/", EventStream)]
