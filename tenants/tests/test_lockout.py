from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kernel import redis
from tenants import lockout
from tenants.lockout import LOCKED_FOR, TRIES, TRIES_OF_ADDRESS, count_try, forgive
from tests.cast import Stage

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)


def tries(count: int, *, schema: str = "t_a", email: str = "a@x.example", address: str = "") -> list[int | None]:
    """Return the tries left after each attempt, None for a refused one."""
    answers = [count_try(schema, email, address or f"192.0.2.{n}", NOW) for n in range(count)]
    return [None if one.locked_until else one.tries_left for one in answers]


def test_five_tries_then_locked() -> None:
    assert tries(7) == [4, 3, 2, 1, 0, None, None]


def test_lock_ends_fifteen_minutes_after_the_fifth_try() -> None:
    tries(5)
    until = count_try("t_a", "a@x.example", "192.0.2.9", NOW).locked_until
    assert until is not None
    assert timedelta(seconds=-2) < until - (NOW + LOCKED_FOR) <= timedelta()


def test_attempts_while_locked_do_not_make_it_longer() -> None:
    tries(5)
    person = lockout._keys("t_a", "a@x.example", "")[0]
    redis.client().pexpire(person, 1000)
    assert tries(3) == [None, None, None]
    assert 0 < redis.client().pttl(person) <= 1000


def test_after_the_lock_there_are_five_tries_again() -> None:
    tries(6)
    redis.client().delete(lockout._keys("t_a", "a@x.example", "")[0])
    assert tries(1) == [4]


def test_tenants_and_people_are_counted_apart() -> None:
    tries(6)
    assert tries(1, schema="t_b") == [4]
    assert tries(1, email="b@x.example") == [4]


@pytest.mark.parametrize("email", ["A@X.example", " a@x.example "])
def test_one_person_is_one_person_however_written(email: str) -> None:
    tries(4)
    assert tries(2, email=email) == [0, None]


def test_one_address_cannot_try_many_people() -> None:
    answers = [
        count_try("t_a", f"{n}@x.example", "192.0.2.1", NOW).locked_until is None for n in range(TRIES_OF_ADDRESS + 3)
    ]
    assert answers == [True] * TRIES_OF_ADDRESS + [False] * 3


def test_right_passwords_do_not_fill_the_address() -> None:
    for n in range(TRIES_OF_ADDRESS * 2):
        assert count_try("t_a", f"{n}@x.example", "192.0.2.1", NOW).locked_until is None
        forgive("t_a", f"{n}@x.example", "192.0.2.1")


def test_redis_holds_no_personal_data(northside: Stage) -> None:
    tries(1, email="maria@x.example", address="203.0.113.77")
    names = str(redis.client().keys("*"))
    assert "sign-in" in names
    assert "maria" not in names
    assert "203.0.113" not in names


@given(st.lists(st.booleans(), max_size=25))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_counting_follows_its_model(outcomes: list[bool]) -> None:
    redis.client().flushdb()
    wrong = 0
    for right in outcomes:
        counted = count_try("t_a", "a@x.example", "192.0.2.1", NOW)
        wrong += 1
        assert (counted.locked_until is not None) == (wrong > TRIES)
        assert counted.tries_left == max(TRIES - wrong, 0)
        if right and counted.locked_until is None:
            forgive("t_a", "a@x.example", "192.0.2.1")
            wrong = 0
