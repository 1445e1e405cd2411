"""Who is given a conversation: in turn, online, within hours, never above capacity; and who loses it for silence."""

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from conversations import actions
from conversations.enums import AssignmentMode, MessageType, Owner
from conversations.models import AssignmentRule, Conversation, Message
from conversations.presence import online_members
from conversations.tests.test_receiving import MARIBEL, event_types, hello
from conversations.types import NewMessage
from kernel import clocks
from kernel.actors import SYSTEM, Actor, ActorKind
from kernel.errors import Invalid, NotFound
from kernel.events.models import Event
from kernel.redis import client, key
from kernel.tenancy import tenant_context
from team import actions as team
from team.models import Member

MINUTE = timedelta(minutes=1)
NOW = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
"""A Tuesday, 10:00 in New York."""


def rule(stage, silence=None, mode=AssignmentMode.ROUND_ROBIN):
    actions.set_assignment_rule(outlet_id=stage.outlet_id, mode=mode, silence=silence, actor=SYSTEM)


def arrive(stage, count, at=NOW):
    for number in range(count):
        sender = replace(MARIBEL, user_id=f"US.{number}", phone=f"+1305555013{number}")
        sent = at - timedelta(minutes=count - number)
        actions.receive_messages([hello(stage, f"wamid.{number}", sender=sender, sent_at=sent)], now=at)


def work(member, **changes):
    team.set_work(member_id=member.id, changes=changes, actor=SYSTEM)


def assignees():
    rows = Conversation.objects.order_by("waiting_since").values_list("assignee__name", flat=True)
    return [name and name.partition(" ")[0] for name in rows]


def both(stage):
    return frozenset({stage.alice.id, stage.bob.id})


def test_conversations_go_in_turn_to_those_online_the_longest_waiting_first(northside):
    rule(northside)
    arrive(northside, 3)
    work(northside.alice, capacity=1)
    Member.objects.filter(id=northside.bob.id).update(last_assigned_at=NOW - timedelta(days=1))
    assert actions.give_waiting(online=both(northside), now=NOW) == 3
    assert assignees() == ["Alice", "Bob", "Bob"]
    assert event_types().count("conversation.assigned") == 3
    assert set(Conversation.objects.values_list("owner", flat=True)) == {Owner.HUMAN}


def test_nothing_is_given_without_a_rule_or_without_anybody_online(northside):
    arrive(northside, 1)
    assert actions.give_waiting(online=both(northside), now=NOW) == 0
    rule(northside)
    assert actions.give_waiting(online=frozenset(), now=NOW) == 0
    rule(northside, mode=AssignmentMode.MANUAL)
    assert actions.give_waiting(online=both(northside), now=NOW) == 0
    assert assignees() == [None]


def test_viewers_busy_members_and_those_out_of_hours_are_given_nothing(northside):
    rule(northside)
    arrive(northside, 1)
    late = [[["18:00", "22:00"]]] * 7
    evening = team.create_calendar(name="Evening", time_zone="America/New_York", week=late, actor=SYSTEM)
    work(northside.alice, calendar_id=evening)
    work(northside.bob, availability="busy")
    everybody = both(northside) | {northside.vera.id}
    assert actions.give_waiting(online=everybody, now=NOW) == 0
    assert actions.give_waiting(online=everybody, now=NOW + timedelta(hours=9)) == 1
    assert assignees() == ["Alice"]


def test_what_nobody_has_room_for_waits_and_is_given_as_soon_as_somebody_has(northside):
    rule(northside)
    arrive(northside, 3)
    work(northside.alice, capacity=2)
    only_alice = frozenset({northside.alice.id})
    assert actions.give_waiting(online=only_alice, now=NOW) == 2
    assert assignees() == ["Alice", "Alice", None]
    done = Conversation.objects.filter(assignee_id=northside.alice.id).first()
    actions.snooze(conversation_id=done.id, until=None, actor=SYSTEM)
    assert actions.give_waiting(online=only_alice, now=NOW) == 1
    assert assignees() == ["Alice", "Alice", "Alice"]


def test_what_the_ai_answers_or_a_person_has_is_left_alone(northside):
    rule(northside)
    arrive(northside, 2)
    first, second = Conversation.objects.order_by("id")
    actions.hand_off(conversation_id=first.id, to="ai", reason="", actor=SYSTEM)
    actions.assign(conversation_id=second.id, member_id=northside.bob.id, actor=SYSTEM)
    assert actions.give_waiting(online=frozenset({northside.alice.id}), now=NOW) == 0


