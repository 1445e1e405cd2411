"""The API of the people of a tenant."""

from functools import partial
from http import HTTPStatus
from typing import Any, ClassVar
from uuid import UUID

from rest_framework import serializers

from kernel.api.calls import Answer, Call, Subject, one_answer, page_answer
from kernel.api.inputs import Body, Id, ListQuery, Pattern, Text, Whole, Word
from kernel.api.operations import Caching, Operation
from kernel.api.routes import route
from kernel.api.shapes import Links, Shape
from kernel.api.views import ApiView
from kernel.errors import Conflict
from team import actions, queries
from team.enums import Availability
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
    capacity = serializers.IntegerField(
        allow_null=True, help_text="Open conversations given at most; null: any number."
    )
    availability = serializers.ChoiceField(choices=Availability.choices)
    calendar = serializers.UUIDField(allow_null=True, help_text="Working hours; null: round the clock.")
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
        "capacity": 8,
        "availability": "auto",
        "calendar": None,
        "created_at": "2026-10-01T09:00:00.000Z",
        "updated_at": "2026-10-01T09:00:00.000Z",
        "_links": {"self": f"/api/v1/members/{MEMBER_ID}/"},
    }


class MemberQuery(ListQuery):
    """How a list of members is narrowed."""

    is_active = serializers.BooleanField(required=False)


class MemberWorkBody(Body):
    """How much work a member is given, when, and whether."""

    capacity = Whole(required=False, allow_null=True, min_value=0, max_value=1000)
    availability = Word(choices=Availability.choices, required=False)
    calendar = Id(required=False, allow_null=True, source="calendar_id", help_text="Null: round the clock.")

    example: ClassVar[dict[str, Any]] = {"capacity": 8}


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
    subject = Subject("member_id", partial(queries.member_row, lock=True), queries.member_shapes)

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

    @Operation(
        name="updateMemberWork",
        summary="Change how much work a member is given, and when",
        scope="team:write",
        returns=MemberShape,
        body=MemberWorkBody,
    )
    def patch(self, call: Call, member_id: UUID) -> Answer:
        """Change some fields; what is left out stays."""
        actions.set_work(member_id=member_id, changes=call.body, actor=call.principal.actor)
        return one_answer(call, member_id, queries.member_shapes)


CALENDAR_ID = "01936f5d-5252-7626-8737-838393939303"


class DayOffShape(Shape):
    """A day on which no work is done."""

    date = serializers.DateField()
    name = serializers.CharField()


