"""Who is told what, and who must not be; the page, the API and the choices."""

import asyncio
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from conversations import actions
from conversations.delivery import MAYBE_SENT
from conversations.enums import Delivery, MessageType
from conversations.mentions import mentioned, pieces
from conversations.models import Message, Notification, NotificationPreference
from conversations.queries import view_counts
from conversations.tests.test_consumers import Browser, browsers, kinds
from conversations.tests.test_views import HTMX, write
from conversations.types import DeliveryUpdate, NewMessage, SendFailure
from kernel import clocks
from kernel.actors import SYSTEM, Actor, ActorKind
from kernel.errors import Invalid
from kernel.events.models import Event
from kernel.tenancy import in_tenant
from team.actions import sync_member
from tests.cast import Stage

HOME = "/api/v1/notifications/"


def by(member: Any) -> Actor:
    return Actor(ActorKind.MEMBER, str(member.id))


@pytest.fixture
def rosa(northside: Stage) -> Any:
    return write(northside)


def note(stage: Stage, conversation: Any, text: str, **values: Any) -> Message:
    actor = values.pop("actor", by(stage.alice))
    made = actions.add_note(conversation_id=conversation.id, text=text, actor=actor, **values)
    return Message.objects.get(id=made)


def told() -> list[tuple[str, str]]:
    return list(Notification.objects.order_by("created_at", "id").values_list("member__name", "kind"))


def fail(conversation: Any, member: Any) -> Message:
    made = actions.send_message(
        conversation_id=conversation.id, message=NewMessage(MessageType.TEXT, text="Hi"), actor=by(member)
    )
    fail_again(made)
    return Message.objects.get(id=made)


def fail_again(message_id: Any) -> None:
    assert actions.claim_due()
    doubt = SendFailure(code=MAYBE_SENT, detail="", retryable=False, unknown=True, by_hand=True)
    actions.record_failure(message_id, doubt)


def test_names_are_found_whole_the_longest_first_and_whatever_the_capitals(northside):
    ana, lee = replace(northside.alice, name="Ana"), replace(northside.bob, name="Ana Lee")
    people = [ana, lee]
    assert mentioned("@ana lee, please", people) == [lee]
    assert mentioned("@Ana, @Ana Lee", people) == people
    assert mentioned("mail@Ana @Anabel @ Ana", people) == []
    cut = [(piece.text, piece.is_name) for piece in pieces("Hi @Ana!", ["Ana"])]
    assert cut == [("Hi ", False), ("@Ana", True), ("!", False)]


def test_a_note_keeps_whom_it_names_and_tells_them_in_the_same_breath(northside, rosa):
    row = note(northside, rosa, f"@{northside.bob.name} and @{northside.alice.name}: call her")
    assert sorted(one["id"] for one in row.content["mentions"]) == sorted(
        [str(northside.alice.id), str(northside.bob.id)]
    )
    assert told() == [(northside.bob.name, "mention")]
    notification = Notification.objects.get()
    assert (notification.message_id, notification.by_id, notification.read_at) == (row.id, northside.alice.id, None)
    events = list(Event.objects.order_by("-seq").values_list("type", "payload")[:2])
    assert [kind for kind, _payload in events] == ["member.notified", "note.added"]
    assert events[0][1] == {
        "member_id": str(northside.bob.id), "notification_id": str(notification.id), "kind": "mention",
        "conversation_id": str(rosa.id),
    }  # fmt: skip


def test_the_same_note_twice_tells_once(northside, rosa):
    client_id, text = uuid4(), f"@{northside.bob.name} again"
    first = note(northside, rosa, text, client_id=client_id)
    assert note(northside, rosa, text, client_id=client_id).id == first.id
    assert told() == [(northside.bob.name, "mention")]


def test_nobody_who_left_and_nobody_elsewhere_is_told(northside, harbor, rosa):
    sync_member(northside.bob, is_active=False)
    row = note(northside, rosa, f"@{northside.bob.name} @{harbor.charlie.name} @Nobody")
    assert row.content == {}
    actions.hand_off(conversation_id=rosa.id, to="queue", reason="", actor=by(northside.alice))
    assert told() == []
    assert not Event.objects.filter(type="member.notified").exists()


def test_a_reply_with_a_name_in_it_tells_nobody(northside, rosa):
    message = NewMessage(MessageType.TEXT, text=f"@{northside.bob.name} will call you")
    actions.send_message(conversation_id=rosa.id, message=message, actor=by(northside.alice))
    assert told() == []


