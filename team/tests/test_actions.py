from dataclasses import replace

from team.actions import sync_member
from team.models import Member
from team.queries import active_member
from tests.cast import Stage


def test_sync_makes_and_follows_a_member(northside: Stage, harbor: Stage) -> None:
    changed = replace(northside.alice, name="Alice M. Moreno", role="admin", language="es", time_zone="UTC")
    sync_member(changed, is_active=True)
    row = Member.objects.get(id=northside.alice.id)
    assert (row.name, row.role, row.language, row.time_zone, row.is_active) == (
        "Alice M. Moreno", "admin", "es", "UTC", True,
    )  # fmt: skip
    assert active_member(northside.alice.id).scopes > northside.alice.scopes
    with harbor.inside():
        assert not Member.objects.filter(id=northside.alice.id).exists()


def test_sync_keeps_who_has_left(northside: Stage) -> None:
    sync_member(northside.alice, is_active=False)
    row = Member.objects.get(id=northside.alice.id)
    assert (row.is_active, row.name) == (False, northside.alice.name)


def test_every_change_of_a_membership_arrives(northside: Stage) -> None:
    from team.apps import TeamConfig  # noqa: PLC0415
    from tenants import mirrors  # noqa: PLC0415

    assert TeamConfig.name == "team"
    assert mirrors._mirrors == [sync_member]
