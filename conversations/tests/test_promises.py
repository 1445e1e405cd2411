"""Promises through actions: which policy counts, what moves due times, what is said when."""

from datetime import UTC, datetime, timedelta

import pytest

from conversations import actions, queries, tasks
from conversations.enums import Owner
from conversations.models import Conversation, SlaPolicy
from conversations.tests.test_receiving import event_types, hello
from conversations.types import NewMessage
from crm import actions as crm
from kernel import clocks
from kernel.actors import SYSTEM, Actor, ActorKind
from kernel.errors import Conflict, Invalid, NotFound
from kernel.events.models import Event
from team import actions as team

MINUTE = timedelta(minutes=1)
MONDAY = datetime(2026, 11, 23, 20, 30, tzinfo=UTC)
"""15:30 in New York."""


@pytest.fixture
def alice(northside):
    return Actor(ActorKind.MEMBER, str(northside.alice.id))


@pytest.fixture
def conversation(northside):
    actions.receive_messages([hello(northside, sent_at=MONDAY)], now=MONDAY)
    return Conversation.objects.get()


def due(conversation):
    conversation.refresh_from_db()
    return conversation.sla_due_at


def promise(**values):
    return actions.create_sla_policy(actor=SYSTEM, **{"name": "Ours", "first_response": 30, **values})


def test_a_message_starts_the_clock_and_an_answer_stops_it(northside, conversation, alice):
    assert due(conversation) == MONDAY + 60 * MINUTE
    reply = NewMessage("text", text="Hello")
    actions.send_message(conversation_id=conversation.id, message=reply, actor=alice, now=MONDAY + MINUTE)
    assert due(conversation) is None
    actions.receive_messages([hello(northside, "wamid.2", sent_at=MONDAY + 5 * MINUTE)], now=MONDAY + 5 * MINUTE)
    assert due(conversation) == MONDAY + 65 * MINUTE


def test_the_narrowest_policy_counts(northside, conversation):
    tag_id = crm.create_tag(name="vip", actor=SYSTEM)
    promise(first_response=50)
    promise(outlet_id=northside.outlet_id, first_response=40)
    actions.reckon_again(now=MONDAY)
    assert due(conversation) == MONDAY + 40 * MINUTE
    promise(tag="vip", first_response=20)
    actions.set_tags(conversation_id=conversation.id, tags=["vip"], actor=SYSTEM, now=MONDAY)
    assert due(conversation) == MONDAY + 20 * MINUTE
    crm.update_tag(tag_id=tag_id, name="gold", actor=SYSTEM)
    assert SlaPolicy.objects.filter(tag="gold").count() == 1
    narrow = promise(tag="gold", outlet_id=northside.outlet_id, first_response=10)
    actions.reckon_again(now=MONDAY)
    assert due(conversation) == MONDAY + 10 * MINUTE
    actions.delete_sla_policy(policy_id=narrow, actor=SYSTEM)
    assert actions.reckon_again(now=MONDAY) == 1
    assert actions.reckon_again(now=MONDAY) == 0
    assert due(conversation) == MONDAY + 20 * MINUTE


def test_hours_of_an_office_carry_a_promise_over_the_night_and_a_holiday(northside, conversation):
    office = team.create_calendar(name="Office", time_zone="America/New_York", country="US", actor=SYSTEM)
    promise(calendar_id=office, first_response=120)
    actions.reckon_again(now=MONDAY)
    assert due(conversation) == datetime(2026, 11, 24, 14, 30, tzinfo=UTC)
    off = [{"date": "2026-11-24", "name": "Move"}, {"date": "2026-11-25", "name": ""}]
    team.update_calendar(calendar_id=office, changes={"days_off": off}, actor=SYSTEM)
    assert event_types()[-1] == "calendar.changed"
    actions.reckon_again(now=MONDAY)
    assert due(conversation) == datetime(2026, 11, 27, 14, 30, tzinfo=UTC)  # Thursday is Thanksgiving
    with pytest.raises(Conflict):
        team.delete_calendar(calendar_id=office, actor=SYSTEM)


