import pytest
from django.urls import Resolver404, URLResolver
from django.urls.resolvers import RegexPattern

from kernel.api.routes import route
from kernel.api.views import ApiView


class Thing(ApiView):
    pass


RESOLVER = URLResolver(RegexPattern(r"^/"), [route("things/", Thing), route("things/<uuid:thing_id>/parts/", Thing)])
ID = "01936f5e-8c1a-7b3e-9d2f-4a5b6c7d8e9f"


@pytest.mark.parametrize("path", ["/things/", "/things", f"/things/{ID}/parts/", f"/things/{ID}/parts"])
def test_route_matches_with_and_without_its_last_slash(path):
    assert RESOLVER.resolve(path).func.cls is Thing


@pytest.mark.parametrize(
    "path", ["/thing", "/things//", "/things/x/parts/", f"/things/{ID}", "/things/\n", "/things\n", "/thingsparts", "/"]
)
def test_route_matches_nothing_else(path):
    with pytest.raises(Resolver404):
        RESOLVER.resolve(path)
