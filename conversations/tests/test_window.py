from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations import window
from conversations.enums import MessageType
from kernel.clocks import Window, from_unix

NOON = from_unix(1_780_000_000)


def test_the_window_is_open_for_24_hours_and_not_a_moment_longer():
    closes_at = window.opened_by("whatsapp", NOON, NOON)
    assert closes_at == NOON + timedelta(hours=24)
    assert window.may_send("whatsapp", MessageType.TEXT, closes_at, closes_at - timedelta(microseconds=1))
    assert not window.may_send("whatsapp", MessageType.TEXT, closes_at, closes_at)


def test_a_clock_ahead_of_ours_does_not_lengthen_the_window():
    assert window.opened_by("whatsapp", NOON + timedelta(hours=3), NOON) == NOON + timedelta(hours=24)


def test_a_late_message_opens_only_what_is_left():
    assert window.opened_by("whatsapp", NOON - timedelta(hours=25), NOON) == NOON - timedelta(hours=1)


def test_templates_go_out_through_a_closed_window_and_text_does_not():
    window.require_open("whatsapp", MessageType.TEMPLATE, None, NOON)
    with pytest.raises(window.WindowClosed) as refused:
        window.require_open("whatsapp", MessageType.TEXT, None, NOON)
    assert refused.value.code == "WINDOW_CLOSED"
    assert refused.value.status == 422


def test_reactions_and_number_changes_do_not_open_the_window():
    assert not {MessageType.REACTION, MessageType.SYSTEM} & window.OPENERS
    assert {MessageType.TEXT, MessageType.IMAGE, MessageType.UNSUPPORTED} <= window.OPENERS


@given(st.timedeltas(timedelta(0), timedelta(days=3)), st.timedeltas(timedelta(0), timedelta(days=3)))
def test_what_remains_falls_with_time_and_is_zero_exactly_when_closed(first, later):
    open_window = Window.opened(NOON, timedelta(hours=24))
    at, after = NOON + first, NOON + first + later
    assert open_window.remaining(after) <= open_window.remaining(at)
    assert (open_window.remaining(at) == timedelta(0)) == (not open_window.is_open(at))


def test_a_channel_without_a_window_is_always_open():
    assert window.opened_by("web_chat", NOON, NOON) is None
    assert window.may_send("web_chat", "text", None, NOON)
    assert not window.may_send("whatsapp", "text", None, NOON)