def test_assigned_by_somebody_else_is_news_and_by_oneself_not(northside, rosa):
    actions.assign(conversation_id=rosa.id, member_id=northside.bob.id, actor=by(northside.alice))
    assert told() == [(northside.bob.name, "assigned")]
    actions.assign(conversation_id=rosa.id, member_id=northside.bob.id, actor=by(northside.alice))
    actions.assign(conversation_id=rosa.id, member_id=northside.alice.id, actor=by(northside.alice))
    actions.take_over(conversation_id=rosa.id, member_id=northside.bob.id, actor=by(northside.bob))
    assert len(told()) == 1
    actions.hand_off(conversation_id=rosa.id, to=northside.alice.id, reason="", actor=by(northside.bob))
    assert told()[1:] == [(northside.alice.name, "assigned")]


def test_a_failed_message_is_its_authors_news_once_until_they_try_again(northside, rosa):
    row = fail(rosa, northside.alice)
    assert told() == [(northside.alice.name, "message_failed")]
    assert Notification.objects.get().by_id is None
    actions.retry_message(message_id=row.id, actor=by(northside.alice))
    assert told() == []
    fail_again(row.id)
    assert told() == [(northside.alice.name, "message_failed")]


def test_a_failure_that_was_none_is_taken_back(northside, rosa):
    row = fail(rosa, northside.alice)
    actions.apply_delivery_updates([DeliveryUpdate("wamid.out.1", row.id, Delivery.DELIVERED, clocks.now())])
    assert told() == []
    other = fail(rosa, northside.alice)
    actions.record_accepted({other.id: "wamid.out.2"})
    assert told() == []


def test_a_failed_message_of_a_program_is_nobodys(northside, rosa):
    made = actions.send_message(conversation_id=rosa.id, message=NewMessage(MessageType.TEXT, text="Hi"), actor=SYSTEM)
    fail_again(made)
    assert told() == []


def test_a_kind_one_does_not_want_is_not_kept(northside, rosa):
    actions.set_notification_preference(member_id=northside.bob.id, changes={"muted": ["mention"]})
    note(northside, rosa, f"@{northside.bob.name}")
    actions.assign(conversation_id=rosa.id, member_id=northside.bob.id, actor=by(northside.alice))
    assert told() == [(northside.bob.name, "assigned")]
    with pytest.raises(Invalid):
        actions.set_notification_preference(member_id=northside.bob.id, changes={"muted": ["x"]})


def test_telling_many_costs_what_telling_one_costs(northside, rosa):
    def cost(*members: Any) -> int:
        with CaptureQueriesContext(connection) as captured:
            note(northside, rosa, " ".join(f"@{member.name}" for member in members))
        return len(captured)

    assert cost(northside.bob) == cost(northside.bob, northside.owner)


def test_counts_are_each_members_own(northside, rosa):
    note(northside, rosa, f"@{northside.bob.name}")
    note(northside, rosa, f"@{northside.bob.name} again")
    counts = view_counts([northside.alice.id, northside.bob.id])
    assert [counts[one.id]["notifications"] for one in (northside.alice, northside.bob)] == [0, 2]
    actions.read_notifications(member_id=northside.bob.id)
    assert view_counts([northside.bob.id])[northside.bob.id]["notifications"] == 0


def test_api_shows_ones_own_and_a_key_has_none(northside, harbor, rosa):
    row = note(northside, rosa, f"@{northside.bob.name} <b>now</b>")
    bob = northside.client(member=northside.bob)
    [shape] = bob.get(HOME).json()["data"]
    assert {name: shape[name] for name in ("kind", "conversation_id", "message_id", "text", "read_at")} == {
        "kind": "mention", "conversation_id": str(rosa.id), "message_id": str(row.id),
        "text": f"@{northside.bob.name} <b>now</b>", "read_at": None,
    }  # fmt: skip
    assert (shape["contact"]["name"], shape["by"]["name"]) == ("Rosa Delgado", northside.alice.name)
    for stranger in (northside.client(member=northside.alice), harbor.client(member=harbor.charlie)):
        assert stranger.get(HOME).json()["data"] == []
        assert stranger.get(f"{HOME}{shape['id']}/").status_code == 404
        assert stranger.post(f"{HOME}{shape['id']}/read/", {}, "application/json").status_code == 404
        assert stranger.post(f"{HOME}read/", {}, "application/json").status_code == 200
    key = northside.client(key=northside.api_key)
    assert (key.get(HOME).status_code, key.get(HOME).json()["error"]["code"]) == (403, "FORBIDDEN")
    assert Notification.objects.get().read_at is None
    read = bob.post(f"{HOME}{shape['id']}/read/", {}, "application/json").json()["data"]
    assert read["read_at"] is not None
    assert bob.get(f"{HOME}?is_read=false").json()["data"] == []
    assert bob.post(f"{HOME}read/", {}, "application/json").json()["data"] == {"unread": 0}


