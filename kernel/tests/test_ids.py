import time
from concurrent.futures import ThreadPoolExecutor

from kernel.ids import new_id


def test_ids_are_version_seven() -> None:
    made = new_id()
    assert (made.version, made.variant) == (7, "specified in RFC 4122")


def test_ids_carry_their_time() -> None:
    before = time.time() * 1000
    made_at = new_id().int >> 80
    assert before - 5 <= made_at <= time.time() * 1000 + 5


def test_later_ids_sort_later() -> None:
    made = [new_id() for _number in range(5000)]
    assert made == sorted(made)
    assert [str(one) for one in made] == sorted(str(one) for one in made)


def test_threads_never_get_the_same_id() -> None:
    with ThreadPoolExecutor(4) as pool:
        batches = pool.map(lambda _number: [new_id() for _one in range(2000)], range(4))
    assert len({one for batch in batches for one in batch}) == 8000
