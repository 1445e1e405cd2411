import time
from datetime import UTC, datetime
from statistics import median

import pytest
from pytest_django import Settings

from kernel.actors import SYSTEM
from kernel.events.models import Event
from kernel.tenancy import PUBLIC, tenant_context
from tenants import actions
from tenants.models import User
from tenants.types import SignIn
from tests.cast import PASSWORD, Stage

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)


def attempt(stage: Stage, email: str = "", password: str = PASSWORD, address: str = "192.0.2.1") -> SignIn:
    with tenant_context(PUBLIC):
        return actions.sign_in(
            tenant=stage.tenant, email=email or stage.alice.email, password=password, address=address, now=NOW
        )


def test_right_password_gives_the_member_and_leaves_a_fact(northside: Stage) -> None:
    outcome = attempt(northside, email=f" {northside.alice.email.upper()} ")
    assert outcome.member is not None
    assert outcome.member.member == northside.alice
    assert outcome.locked_until is None
    event = Event.objects.order_by("-seq")[0]
    assert (event.type, event.actor_kind, event.actor_id) == ("member.signed_in", "member", str(northside.alice.id))
    assert event.payload == {"member_id": str(northside.alice.id)}
    assert User.objects.get(id=northside.alice.user_id).last_login == NOW


def test_wrong_password_counts_down_and_locks_even_the_right_one(northside: Stage) -> None:
    before = Event.objects.count()
    assert [attempt(northside, password="wrong").tries_left for _try in range(4)] == [4, 3, 2, 1]
    fifth = attempt(northside, password="wrong")
    assert (fifth.member, fifth.tries_left) == (None, 0)
    assert fifth.locked_until is not None
    sixth = attempt(northside)
    assert sixth.member is None
    assert sixth.locked_until is not None
    assert Event.objects.count() == before


def test_right_password_forgives_earlier_slips(northside: Stage) -> None:
    for _round in range(3):
        for _slip in range(4):
            attempt(northside, password="wrong")
        assert attempt(northside).member is not None


@pytest.mark.parametrize(
    "email", ["nobody@northside.example", "charlie@harbor.example", "", "no address", "a\x00b@x.example", "x" * 5000]
)
def test_unknown_and_foreign_people_look_like_a_wrong_password(northside: Stage, harbor: Stage, email: str) -> None:
    outcomes = [attempt(northside, email=email or " ") for _try in range(3)]
    assert outcomes == [SignIn(tries_left=left) for left in (4, 3, 2)]


def test_removed_and_inactive_people_cannot_come_in(northside: Stage) -> None:
    actions.remove_member(member_id=northside.alice.id, actor=SYSTEM)
    assert attempt(northside).member is None
    User.objects.filter(id=northside.bob.user_id).update(is_active=False)
    assert attempt(northside, email=northside.bob.email).member is None


def test_person_without_a_password_cannot_come_in(northside: Stage) -> None:
    actions.add_member(tenant_id=northside.tenant.id, email="new@northside.example", role="agent", actor=SYSTEM)
    for password in ("", "!", PASSWORD):
        assert attempt(northside, email="new@northside.example", password=password).member is None


def test_overlong_password_is_wrong(northside: Stage) -> None:
    assert attempt(northside, password=PASSWORD + "x" * 1_000_000).member is None


def test_unknown_people_take_as_long_as_known_ones(northside: Stage, settings: Settings) -> None:
    people = (northside.alice, northside.bob, northside.vera)
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]  # as in production: slow
    for one in people:
        actions.change_password(user_id=one.user_id, password=PASSWORD)

    def seconds(email: str, address: str) -> float:
        started = time.perf_counter()
        attempt(northside, email=email, password="wrong", address=address)
        return time.perf_counter() - started

    known = [seconds(one.email, f"192.0.2.{n}") for n, one in enumerate(people)]
    unknown = [seconds(f"nobody-{n}@x.example", f"198.51.100.{n}") for n in range(3)]
    assert 0.4 < median(unknown) / median(known) < 2.5


def test_sign_out_leaves_a_fact(northside: Stage) -> None:
    with tenant_context(PUBLIC):
        actions.sign_out(tenant=northside.tenant, member=northside.alice, now=NOW)
    event = Event.objects.order_by("-seq")[0]
    assert (event.type, event.actor_id, event.occurred_at) == ("member.signed_out", str(northside.alice.id), NOW)
