import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kernel.actors import SYSTEM
from kernel.errors import NotFound
from kernel.ids import new_id
from team import queries
from team.models import Member
from tenants import actions
from tests.cast import Stage


def test_active_member(northside: Stage) -> None:
    assert queries.active_member(northside.alice.id) == northside.alice
    assert queries.is_active(northside.alice.id)


def test_stranger_leaver_and_charlie_are_not_found(northside: Stage, harbor: Stage) -> None:
    actions.remove_member(member_id=northside.bob.id, actor=SYSTEM)
    for member_id in (new_id(), northside.bob.id, harbor.charlie.id):
        with pytest.raises(NotFound):
            queries.active_member(member_id)
        assert not queries.is_active(member_id)


def test_member_for_a_person(northside: Stage, harbor: Stage) -> None:
    assert queries.member_for(northside.alice.user_id) == northside.alice
    assert queries.member_for(harbor.charlie.user_id) is None
    actions.remove_member(member_id=northside.alice.id, actor=SYSTEM)
    assert queries.member_for(northside.alice.user_id) is None


def test_members_are_those_who_work_here_by_name(northside: Stage) -> None:
    actions.remove_member(member_id=northside.bob.id, actor=SYSTEM)
    names = [member.name for member in queries.members()]
    assert names == ["Adam Reyes", "Alice Moreno", "Olivia Owner", "Vera Lind"]
    assert queries.members_matching().count() == 5


def test_shapes_are_in_order_and_say_who_has_left(northside: Stage, harbor: Stage) -> None:
    actions.remove_member(member_id=northside.bob.id, actor=SYSTEM)
    shapes = queries.member_shapes([northside.vera.id, harbor.charlie.id, northside.bob.id])
    assert [(shape["id"], shape["is_active"]) for shape in shapes] == [
        (str(northside.vera.id), True), (str(northside.bob.id), False),
    ]  # fmt: skip
    assert shapes[0]["name"] == "Vera Lind"
    assert shapes[0]["role"] == "viewer"
    assert shapes[0]["_links"]["self"].endswith(f"/{northside.vera.id}/")


@pytest.mark.parametrize("count", [1, 3])
def test_shapes_cost_one_statement(northside: Stage, count: int) -> None:
    ids = list(Member.objects.values_list("id", flat=True)[:count])
    with CaptureQueriesContext(connection) as captured:
        assert len(queries.member_shapes(ids)) == count
    assert len(captured) == 1
