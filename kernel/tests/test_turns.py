from threading import Thread

import pytest
from celery import shared_task
from django.db import connection

from kernel.redis import client
from kernel.tenancy import tenant_context
from kernel.turns import turn, wake


class Asked:
    """A task as `wake` uses it, which remembers what it was asked for."""

    name = "tests.turn"

    def __init__(self) -> None:
        self.asked: list[float] = []

    def delay(self) -> None:
        self.asked.append(0.0)

    def apply_async(self, *, countdown: float) -> None:
        self.asked.append(countdown)


@shared_task
def work() -> None:
    """Be a name for a turn."""


def elsewhere(schema, task=work):
    """Tell whether a turn can be taken by another worker."""
    found = []

    def look():
        with tenant_context(schema), turn(task) as mine:
            found.append(mine)
        connection.close()

    thread = Thread(target=look)
    thread.start()
    thread.join()
    return found == [True]


def test_a_flood_of_reasons_asks_for_one_turn(northside):
    task = Asked()
    assert [wake(task) for _reason in range(1000)] == [True] + [False] * 999
    assert task.asked == [0.0]


def test_once_a_turn_has_begun_the_next_one_may_be_asked_for(northside):
    task = Asked()
    wake(task)
    with turn(task):
        assert wake(task)
    assert task.asked == [0.0, 0.0]


def test_a_turn_later_stands_beside_one_now_and_is_not_too_far_off(northside):
    task = Asked()
    assert [wake(task, after_s=2.5), wake(task, after_s=1.0), wake(task), wake(task, after_s=9.0)] == [
        True, False, True, False,
    ]  # fmt: skip
    client().flushdb()
    wake(task, after_s=3600)
    assert task.asked == [2.5, 0.0, 60.0]


def test_tenants_do_not_ask_for_each_other(northside, harbor):
    task = Asked()
    wake(task)
    with harbor.inside():
        assert wake(task)


def test_a_turn_is_taken_by_one_worker_at_a_time_and_each_tenant_has_its_own(northside, harbor):
    with turn(work) as mine:
        assert mine
        assert not elsewhere(northside.schema)
        assert elsewhere(harbor.schema)
    assert elsewhere(northside.schema)


def test_a_turn_that_fails_is_given_back(northside):
    with pytest.raises(KeyError), turn(work):
        raise KeyError
    assert elsewhere(northside.schema)
