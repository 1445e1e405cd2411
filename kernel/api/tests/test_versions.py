"""An operation that ends, in a product in which none does yet."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import override_settings
from django.urls import include, path
from rest_framework import serializers

from config.urls_api import urlpatterns as product
from kernel import clocks
from kernel.api.calls import Answer, Call
from kernel.api.inputs import ListQuery
from kernel.api.operations import Operation
from kernel.api.routes import route
from kernel.api.schema import Generator
from kernel.api.shapes import Shape
from kernel.api.versions import NOTICE, Ending
from kernel.api.views import ApiView

SINCE = datetime(2026, 6, 1, tzinfo=UTC)
SUNSET = datetime(2026, 12, 24, 12, 30, tzinfo=UTC)
ENDING = Ending(since=SINCE, sunset=SUNSET, successor="/api/v2/things/{thing_id}/")


class ThingShape(Shape):
    """A thing."""

    name = serializers.CharField()


class Thing(ApiView):
    """A thing of the old version."""

    tag = "Things"

    @Operation(name="getTestThing", summary="Read", scope="contacts:read", returns=ThingShape, ending=ENDING)
    def get(self, _call: Call, thing_id: int) -> Answer:
        """Read it."""
        return Answer(data={"name": str(thing_id)})


class Things(ApiView):
    """Things of the old version."""

    tag = "Things"

    @Operation(
        name="listTestThings2", summary="List", scope="contacts:read", returns=ThingShape, many=True, query=ListQuery,
        ending=Ending(since=SINCE, sunset=SUNSET, successor="/api/v2/things/"),
    )  # fmt: skip
    def get(self, _call: Call) -> Answer:
        """List them."""
        return Answer(data=[], pagination={"limit": 50, "next_cursor": "abc", "previous_cursor": None})


urlpatterns = [
    path(
        "api/v1/",
        include([route("things/<int:thing_id>/", Thing), route("things/", Things), *product]),
    ),
]
handler404 = "tenants.views.not_found"


@pytest.fixture
def program(northside):
    with override_settings(ROOT_URLCONF=__name__):
        yield northside.client(key=northside.api_key)


@pytest.fixture
def at(monkeypatch):
    return lambda now: monkeypatch.setattr(clocks, "now", lambda: now)


def test_operation_that_ends_works_and_says_until_when(program, at):
    at(SUNSET - timedelta(seconds=1))
    answer = program.get("/api/v1/things/7/")

    assert (answer.status_code, answer.json()["data"]) == (200, {"name": "7"})
    assert answer["Deprecation"] == "@1780272000"
    assert answer["Sunset"] == "Thu, 24 Dec 2026 12:30:00 GMT"
    assert answer["Link"] == (
        '</api/v2/things/7/>; rel="successor-version", </developers/>; rel="deprecation", </developers/>; rel="sunset"'
    )


def test_pages_keep_their_links(program, at):
    at(SUNSET - timedelta(days=1))
    links = program.get("/api/v1/things/")["Link"]

    assert links.startswith('</api/v1/things/?cursor=abc>; rel="next", </api/v2/things/>; rel="successor-version"')


def test_refusals_say_it_too(program, northside, at):
    at(SUNSET - timedelta(days=1))
    answer = northside.client().get("/api/v1/things/7/")

    assert (answer.status_code, answer["Sunset"]) == (401, "Thu, 24 Dec 2026 12:30:00 GMT")


@pytest.mark.parametrize("key", [True, False])
def test_after_its_day_it_is_gone_and_names_its_successor(program, northside, at, key):
    at(SUNSET)
    client = program if key else northside.client()
    answer = client.get("/api/v1/things/7/")

    assert (answer.status_code, answer.json()["error"]["code"]) == (410, "GONE")
    assert '</api/v2/things/7/>; rel="successor-version"' in answer["Link"]


def test_description_tells_that_it_ends():
    described = Generator(urlconf=__name__).get_schema(public=True)["paths"]["/api/v1/things/{thing_id}/"]["get"]

    assert described["deprecated"] is True
    assert "410" in described["responses"]


def test_others_say_nothing_of_an_end(program):
    answer = program.get("/api/v1/contacts/")

    assert not {"Deprecation", "Sunset"} & set(answer.headers)


@pytest.mark.parametrize("address", ["/api/v2/contacts/", "/api/v0/", "/api/v2", "/api/", "/api/v10/contacts/7/"])
@pytest.mark.parametrize("host", ["northside.localhost:8000", "localhost:8000"])
def test_version_that_does_not_exist_is_an_envelope(northside, client, address, host):
    for method in ("get", "post"):
        answer = getattr(client, method)(address, HTTP_HOST=host)
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "NOT_FOUND")
        assert answer["Content-Type"] == "application/json"


def test_nobody_ends_anything_with_less_than_six_months_of_notice():
    with pytest.raises(ValueError, match="182"):
        Ending(since=SINCE, sunset=SINCE + NOTICE - timedelta(days=1), successor="/api/v2/")
