"""One tenant floods the inbox: another's webhook is in the very next batch, and orders stay as they were."""

import hashlib
from collections import Counter

import pytest

from ingest.claims import MOST_OF_ONE, Claims
from ingest.lanes import lane_of
from ingest.models import Delivery, VendorApp
from kernel import clocks
from tenants.models import ChannelRoute


@pytest.fixture
def app(committed_public):
    return VendorApp.objects.create(vendor="whatsapp", label="tests", secret="s", verify_token="t")


@pytest.fixture
def put(app):
    def put(lane, count):
        bodies = [f"{lane} {number}".encode() for number in range(count)]
        Delivery.objects.bulk_create(
            Delivery(
                vendor="whatsapp", app=app, digest=hashlib.sha256(body).digest(), body=body, lane=lane,
                received_at=clocks.now(),
            )
            for body in bodies
        )  # fmt: skip

    return put


def batches(limit=100):
    with Claims() as claims:
        while True:
            with claims.take(limit) as taken:
                pass
            if not taken:
                return
            yield [one.body.decode().split() for one in taken]


def test_a_flood_leaves_room_for_everybody_in_the_very_next_batch_and_keeps_each_order(put):
    put("111", 300)
    put("222", 3)
    put("333", 40)
    all_of_it = list(batches())
    first = Counter(lane for lane, _number in all_of_it[0])
    assert first == {"111": 33, "222": 3, "333": 33}
    assert Counter(lane for lane, _number in all_of_it[1]) == {"111": 50, "333": 7}
    for lane, count in (("111", 300), ("222", 3), ("333", 40)):
        assert [int(number) for batch in all_of_it for one, number in batch if one == lane] == list(range(count))


def test_a_flood_alone_comes_in_short_batches(put):
    put("111", MOST_OF_ONE + 1)
    assert [len(batch) for batch in batches(limit=1000)] == [MOST_OF_ONE, 1]


def test_more_waiting_than_a_batch_holds_take_turns(put):
    for number in range(25):
        put(f"{number:03}", 2)
    lanes = [sorted(lane for lane, _number in batch) for batch in batches(limit=10)]
    numbers = [f"{number:03}" for number in range(25)]
    assert lanes == [numbers[:10], numbers[10:20], numbers[:5] + numbers[20:], numbers[5:15], numbers[15:]]


def test_the_numbers_of_one_tenant_share_what_is_its_own(put, committed):
    many, one = committed("many"), committed("one")
    for number in range(4):
        ChannelRoute.objects.create(
            vendor="whatsapp", address=f"77{number}", tenant_id=many.tenant.id, outlet_id=many.outlet_id
        )
        put(f"77{number}", 100)
    put(one.phone_number_id, 100)
    first = Counter(lane for lane, _number in next(batches()))
    assert first == {"770": 12, "771": 12, "772": 12, "773": 12, one.phone_number_id: 50}


@pytest.mark.parametrize(
    ("body", "lane"),
    [
        (b'{"entry":[{"changes":[{"value":{"metadata":{"phone_number_id": "106540352242922"}}}]}]}', "106540352242922"),
        (b'{"phone_number_id":"1"} {"phone_number_id":"2"}', "1"),
        (b'{"phone_number_id":"not a number"}', ""),
        (b'{"phone_number_id":"' + b"1" * 41 + b'"}', ""),
        (b"\xff\x00", ""),
    ],
)
def test_a_lane_is_the_first_number_in_the_bytes(body, lane):
    assert lane_of(body) == lane
