"""The API of API keys."""

from functools import partial
from http import HTTPStatus
from typing import Any, ClassVar, cast
from uuid import UUID

from django.conf import settings
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
from tenants.enums import Plan, TenantStatus
from tenants.scopes import SCOPES

TENANT_ID = "01936f5a-0101-7101-8101-010101010101"
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


class TenantShape(Shape):
    """A business and what it has decided about itself."""

    id = serializers.UUIDField()
    slug = serializers.CharField(help_text="Its host is `<slug>.<site>`.")
    name = serializers.CharField()
    plan = serializers.ChoiceField(choices=Plan.choices)
    status = serializers.ChoiceField(choices=TenantStatus.choices)
    language = serializers.CharField()
    time_zone = serializers.CharField()
    allowed_origins = serializers.ListField(
        child=serializers.CharField(), help_text="Sites whose pages may call the API from a browser (CORS)."
    )
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    _links = Links()

    example: ClassVar[dict[str, Any]] = {
        "id": TENANT_ID,
        "slug": "northside",
        "name": "Northside Credit",
        "plan": "growth",
        "status": "active",
        "language": "en",
        "time_zone": "America/New_York",
        "allowed_origins": ["https://www.northside.example"],
        "created_at": "2026-10-01T09:00:00.000Z",
        "updated_at": "2026-10-01T09:00:00.000Z",
        "_links": {
            "self": f"/api/v1/tenants/{TENANT_ID}/",
            "outlets": f"/api/v1/tenants/{TENANT_ID}/outlets/",
            "users": f"/api/v1/tenants/{TENANT_ID}/users/",
        },
    }


class TenantChangesBody(Body):
    """What may be changed; what is left out stays."""

    name = Text(required=False, max_length=120)
    language = Word(choices=settings.LANGUAGES, required=False, help_text="Of new people.")
    time_zone = Text(required=False, max_length=64, help_text="A name such as America/New_York.")
    allowed_origins = serializers.ListField(
        child=Text(max_length=270),
        required=False,
        max_length=20,
        help_text="Scheme and host: `https://www.example.com`. HTTPS, except on localhost.",
    )

    example: ClassVar[dict[str, Any]] = {"allowed_origins": ["https://www.northside.example"]}


class Tenant(ApiView):
    """The tenant the request is for."""

    tag = "Tenants"
    subject = Subject("", partial(queries.tenant_for, lock=True), queries.tenant_shapes)

    def subject_id(self) -> UUID:
        """Return the id of the current tenant: the address may name it by its slug."""
        return queries.current_tenant().id

    @Operation(
        name="getTenant",
        summary="Read the tenant",
        scope="settings:read",
        returns=TenantShape,
        caching=Caching.LONG,
    )
    def get(self, call: Call) -> Answer:
        """By its slug or id; any other one does not exist for you."""
        return one_answer(call, self.subject_id(), queries.tenant_shapes)

    @Operation(
        name="updateTenant",
        summary="Change the tenant's settings",
        scope="settings:write",
        returns=TenantShape,
        body=TenantChangesBody,
    )
    def patch(self, call: Call) -> Answer:
        """Change some settings; they hold everywhere within a second."""
        actions.update_tenant(tenant_id=self.subject_id(), changes=call.body, actor=call.principal.actor)
        return one_answer(call, self.subject_id(), queries.tenant_shapes)


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
    route("tenants/<slug:tenant>/", Tenant),
    route("ws-tickets/", Tickets),
    route("api-keys/", ApiKeys),
    route("api-keys/<uuid:key_id>/", ApiKey),
]