class CalendarShape(Shape):
    """Working hours on the wall of one place."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    time_zone = serializers.CharField()
    week = serializers.ListField(
        child=serializers.ListField(child=serializers.ListField(child=serializers.CharField())),
        help_text='Seven days, Monday first, each a list of spans like `["09:00", "17:00"]`.',
    )
    country = serializers.CharField(allow_null=True, help_text="Whose public holidays are days off: two letters.")
    subdivision = serializers.CharField(allow_null=True, help_text="A state of it, such as `FL`.")
    days_off = DayOffShape(many=True)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    _links = Links()

    example: ClassVar[dict[str, Any]] = {
        "id": CALENDAR_ID,
        "name": "Office",
        "time_zone": "America/New_York",
        "week": [*[[["09:00", "17:00"]]] * 5, [], []],
        "country": "US",
        "subdivision": "FL",
        "days_off": [{"date": "2026-12-24", "name": "Christmas Eve"}],
        "created_at": "2026-10-01T09:00:00.000Z",
        "updated_at": "2026-10-01T09:00:00.000Z",
        "_links": {"self": f"/api/v1/calendars/{CALENDAR_ID}/"},
    }


class DayOffBody(Body):
    """A day on which no work is done."""

    date = Pattern(r"\A[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")
    name = Text(default="", allow_blank=True, max_length=80)


class CalendarChangesBody(Body):
    """What may be changed about working hours; what is left out stays."""

    name = Text(required=False, max_length=80)
    time_zone = Text(required=False, max_length=64, help_text="A name such as America/New_York.")
    week = serializers.ListField(
        child=serializers.ListField(
            child=serializers.ListField(child=Text(max_length=5), min_length=2, max_length=2), max_length=6
        ),
        required=False,
        min_length=7,
        max_length=7,
        help_text="Seven days, Monday first; an end before its start is the next day's, `24:00` ends a day.",
    )
    country = Text(required=False, allow_blank=True, max_length=2)
    subdivision = Text(required=False, allow_blank=True, max_length=8)
    days_off = serializers.ListField(child=DayOffBody(), required=False, max_length=366)

    example: ClassVar[dict[str, Any]] = {"time_zone": "America/Chicago"}


class NewCalendarBody(CalendarChangesBody):
    """Working hours; without a week those of an office."""

    name = Text(max_length=80)

    example: ClassVar[dict[str, Any]] = {
        "name": "Evenings", "time_zone": "America/New_York", "week": [*[[["16:00", "22:00"]]] * 5, [], []],
        "country": "US", "subdivision": "FL",
    }  # fmt: skip


class Calendars(ApiView):
    """The working hours of the tenant."""

    tag = "Team"

    @Operation(
        name="listCalendars",
        summary="List working hours",
        scope="team:read",
        returns=CalendarShape,
        many=True,
        query=ListQuery,
        caching=Caching.LONG,
    )
    def get(self, call: Call) -> Answer:
        """Oldest first."""
        return page_answer(call, queries.calendars(), queries.calendar_shapes, order="created_at")

    @Operation(
        name="createCalendar",
        summary="Write down working hours",
        scope="team:write",
        returns=CalendarShape,
        body=NewCalendarBody,
        status=HTTPStatus.CREATED,
        errors=(Conflict,),
    )
    def post(self, call: Call) -> Answer:
        """Promises and people's hours can run in them."""
        calendar_id = actions.create_calendar(actor=call.principal.actor, **call.body)
        return one_answer(call, calendar_id, queries.calendar_shapes, made=True)


class Calendar(ApiView):
    """Working hours."""

    tag = "Team"
    subject = Subject("calendar_id", partial(queries.calendar_for, lock=True), queries.calendar_shapes)

    @Operation(
        name="getCalendar",
        summary="Read working hours",
        scope="team:read",
        returns=CalendarShape,
        caching=Caching.LONG,
    )
    def get(self, call: Call, calendar_id: UUID) -> Answer:
        """Read one."""
        return one_answer(call, calendar_id, queries.calendar_shapes)

    @Operation(
        name="updateCalendar",
        summary="Change working hours",
        scope="team:write",
        returns=CalendarShape,
        body=CalendarChangesBody,
        errors=(Conflict,),
    )
    def patch(self, call: Call, calendar_id: UUID) -> Answer:
        """Change some fields; due times that run in them move in a moment."""
        actions.update_calendar(calendar_id=calendar_id, changes=call.body, actor=call.principal.actor)
        return one_answer(call, calendar_id, queries.calendar_shapes)

    @Operation(
        name="deleteCalendar",
        summary="Delete working hours",
        scope="team:write",
        returns=CalendarShape,
        errors=(Conflict,),
    )
    def delete(self, call: Call, calendar_id: UUID) -> Answer:
        """Delete hours nothing uses; answers with what they were."""
        gone = one_answer(call, calendar_id, queries.calendar_shapes)
        actions.delete_calendar(calendar_id=calendar_id, actor=call.principal.actor)
        return gone


urlpatterns = [
    route("calendars/", Calendars),
    route("calendars/<uuid:calendar_id>/", Calendar),
    route("members/", Members),
    route("members/<uuid:member_id>/", Member),
    route("tenants/<slug:tenant>/users/", Members),
    route("tenants/<slug:tenant>/users/<uuid:member_id>/", Member),
]