def test_a_changed_policy_or_calendar_makes_a_worker_reckon(northside, conversation):
    promise(first_response=15)
    assert event_types()[-1] == "sla_policy.changed"
    tasks.reckon_promises()
    assert due(conversation) == MONDAY + 15 * MINUTE


def test_while_it_rests_the_clock_stands_still(northside, conversation, alice):
    at = MONDAY + 10 * MINUTE
    actions.snooze(conversation_id=conversation.id, until=at + timedelta(days=1), actor=alice, now=at)
    assert due(conversation) is None
    actions.wake_due(now=at + timedelta(days=1))
    assert due(conversation) == MONDAY + timedelta(days=1) + 60 * MINUTE
    actions.set_aside(conversation_id=conversation.id, actor=alice, now=at + timedelta(days=1))
    assert due(conversation) is None
    actions.reopen(conversation_id=conversation.id, actor=alice, now=at + timedelta(days=2))
    assert due(conversation) == MONDAY + timedelta(days=2) + 60 * MINUTE


def test_warnings_and_breaches_are_told_once_each(northside, conversation):
    assert actions.ring_clocks(now=MONDAY + 44 * MINUTE) == 0
    for minutes in (45, 46, 60, 61, 200):
        actions.ring_clocks(now=MONDAY + minutes * MINUTE)
    told = Event.objects.filter(type__startswith="conversation.sla.").order_by("seq")
    assert list(told.values_list("type", "payload__promise")) == [
        ("conversation.sla.warned", "first_response"),
        ("conversation.sla.breached", "first_response"),
    ]
    assert due(conversation) == MONDAY + 60 * MINUTE
    assert conversation.sla_alarm_at is None


def test_nothing_is_told_of_what_was_answered_rests_or_is_the_ais(northside, conversation, alice):
    actions.hand_off(conversation_id=conversation.id, to="ai", reason="", actor=alice, now=MONDAY)
    assert actions.ring_clocks(now=MONDAY + timedelta(days=1)) == 0
    actions.hand_off(conversation_id=conversation.id, to="queue", reason="", actor=alice, now=MONDAY + MINUTE)
    assert conversation.owner == Owner.QUEUE
    assert due(conversation) == MONDAY + 60 * MINUTE
    actions.resolve(conversation_id=conversation.id, actor=alice, now=MONDAY + 2 * MINUTE)
    assert actions.ring_clocks(now=MONDAY + timedelta(days=1)) == 0
    assert not Event.objects.filter(type__startswith="conversation.sla.").exists()


def test_one_policy_for_each_scope_and_sane_numbers_only(northside):
    promise()
    with pytest.raises(Conflict):
        promise()
    for wrong in ({"first_response": 0}, {"resolution": 129_601}, {"name": "  "}, {"tag": "unknown"}):
        with pytest.raises(Invalid):
            promise(**wrong)
    assert SlaPolicy.objects.count() == 1


def test_policies_of_one_tenant_are_nothing_to_another(northside, harbor):
    policy = promise()
    with harbor.inside(), pytest.raises(NotFound):
        actions.delete_sla_policy(policy_id=policy, actor=SYSTEM)
    with pytest.raises(NotFound):
        promise(tag="", outlet_id=harbor.outlet_id)


def test_the_api_filters_and_sorts_by_what_is_due(northside, harbor):
    now = clocks.now()
    for number, ago in enumerate((50, 70, 5)):
        sender = hello(northside).sender
        other = type(sender)(user_id=f"US.{number}", phone=f"+1305555012{number}")
        sent = now - ago * MINUTE
        actions.receive_messages([hello(northside, f"wamid.{number}", sender=other, sent_at=sent)], now=sent)
    client = northside.client(key=northside.api_key)

    def phones(query):
        answer = client.get(f"/api/v1/conversations/?{query}").json()
        assert answer["success"], answer
        rows = answer["data"]
        return [row["contact"]["phone"][-1] for row in rows]

    assert phones("order=sla_due_at") == ["1", "0", "2"]
    assert [phones(f"sla={state}") for state in ("late", "soon", "ok", "none")] == [["1"], ["0"], ["2"], []]
    assert sorted(phones("view=due")) == ["0", "1"]
    assert queries.view_counts([northside.alice.id])[northside.alice.id]["due"] == 2
