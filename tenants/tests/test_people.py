from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

import pytest
from django.db import connections

from kernel.actors import SYSTEM
from kernel.errors import Invalid, NotFound
from kernel.events.models import Event
from kernel.ids import new_id
from kernel.tenancy import current_schema
from team.models import Member
from team.types import MemberInfo
from tenants import actions, queries
from tenants.actions import LastOwner
from tenants.enums import Role
from tenants.models import Membership, User
from tenants.scopes import ROLE_SCOPES
from tests.cast import PASSWORD, Stage


def facts() -> list[tuple[str, dict[str, str]]]:
    return list(Event.objects.order_by("seq").values_list("type", "payload"))


def add(stage: Stage, email: str = "nina@northside.example", role: str = "agent", **values: Any) -> UUID:
    return actions.add_member(tenant_id=stage.tenant.id, email=email, role=role, actor=SYSTEM, **values)


def test_added_member_is_in_both_schemas_under_one_id(northside: Stage) -> None:
    member_id = add(northside, " Nina@Northside.example ", name="Nina Soto", time_zone="America/Chicago")
    row = Membership.objects.select_related("user").get(id=member_id)
    assert (row.user.email, row.user.name, row.role, row.is_active) == (
        "nina@northside.example", "Nina Soto", "agent", True,
    )  # fmt: skip
    mirrored = Member.objects.get(id=member_id)
    assert (mirrored.user_id, mirrored.name, mirrored.time_zone) == (row.user_id, "Nina Soto", "America/Chicago")
    assert facts()[-1] == ("member.added", {"member_id": str(member_id), "role": "agent"})


def test_person_of_another_tenant_is_the_same_person_with_other_rights(northside: Stage, harbor: Stage) -> None:
    member_id = add(northside, harbor.charlie.email, role="viewer", name="Somebody Else", password="x" * 12)
    assert member_id != harbor.charlie.id
    user = User.objects.get(email=harbor.charlie.email)
    assert (user.name, user.check_password(PASSWORD)) == (harbor.charlie.name, True)
    with harbor.inside():
        assert Member.objects.get(user_id=user.id).role == Role.AGENT
        assert not Member.objects.filter(id=member_id).exists()
    assert Member.objects.get(user_id=user.id).role == Role.VIEWER


def test_adding_somebody_who_is_here_changes_nothing(northside: Stage) -> None:
    before = len(facts())
    assert add(northside, northside.alice.email, role="admin") == northside.alice.id
    assert Membership.objects.get(id=northside.alice.id).role == Role.AGENT
    assert len(facts()) == before


def test_somebody_who_left_comes_back_as_the_same_member(northside: Stage) -> None:
    actions.remove_member(member_id=northside.alice.id, actor=SYSTEM)
    assert not Member.objects.get(id=northside.alice.id).is_active
    assert add(northside, northside.alice.email, role="viewer") == northside.alice.id
    mirrored = Member.objects.get(id=northside.alice.id)
    assert (mirrored.is_active, mirrored.role) == (True, "viewer")
    assert [kind for kind, _payload in facts()[-2:]] == ["member.removed", "member.added"]


def test_changed_role_counts_at_once(northside: Stage) -> None:
    def scopes() -> frozenset[str]:
        who = queries.session_member(northside.tenant.id, northside.alice.user_id)
        assert who is not None
        return who.member.scopes

    assert scopes() == ROLE_SCOPES[Role.AGENT]
    actions.change_role(member_id=northside.alice.id, role="viewer", actor=SYSTEM)
    assert scopes() == ROLE_SCOPES[Role.VIEWER]
    assert Member.objects.get(id=northside.alice.id).role == "viewer"
    assert facts()[-1] == ("member.role_changed", {"member_id": str(northside.alice.id), "role": "viewer"})


@pytest.mark.parametrize("act", [actions.remove_member, lambda **k: actions.change_role(role="agent", **k)])
def test_last_owner_stays(northside: Stage, act: Callable[..., None]) -> None:
    owner: MemberInfo = northside.owner
    with pytest.raises(LastOwner):
        act(member_id=owner.id, actor=SYSTEM)
    row = Membership.objects.get(id=owner.id)
    assert (row.role, row.is_active) == (Role.OWNER, True)
    actions.change_role(member_id=northside.adam.id, role="owner", actor=SYSTEM)
    act(member_id=owner.id, actor=SYSTEM)


def test_two_owners_cannot_leave_at_the_same_time(committed: Callable[[str], Stage]) -> None:
    stage = committed("owners")
    actions.change_role(member_id=stage.alice.id, role="owner", actor=SYSTEM)

    def leave(member: MemberInfo) -> bool:
        try:
            actions.remove_member(member_id=member.id, actor=SYSTEM)
        except LastOwner:
            return False
        finally:
            connections.close_all()
        return True

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(leave, [stage.owner, stage.alice])) == [False, True]
    assert Membership.objects.filter(tenant_id=stage.tenant.id, role="owner", is_active=True).count() == 1


def test_personal_values_are_copied_to_every_tenant(northside: Stage, harbor: Stage) -> None:
    add(northside, harbor.charlie.email)
    user_id = harbor.charlie.user_id
    actions.update_person(user_id=user_id, changes={"name": "Carlos Stone", "language": "es", "time_zone": "UTC"})
    for stage in (northside, harbor):
        with stage.inside():
            row = Member.objects.get(user_id=user_id)
            assert (row.name, row.language, row.time_zone) == ("Carlos Stone", "es", "UTC")
    assert current_schema() == northside.schema


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": " "}, "name"), ({"name": "x" * 121}, "name"), ({"language": "fr"}, "language"),
        ({"time_zone": "Mars/Base"}, "time_zone"), ({"is_operator": "1"}, "is_operator"),
        ({"password": "x"}, "password"),
    ],
)  # fmt: skip
def test_personal_values_are_checked(northside: Stage, changes: dict[str, str], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        actions.update_person(user_id=northside.alice.user_id, changes=changes)
    assert list(refused.value.details) == [field]
    assert User.objects.get(id=northside.alice.user_id).name == northside.alice.name


@pytest.mark.parametrize("password", ["", "short", "x" * 11, "x" * 201])
def test_passwords_have_a_length(northside: Stage, password: str) -> None:
    with pytest.raises(Invalid):
        actions.change_password(user_id=northside.alice.user_id, password=password)


@pytest.mark.parametrize("email", ["", "x", "x@", "a@b", "a b@c.example", "a@c.example\n", "x" * 250 + "@c.example"])
def test_addresses_are_checked(northside: Stage, email: str) -> None:
    count = User.objects.count()
    if email.strip() == "a@c.example":
        add(northside, email)  # white space around it is a slip of the hand
        return
    with pytest.raises(Invalid):
        add(northside, email)
    assert User.objects.count() == count


def test_unknown_role_and_member(northside: Stage) -> None:
    with pytest.raises(Invalid):
        add(northside, role="king")
    with pytest.raises(NotFound):
        actions.remove_member(member_id=new_id(), actor=SYSTEM)
    with pytest.raises(NotFound):
        actions.change_password(user_id=new_id(), password=PASSWORD)


def test_operator_is_made_once(northside: Stage) -> None:
    first = actions.ensure_operator(email="Olga@redress.example", name="Olga", password=PASSWORD)
    assert actions.ensure_operator(email="olga@redress.example", name="Olga", password="another password") == first
    user = User.objects.get(id=first)
    assert (user.is_operator, user.check_password("another password")) == (True, True)
    assert not Membership.objects.filter(user_id=first).exists()