def test_page_shows_reads_and_opens(northside, harbor, rosa):
    row = note(northside, rosa, f"@{northside.bob.name} <script>")
    notification = Notification.objects.get()
    bob = northside.client(member=northside.bob)
    page = bob.get("/notifications/").content.decode()
    assert f"{northside.alice.name} mentioned you about Rosa Delgado" in page
    assert "&lt;script&gt;" in page
    assert "<script>" not in page.split('class="card told"')[1].split("</ul>")[0]
    charlie = harbor.client(member=harbor.charlie)
    for stranger in (charlie, northside.client(member=northside.alice)):
        assert "mentioned you" not in stranger.get("/notifications/").content.decode()
        assert stranger.post(f"/notifications/{notification.id}/open/").status_code == 404
        assert stranger.post(f"/notifications/{notification.id}/read/", **HTMX).status_code == 404
    assert charlie.get(f"/inbox/{rosa.id}/mentions/", **HTMX).status_code == 404
    answer = bob.post(f"/notifications/{notification.id}/open/")
    assert (answer.status_code, answer["Location"]) == (302, f"/inbox/{rosa.id}/?view=all&message={row.id}")
    assert Notification.objects.get().read_at is not None


def test_older_ones_come_page_by_page(northside, rosa):
    for number in range(31):
        note(northside, rosa, f"@{northside.bob.name} {number}")
    bob = northside.client(member=northside.bob)
    first = bob.get("/notifications/").content.decode()
    assert first.count("data-told=") == 30
    following = "/notifications/?" + first.split('hx-get="/notifications/?')[1].split('"')[0]
    rest = bob.get(following, **HTMX).content.decode()
    assert rest.count("data-told=") == 1
    assert f"@{northside.bob.name} 0" in rest


def test_names_in_a_note_are_marked_and_everything_is_escaped(northside, rosa):
    row = note(northside, rosa, f"<i>@{northside.bob.name}</i>")
    page = northside.client(member=northside.bob).get(f"/inbox/{rosa.id}/messages/?ids={row.id}", **HTMX)
    assert f'&lt;i&gt;<span class="mention">@{northside.bob.name}</span>&lt;/i&gt;' in page.content.decode()


def test_list_of_colleagues_leaves_out_oneself_and_who_left(northside, rosa):
    sync_member(northside.owner, is_active=False)
    list_ = northside.client(member=northside.alice).get(f"/inbox/{rosa.id}/mentions/", **HTMX).content.decode()
    assert f'data-name="{northside.bob.name}"' in list_
    assert northside.alice.name not in list_
    assert northside.owner.name not in list_


def test_choices_are_kept(northside):
    bob = northside.client(member=northside.bob)
    assert bob.get("/settings/notifications/", **HTMX).content.decode().count(" checked") == 3
    bob.post("/settings/notifications/", {"kind": ["assigned"], "sound": "on"}, **HTMX)
    chosen = NotificationPreference.objects.get()
    assert (chosen.member_id, sorted(chosen.muted), chosen.has_sound, chosen.has_popup) == (
        northside.bob.id, ["mention", "message_failed"], True, False,
    )  # fmt: skip


def test_only_the_member_who_is_told_gets_the_frame(committed):
    stage, other = committed("told"), committed("else")
    alice, bob, stranger = Browser(stage, stage.alice), Browser(stage, stage.bob), Browser(other, other.bob)

    async def story():
        conversation = await in_tenant(stage.schema, write, stage)
        async with browsers(alice, bob, stranger):
            await in_tenant(stage.schema, note, stage, conversation, f"@{stage.bob.name} look")
            frame = await bob.until("notification")
            assert (frame["notification"]["kind"], frame["notification"]["text"]) == (
                "mention", f"@{stage.bob.name} look",
            )  # fmt: skip
            for browser in (alice, stranger):
                assert "notification" not in kinds(await browser.quiet())
            await in_tenant(stage.schema, actions.read_notifications, member_id=stage.bob.id)
            await bob.until("notification:read")

    asyncio.run(story())
