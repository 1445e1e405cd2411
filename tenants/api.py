"""The API of API keys."""

from functools import partial
from http import HTTPStatus
from typing import Any, ClassVar, cast
from uuid import UUID

from rest_framework import serializers

from kernel.api.calls import Answer, Call, Subject, one_answer, page_answer
from kernel.api.inputs import Body, ListQuery, Moment, Text, Word
from kernel.api.operations import Caching, Operation
from kernel.api.routes import route
from kernel.api.shapes import Links, Shape
from kernel.api.views import ApiView
from kernel.clocks import rfc3339
from kernel.errors import Forbidden
from tenants import actions, queries, tickets
from tenants.scopes import SCOPES

KEY_ID = "01936f5b-4242-7515-8616-717181819191"
ADDRESSES_LIMIT = 100


class ApiKeyShape(Shape):
    """What is known of a key; never the key itself, of which only a digest is kept."""

    unversioned = ("last_used_at",)

    id = serializers.UUIDField()
    name = serializers.CharField()
    prefix = serializers.CharField(help_text="How the key begins, to tell one from another.")
    scopes = serializers.ListField(child=serializers.ChoiceField(choices=sorted(SCOPES)))
    allowed_ips = serializers.ListField(child=serializers.CharField(), help_text="Empty: from anywhere.")
    requests_per_minute = serializers.IntegerField(allow_null=True, help_text="Null follows the plan.")
    requests_per_hour = serializers.IntegerField(allow_null=True)
    expires_at = serializers.DateTimeField(allow_null=True)
    revoked_at = serializers.DateTimeField(allow_null=True)
    last_used_at = serializers.DateTimeField(allow_null=True, help_text="To the minute.")
    created_by = serializers.UUIDField(allow_null=True, help_text="The member who made it.")
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    _links = Links()

    example: ClassVar[dict[str, Any]] = {
        "id": KEY_ID,
        "name": "Website forms",
        "prefix": "rk_live_q3Xv9k",
        "scopes": ["contacts:read", "contacts:write"],
        "allowed_ips": ["203.0.113.0/24"],
        "requests_per_minute": None,
        "requests_per_hour": None,
        "expires_at": "2027-11-20T00:00:00.000Z",
        "revoked_at": None,
        "last_used_at": None,
        "created_by": "01936f5d-1111-7222-8333-444455556666",
        "created_at": "2026-11-20T15:04:05.000Z",
        "updated_at": "2026-11-20T15:04:05.000Z",
        "_links": {"self": f"/api/v1/api-keys/{KEY_ID}/"},
    }


class NewApiKeyShape(ApiKeyShape):
    """A key just made. `key` is shown this once."""

    selectable = False

    key = serializers.CharField()

    example: ClassVar[dict[str, Any]] = {
        **ApiKeyShape.example,
        "key": "rk_live_q3Xv9k0-example-of-a-key-that-is-not-one",
    }


class NewApiKeyBody(Body):
    """What the key is for and what it may do."""

    name = Text(max_length=80)
    scopes = serializers.ListField(
        child=Word(choices=sorted(SCOPES)), allow_empty=False, max_length=len(SCOPES), help_text="Of those you hold."
    )
    expires_at = Moment(required=False, allow_null=True, help_text="Null or left out: never.")
    allowed_ips = serializers.ListField(
        child=Text(max_length=50), default=list, max_length=ADDRESSES_LIMIT, help_text="Addresses or networks (CIDR)."
    )

    example: ClassVar[dict[str, Any]] = {
        "name": "Website forms",
        "scopes": ["contacts:read", "contacts:write"],
        "expires_at": "2027-11-20T00:00:00Z",
        "allowed_ips": ["203.0.113.0/24"],
    }


class TicketShape(Shape):
    """A ticket for one live connection. It is told this once."""

    selectable = False

    ticket = serializers.CharField()
    expires_at = serializers.DateTimeField(help_text="In 30 seconds.")

    example: ClassVar[dict[str, Any]] = {
        "ticket": "an-example-of-a-ticket-that-opens-nothing-0",
        "expires_at": "2026-11-20T15:04:35.000Z",
    }


class Tickets(ApiView):
    """Tickets for live connections."""

    tag = "Events"

    @Operation(
        name="createTicket",
        summary="Get a ticket for one live connection",
        scope="events:read",
        returns=TicketShape,
        status=HTTPStatus.CREATED,
        caching=Caching.NONE,
    )
    def post(self, call: Call) -> Answer:
        """For `/ws/inbox/?ticket=` (which also needs `conversations:read`) or `/api/v1/events/stream/?ticket=`.

        It stands for you, works once and for 30 seconds; what it opens ends with your session or key. A key has no
        member behind it, so its socket only watches: it may `ping` and `resume`, and shows up nowhere as present.
        """
        made = tickets.issue(cast("tickets.Proof", call.proof))
        return Answer(data={"ticket": made.ticket, "expires_at": rfc3339(made.expires_at)})


class ApiKeys(ApiView):
    """The keys of the tenant."""

    tag = "API keys"

    @Operation(
        name="listApiKeys",
        summary="List API keys",
        scope="api-keys:read",
        returns=ApiKeyShape,
        many=True,
        query=ListQuery,
    )
    def get(self, call: Call) -> Answer:
        """List keys, the newest first, revoked and expired ones too."""
        return page_answer(call, queries.api_keys(), queries.api_key_shapes, order="-created_at")

    @Operation(
        name="createApiKey",
        summary="Create an API key",
        scope="api-keys:write",
        returns=NewApiKeyShape,
        body=NewApiKeyBody,
        status=HTTPStatus.CREATED,
        errors=(Forbidden,),
        caching=Caching.NONE,
    )
    def post(self, call: Call) -> Answer:
        """Make a key; this answer is the only place where it can be read. Scopes beyond your own are refused."""
        made = actions.create_api_key(
            actor=call.principal.actor,
            grantable=call.principal.scopes,
            created_by=call.principal.member_id,
            **call.body,
        )
        (shape,) = queries.api_key_shapes([made.id])
        return Answer(data=shape | {"key": made.key}, location=shape["_links"]["self"])


class ApiKey(ApiView):
    """One key."""

    tag = "API keys"
    subject = Subject("key_id", partial(queries.api_key_for, lock=True), queries.api_key_shapes)

    @Operation(name="getApiKey", summary="Read what is known of an API key", scope="api-keys:read", returns=ApiKeyShape)
    def get(self, call: Call, key_id: UUID) -> Answer:
        """Read when it expires and was last used."""
        return one_answer(call, key_id, queries.api_key_shapes)

    @Operation(name="revokeApiKey", summary="Revoke an API key", scope="api-keys:write", returns=ApiKeyShape)
    def delete(self, call: Call, key_id: UUID) -> Answer:
        """Make the key useless for ever. It stays in the list, with the time it was revoked."""
        actions.revoke_api_key(key_id=key_id, actor=call.principal.actor)
        return one_answer(call, key_id, queries.api_key_shapes)


urlpatterns = [
    route("ws-tickets/", Tickets),
    route("api-keys/", ApiKeys),
    route("api-keys/<uuid:key_id>/", ApiKey),
]
