"""The API of the people of a tenant."""

from typing import Any, ClassVar
from uuid import UUID

from rest_framework import serializers

from kernel.api.calls import Answer, Call, one_answer, page_answer
from kernel.api.inputs import ListQuery
from kernel.api.operations import Caching, Operation
from kernel.api.routes import route
from kernel.api.shapes import Links, Shape
from kernel.api.views import ApiView
from team import queries
from tenants.enums import Role

MEMBER_ID = "01936f5d-1111-7222-8333-444455556666"


class MemberShape(Shape):
    """A person who works here, or did."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    email = serializers.CharField()
    role = serializers.ChoiceField(choices=Role.choices)
    is_active = serializers.BooleanField(help_text="False: has left.")
    language = serializers.CharField()
    time_zone = serializers.CharField(allow_null=True)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    _links = Links()

    example: ClassVar[dict[str, Any]] = {
        "id": MEMBER_ID,
        "name": "Alice Moreno",
        "email": "alice@northside.example",
        "role": "agent",
        "is_active": True,
        "language": "en",
        "time_zone": "America/New_York",
        "created_at": "2026-10-01T09:00:00.000Z",
        "updated_at": "2026-10-01T09:00:00.000Z",
        "_links": {"self": f"/api/v1/members/{MEMBER_ID}/"},
    }


class MemberQuery(ListQuery):
    """How a list of members is narrowed."""

    is_active = serializers.BooleanField(required=False)


class Members(ApiView):
    """Everybody who works here, or did."""

    tag = "Team"

    @Operation(
        name="listMembers",
        summary="List the members of the team",
        scope="team:read",
        returns=MemberShape,
        many=True,
        query=MemberQuery,
        caching=Caching.LONG,
    )
    def get(self, call: Call) -> Answer:
        """List members, the first one first."""
        rows = queries.members_matching()
        if "is_active" in call.query:
            rows = rows.filter(is_active=call.query["is_active"])
        return page_answer(call, rows, queries.member_shapes, order="created_at")


class Member(ApiView):
    """One member."""

    tag = "Team"

    @Operation(
        name="getMember",
        summary="Read a member of the team",
        scope="team:read",
        returns=MemberShape,
        caching=Caching.LONG,
    )
    def get(self, call: Call, member_id: UUID) -> Answer:
        """Read one, whether still here or not."""
        return one_answer(call, member_id, queries.member_shapes)


urlpatterns = [
    route("members/", Members),
    route("members/<uuid:member_id>/", Member),
    route("tenants/<slug:tenant>/users/", Members),
    route("tenants/<slug:tenant>/users/<uuid:member_id>/", Member),
]
