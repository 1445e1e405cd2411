import pytest

from tests.api.world import World, build_world
from tests.cast import Stage


@pytest.fixture
def world(northside: Stage) -> World:
    return build_world(northside)


@pytest.fixture
def foreign(harbor: Stage) -> World:
    return build_world(harbor, "+16175550188")