def test_two_arrivals_at_once_never_exceed_a_capacity(committed):
    stage = committed()
    with stage.inside():
        rule(stage)
        arrive(stage, 6)
        work(stage.alice, capacity=2)
    started = threading.Barrier(4)

    def give():
        with tenant_context(stage.schema):
            started.wait(10)
            actions.give_waiting(online=frozenset({stage.alice.id}), now=NOW)
        connection.close()

    threads = [threading.Thread(target=give) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    with stage.inside():
        assert Conversation.objects.filter(assignee_id=stage.alice.id).count() == 2
        assert event_types().count("conversation.assigned") == 2


@pytest.fixture
def silent(northside):
    """Bob has one conversation, Alice is there too, and whoever is silent for 15 minutes loses it."""
    rule(northside, silence=15)
    arrive(northside, 1)
    conversation = Conversation.objects.get()
    actions.assign(conversation_id=conversation.id, member_id=northside.bob.id, actor=SYSTEM, now=NOW)
    return conversation


def test_who_does_not_answer_loses_it_with_a_line_and_it_goes_to_somebody_else(northside, silent):
    assert actions.return_silent(now=NOW + 14 * MINUTE) == 0
    assert actions.return_silent(now=NOW + 15 * MINUTE) == 1
    assert actions.return_silent(now=NOW + 16 * MINUTE) == 0
    silent.refresh_from_db()
    assert (silent.owner, silent.assignee_id) == (Owner.QUEUE, None)
    line = Message.objects.get(type=MessageType.SYSTEM)
    assert line.content == {"line": {"kind": "returned", "name": "Bob Tran", "minutes": 15}}
    told = Event.objects.get(type="conversation.returned").payload
    assert (told["member_id"], told["why"], told["message_id"]) == (str(northside.bob.id), "silence", str(line.id))
    assert "Bob" not in str(told)
    assert actions.give_waiting(online=frozenset({northside.bob.id}), now=NOW) == 0
    assert actions.give_waiting(online=both(northside), now=NOW) == 1
    assert assignees() == ["Alice"]


def test_an_answer_in_time_a_rest_and_a_night_keep_it(northside, silent):
    bob = Actor(ActorKind.MEMBER, str(northside.bob.id))
    actions.snooze(conversation_id=silent.id, until=None, actor=bob, now=NOW)
    assert actions.return_silent(now=NOW + timedelta(days=1)) == 0
    actions.reopen(conversation_id=silent.id, actor=bob, now=NOW)
    morning = team.create_calendar(name="Late", week=[[["18:00", "22:00"]]] * 7, actor=SYSTEM)
    work(northside.bob, calendar_id=morning)
    assert actions.return_silent(now=NOW + timedelta(hours=3, minutes=14)) == 0
    assert actions.return_silent(now=NOW + timedelta(hours=3, minutes=15)) == 1
    actions.take_over(conversation_id=silent.id, member_id=northside.bob.id, actor=bob, now=NOW)
    reply = NewMessage(MessageType.TEXT, text="Here I am")
    actions.send_message(conversation_id=silent.id, message=reply, actor=bob, now=NOW)
    assert actions.return_silent(now=NOW + timedelta(days=3)) == 0


def test_rules_and_work_are_checked_and_belong_to_one_tenant(northside, harbor):
    for silence in (0, 10_081):
        with pytest.raises(Invalid):
            rule(northside, silence=silence)
    with pytest.raises(Invalid):
        work(northside.alice, capacity=1001)
    with pytest.raises(Invalid):
        work(northside.alice, availability="asleep")
    with harbor.inside(), pytest.raises(NotFound):
        rule(northside)
    with harbor.inside(), pytest.raises(NotFound):
        work(northside.alice, capacity=1)
    assert AssignmentRule.objects.count() == 0


def test_who_is_online_is_read_from_the_signs_of_life(northside, harbor):
    alive, now = str(northside.alice.id), clocks.now().timestamp()
    sockets = {
        "a": f'["{alive}", "Alice", "online", "desktop", {now}]',
        "b": f'["{northside.bob.id}", "Bob", "away", "desktop", {now}]',
        "c": f'["{northside.vera.id}", "Vera", "online", "desktop", {now - 61}]',
    }
    client().hset(key(northside.schema, "presence"), mapping=sockets)
    assert online_members(northside.schema) == {northside.alice.id}
    assert online_members(harbor.schema) == frozenset()


def test_admins_set_rules_and_people_choose_whether_they_are_available(northside):
    adam, alice = northside.client(member=northside.adam), northside.client(member=northside.alice)
    address = f"/settings/service/assignment/{northside.outlet_id}/"
    assert alice.post(address, {"mode": "round_robin"}).status_code == 403
    assert adam.post(address, {"mode": "round_robin", "silence": "20"}).status_code == 302
    assert adam.post(address, {"mode": "round_robin", "silence": "soon"}).status_code == 400
    assert AssignmentRule.objects.values_list("mode", "silence").get() == ("round_robin", 20)
    assert b"Who gets a conversation" in adam.get("/settings/service/").content
    mine = f"/settings/hours/members/{northside.alice.id}/"
    assert alice.post(mine, {"capacity": "99", "availability": "auto"}).status_code == 403
    assert adam.post(mine, {"capacity": "8", "availability": "auto", "calendar": ""}).status_code == 302
    shown = alice.post("/availability/", {"availability": "busy"}).content.decode()
    assert 'aria-checked="true" name="availability" value="busy"' in shown
    assert Member.objects.values_list("capacity", "availability").get(id=northside.alice.id) == (8, "busy")


def test_the_assign_menu_shows_what_everybody_has(northside):
    arrive(northside, 1, clocks.now())
    conversation = Conversation.objects.get()
    work(northside.bob, capacity=8)
    actions.assign(conversation_id=conversation.id, member_id=northside.bob.id, actor=SYSTEM)
    alice = northside.client(member=northside.alice)
    head = alice.get(f"/inbox/{conversation.id}/head/", HTTP_HX_REQUEST="true").content.decode()
    assert "1 of 8" in head
    assert "Vera" not in head
