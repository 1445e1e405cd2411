import subprocess
import sys
import time
from collections.abc import Callable
from threading import Barrier, Thread

import pytest
from django.db import transaction
from redis.exceptions import ConnectionError as RedisConnectionError

from kernel import redis
from kernel.actors import SYSTEM
from kernel.testing.servers import program_environment
from tenants import actions, memory, queries
from tenants.memory import Memory, forget, forget_here, forget_on_commit
from tests.cast import Stage


class Shelf:
    """Something to load from, which counts how often it is asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.values: dict[str, str] = {"a": "first"}

    def load(self, key: str) -> str | None:
        self.asked.append(key)
        return self.values.get(key)


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
def remembered() -> Memory[str, str]:
    return Memory(most=3)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Time that only moves when told to."""
    forget_here()
    now = [time.monotonic()]
    monkeypatch.setattr("tenants.memory.monotonic", lambda: now[0])

    def later(seconds: float) -> None:
        now[0] += seconds

    return later


def test_value_is_loaded_once(remembered: Memory[str, str], shelf: Shelf, clock: Callable[[float], None]) -> None:
    assert [remembered.recall("a", shelf.load) for _time in range(3)] == ["first"] * 3
    clock(29)
    remembered.recall("a", shelf.load)
    assert shelf.asked == ["a"]
    clock(2)
    remembered.recall("a", shelf.load)
    assert shelf.asked == ["a", "a"]


def test_absence_is_believed_for_five_seconds(
    remembered: Memory[str, str], shelf: Shelf, clock: Callable[[float], None]
) -> None:
    assert remembered.recall("b", shelf.load) is None
    shelf.values["b"] = "there"
    clock(4)
    assert remembered.recall("b", shelf.load) is None
    clock(2)
    assert remembered.recall("b", shelf.load) == "there"


def test_oldest_goes_when_it_is_full(
    remembered: Memory[str, str], shelf: Shelf, clock: Callable[[float], None]
) -> None:
    for key in ("a", "b", "c", "d", "d", "b", "a"):
        remembered.recall(key, shelf.load)
    assert shelf.asked == ["a", "b", "c", "d", "a"]
    assert len(remembered._kept) == 3


def test_change_elsewhere_is_seen_within_half_a_second(
    remembered: Memory[str, str], shelf: Shelf, clock: Callable[[float], None]
) -> None:
    remembered.recall("a", shelf.load)
    shelf.values["a"] = "second"
    redis.client().incr(memory._key())  # what another process does
    assert remembered.recall("a", shelf.load) == "first"
    clock(0.51)
    assert remembered.recall("a", shelf.load) == "second"


def test_change_here_is_seen_at_once(
    remembered: Memory[str, str], shelf: Shelf, clock: Callable[[float], None]
) -> None:
    remembered.recall("a", shelf.load)
    shelf.values["a"] = "second"
    forget()
    assert remembered.recall("a", shelf.load) == "second"


def test_value_that_changed_while_it_was_loaded_is_not_kept(
    remembered: Memory[str, str], shelf: Shelf, clock: Callable[[float], None]
) -> None:
    def slow(key: str) -> str | None:
        value = shelf.load(key)
        shelf.values["a"] = "second"
        forget()  # somebody commits and forgets between our reading and our keeping
        return value

    assert remembered.recall("a", slow) == "first"
    assert remembered.recall("a", shelf.load) == "second"


def test_without_redis_what_is_known_still_answers(
    remembered: Memory[str, str], shelf: Shelf, clock: Callable[[float], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    remembered.recall("a", shelf.load)
    asked: list[str] = []

    class Gone:
        def get(self, key: str) -> bytes:
            asked.append(key)
            raise RedisConnectionError

    monkeypatch.setattr("kernel.redis.client", Gone)
    clock(1)
    assert [remembered.recall("a", shelf.load) for _time in range(5)] == ["first"] * 5
    assert len(asked) == 1  # and not once per request
    clock(30)
    shelf.values["a"] = "second"
    assert remembered.recall("a", shelf.load) == "second"


def test_threads_share_it(shelf: Shelf) -> None:
    remembered: Memory[str, str] = Memory(most=10)
    start = Barrier(8)
    wrong: list[str | None] = []

    def work(number: int) -> None:
        start.wait()
        for turn in range(200):
            key = str((number + turn) % 20)
            if remembered.recall(key, lambda one: f"value {one}") != f"value {key}":
                wrong.append(key)

    threads = [Thread(target=work, args=[number]) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert len(remembered._kept) == 10


def test_other_processes_hear_of_it_only_when_it_is_true(committed: Callable[[str], Stage]) -> None:
    committed("any")
    before = shared_generation()
    with transaction.atomic():
        forget_on_commit()
        assert shared_generation() == before
    assert shared_generation() == before + 1
    with pytest.raises(ZeroDivisionError):
        _fail_after_a_change()
    assert shared_generation() == before + 1


@transaction.atomic
def _fail_after_a_change() -> None:
    forget_on_commit()
    raise ZeroDivisionError


def shared_generation() -> int:
    return int(redis.client().get(memory._key()) or 0)


WATCH = """
import sys, time, django
django.setup()
from tenants.queries import tenant_by_slug
print(tenant_by_slug(sys.argv[1]).status, flush=True)
deadline = time.monotonic() + 10
while tenant_by_slug(sys.argv[1]).status == "active" and time.monotonic() < deadline:
    time.sleep(0.01)
print(tenant_by_slug(sys.argv[1]).status, time.time(), flush=True)
"""


def test_suspending_reaches_another_process_within_a_second(committed: Callable[[str], Stage]) -> None:
    stage = committed("watched")
    environment = program_environment() | {"DJANGO_SETTINGS_MODULE": "config.settings_test"}
    watcher = subprocess.Popen(
        [sys.executable, "-c", WATCH, stage.tenant.slug], stdout=subprocess.PIPE, text=True, env=environment
    )
    assert watcher.stdout is not None
    assert watcher.stdout.readline().strip() == "active"
    actions.suspend_tenant(tenant_id=stage.tenant.id, reason="unpaid", actor=SYSTEM)
    suspended_at = time.time()
    status, seen_at = watcher.stdout.readline().split()
    watcher.wait(10)
    watcher.stdout.close()
    assert status == "suspended"
    assert float(seen_at) - suspended_at < 1.0


def test_queries_remember_tenants_members_and_keys(
    northside: Stage, django_assert_num_queries: Callable[[int], object]
) -> None:
    tenant_id, user_id = northside.tenant.id, northside.alice.user_id

    def ask() -> None:
        assert queries.tenant_by_host("northside.localhost") == northside.tenant
        assert queries.tenant_by_schema("t_nowhere") is None
        assert queries.session_member(tenant_id, user_id) is not None
        assert queries.key_by_digest(b"x" * 32) is None

    ask()
    with django_assert_num_queries(0):  # type: ignore[attr-defined]
        ask()
