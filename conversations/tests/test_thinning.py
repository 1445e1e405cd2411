from hypothesis import given
from hypothesis import strategies as st

from conversations.thinning import Pace, thin, wait_for
from kernel.live import Packed


def test_the_three_classes_and_their_borders():
    assert [wait_for(ms) for ms in (0, 99.9, 100, 499.9, 500, 9_000)] == [0.0, 0.0, 0.5, 0.5, 2.0, 2.0]


def test_only_the_last_ten_pings_count():
    pace = Pace()
    for _ping in range(10):
        pace.measure(900)
    assert pace.wait_s == 2.0
    for _ping in range(10):
        pace.measure(20)
    assert pace.wait_s == 0.0


def test_one_slow_ping_does_not_slow_a_fast_line():
    pace = Pace()
    for delay in [20, 30, 5_000, 25, 18]:
        pace.measure(delay)
    assert pace.wait_s == 0.0


def test_nonsense_of_a_wrong_clock_is_cut():
    pace = Pace()
    pace.measure(-1e12)
    assert list(pace.delays_ms) == [0.0]


packed = st.builds(Packed, st.sampled_from(["", "", "u:1", "u:2", "s:1"]), st.uuids().map(str))


@given(st.lists(packed))
def test_thinning_keeps_every_frame_that_may_not_be_lost_and_the_newest_of_the_others(frames):
    kept = thin(frames)
    assert [frame for frame in kept if not frame.key] == [frame for frame in frames if not frame.key]
    for key in {frame.key for frame in frames if frame.key}:
        assert [f for f in kept if f.key == key] == [[f for f in frames if f.key == key][-1]]
    order = [frames.index(frame) for frame in kept]
    assert order == sorted(order)
