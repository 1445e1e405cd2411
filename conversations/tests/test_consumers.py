import asyncio
import json
from contextlib import asynccontextmanager

import pytest
from asgiref.sync import sync_to_async
from asgiref.testing import ApplicationCommunicator
from django.db import connection

from conversations import actions, consumers
from conversations.models import Conversation
from conversations.presence import Presence
from conversations.routing import sockets
from conversations.tests.test_receiving import hello
from kernel import live
from kernel.actors import Actor, ActorKind
from kernel.tenancy import in_tenant
from tenants import actions as tenants


class Browser:
    """An open inbox: reads frames, keeps those it was not asked for."""

    query = b""

    def __init__(self, stage, member):
        client = stage.client(member=member)
        cookies = "; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items())
        self.headers = {
            "host": stage.host.encode(),
            "origin": f"http://{stage.host}".encode(),
            "cookie": cookies.encode(),
        }
        self.frames = []

    async def open(self, **changed):
        headers = [(name.encode(), value) for name, value in (self.headers | changed).items()]
        scope = {
            "type": "websocket",
            "path": "/ws/inbox/",
            "query_string": self.query,
            "headers": headers,
            "subprotocols": [],
        }
        self.socket = ApplicationCommunicator(sockets, scope)
        await self.socket.send_input({"type": "websocket.connect"})
        assert (await self.socket.receive_output(timeout=5))["type"] == "websocket.accept"
        return self

    async def say(self, **frame):
        await self.write(json.dumps(frame))

    async def write(self, text):
        await self.socket.send_input({"type": "websocket.receive", "text": text})

    async def until(self, kind):
        """Return the next frame of a kind; those before it are kept."""
        while True:
            output = await self.socket.receive_output(timeout=5)
            if output["type"] == "websocket.close":
                return output
            self.frames.append(json.loads(output["text"]))
            if self.frames[-1]["type"] == kind:
                return self.frames[-1]

    async def quiet(self):
        """Read until nothing comes; returns all frames so far."""
        while not await self.socket.receive_nothing(timeout=0.4):
            self.frames.append(json.loads((await self.socket.receive_output())["text"]))
        return self.frames

    async def close(self):
        if not self.socket.future.done():
            await self.socket.send_input({"type": "websocket.disconnect", "code": 1000})
            await self.socket.wait(timeout=5)


@asynccontextmanager
async def browsers(*made):
    try:
        yield [await browser.open() for browser in made]
    finally:
        for browser in made:
            await browser.close()


def play(story):
    asyncio.run(story())


async def receive(stage, *messages):
    await in_tenant(stage.schema, actions.receive_messages, list(messages))


def kinds(frames):
    return [frame["type"] for frame in frames]


@pytest.fixture
def stage(committed):
    return committed("live")


def test_a_customers_message_reaches_every_open_inbox_of_the_tenant_and_no_other(committed):
    one, two = committed("one"), committed("two")
    alice, bob, stranger = Browser(one, one.alice), Browser(one, one.bob), Browser(two, two.alice)

    async def story():
        async with browsers(alice, bob, stranger):
            await receive(one, hello(one))
            for browser in (alice, bob):
                frame = await browser.until("conversation:message")
                assert frame["message"]["text"] == "¿Hay noticias de mis cartas?"
            assert "conversation:message" not in kinds(await stranger.quiet())

    play(story)


def test_frames_come_once_and_in_the_order_of_history(stage):
    alice = Browser(stage, stage.alice)

    async def story():
        async with browsers(alice):
            await alice.until("hello")
            for number in range(20):
                await receive(stage, hello(stage, f"wamid.{number}", text=str(number)))
            while alice.frames[-1].get("message", {}).get("text") != "19":
                await alice.until("conversation:message")
            seqs = [frame["seq"] for frame in alice.frames if "seq" in frame and frame["type"] != "hello"]
            assert seqs == sorted(seqs)
            texts = [f["message"]["text"] for f in alice.frames if f["type"] == "conversation:message"]
            assert texts == [str(number) for number in range(20)]

    play(story)


def test_a_push_that_got_lost_is_read_from_history(stage, monkeypatch):
    alice = Browser(stage, stage.alice)
    push = live.push
    lost = []

    async def story():
        async with browsers(alice):
            await alice.until("hello")
            monkeypatch.setattr(live, "push", lambda _schema, batch: lost.append(batch))
            await receive(stage, hello(stage, "wamid.1", text="lost"))
            monkeypatch.setattr(live, "push", push)
            await receive(stage, hello(stage, "wamid.2", text="heard"))
            first = await alice.until("conversation:message")
            second = await alice.until("conversation:message")
            assert [first["message"]["text"], second["message"]["text"]] == ["lost", "heard"]
            monkeypatch.setattr(live, "push", lambda _schema, batch: lost.append(batch))
            await receive(stage, hello(stage, "wamid.3", text="the last one"))
            assert (await alice.until("conversation:message"))["message"]["text"] == "the last one"
            assert len([batch for batch in lost if batch.last]) == 2
            assert kinds(await alice.quiet()).count("conversation:message") == 3

    play(story)


def test_after_sleep_exactly_what_was_missed_comes_and_then_resumed(stage):
    alice, again = Browser(stage, stage.alice), Browser(stage, stage.alice)

    async def story():
        async with browsers(alice):
            seq = (await alice.until("hello"))["seq"]
        await receive(stage, *(hello(stage, f"wamid.{n}", text=str(n)) for n in range(3)))
        async with browsers(again):
            greeting = await again.until("hello")
            await again.say(type="resume", after_seq=seq)
            end = await again.until("resumed")
            missed = [frame for frame in again.frames if frame["type"] == "conversation:message"]
            assert end["seq"] == greeting["seq"] == max(frame["seq"] for frame in missed)
            assert sorted(frame["message"]["text"] for frame in missed) == ["0", "1", "2"]
            await again.say(type="resume", after_seq=end["seq"])
            assert (await again.until("resumed"))["seq"] == end["seq"]
            assert kinds(again.frames).count("conversation:message") == 3

    play(story)


def test_too_much_to_resume_is_a_gap(stage, monkeypatch):
    alice = Browser(stage, stage.alice)
    monkeypatch.setattr(consumers, "READ_LIMIT", 5)

    async def story():
        async with browsers(alice):
            seq = (await alice.until("hello"))["seq"]
            await receive(stage, *(hello(stage, f"wamid.{n}") for n in range(10)))
            await alice.until("seq")
            await alice.say(type="resume", after_seq=seq)
            gap = await alice.until("gap")
            assert (gap["from"], gap["to"] - seq) == (seq + 1, 12)
            conversation = await in_tenant(stage.schema, lambda: str(Conversation.objects.get().id))
            assert gap["refetch"] == ["conversations", conversation]

    play(story)


def test_a_page_that_is_ahead_of_history_is_told_to_fetch_anew(stage):
    alice = Browser(stage, stage.alice)

    async def story():
        async with browsers(alice):
            seq = (await alice.until("hello"))["seq"]
            await alice.say(type="resume", after_seq=999_999)
            assert (await alice.until("gap"))["to"] == seq

    play(story)


def test_a_session_that_was_signed_out_opens_no_socket_and_closes_the_open_one(stage, monkeypatch):
    monkeypatch.setattr(consumers, "RECHECK_S", 0.2)
    client = stage.client(member=stage.alice)
    alice, again = Browser(stage, stage.alice), Browser(stage, stage.alice)
    cookies = "; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items()).encode()
    alice.headers["cookie"] = again.headers["cookie"] = cookies

    async def story():
        async with browsers(alice):
            await alice.until("hello")
            await sync_to_async(in_thread(client.post))(path="/logout/")
            assert await alice.until("nothing") == {"type": "websocket.close", "code": 4401}
            await again.open()
            assert await again.socket.receive_output(timeout=5) == {"type": "websocket.close", "code": 4401}

    play(story)


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"cookie": b""}, 4401),
        ({"cookie": b"redress_session=forged"}, 4401),
        ({"origin": b"http://evil.example"}, 4403),
        ({"origin": b""}, 4403),
        ({"host": b"nobody.localhost:8000", "origin": b"http://nobody.localhost:8000"}, 4404),
    ],
)
def test_a_stranger_is_closed_out_with_the_reason(stage, changed, code):
    alice = Browser(stage, stage.alice)

    async def story():
        await alice.open(**changed)
        assert await alice.socket.receive_output(timeout=5) == {"type": "websocket.close", "code": code}

    play(story)


def test_a_session_of_another_tenant_opens_nothing(committed):
    one, two = committed("one"), committed("two")
    alice = Browser(one, one.alice)

    async def story():
        await alice.open(host=two.host.encode(), origin=f"http://{two.host}".encode())
        assert await alice.socket.receive_output(timeout=5) == {"type": "websocket.close", "code": 4401}

    play(story)


@pytest.mark.parametrize(
    "text",
    ["", "nonsense", "[]", "{}", '{"type": "shutdown"}', '{"type": "resume"}', '{"type": "resume", "after_seq": -1}',
     '{"type": "conversation:join", "conversation_id": "x"}', '{"type": "draft", "conversation_id": 7}',
     '{"type": "presence", "state": "king"}', '{"type": "typing"}', '{"type":"ping","x":"' + "x" * 70_000 + '"}'],
)  # fmt: skip
def test_what_is_not_of_the_protocol_is_told_and_harms_nothing(stage, text):
    alice = Browser(stage, stage.alice)

    async def story():
        async with browsers(alice):
            await alice.write(text)
            assert (await alice.until("notice"))["code"] == "BAD_FRAME"
            await alice.say(type="ping", sent_at=1)
            assert (await alice.until("pong"))["sent_at"] == 1

    play(story)


def test_colleagues_see_who_is_here_who_looks_and_who_types(stage):
    alice, bob = Browser(stage, stage.alice), Browser(stage, stage.bob)

    async def story():
        await receive(stage, hello(stage))
        conversation = await in_tenant(stage.schema, lambda: str(Conversation.objects.get().id))
        async with browsers(alice, bob):
            seen = await alice.until("presence")
            assert (seen["user"]["name"], seen["state"], seen["device"]) == ("Bob Tran", "online", "desktop")
            assert seen["viewing"] is None
            await bob.say(type="conversation:join", conversation_id=conversation)
            viewers = await alice.until("viewers")
            assert viewers["members"] == [{"id": str(stage.bob.id), "name": "Bob Tran"}]
            looks = await alice.until("presence")
            assert (looks["user"]["name"], looks["state"], looks["viewing"]) == ("Bob Tran", "online", conversation)
            await bob.say(type="typing", conversation_id=conversation)
            assert (await alice.until("typing"))["who"]["name"] == "Bob Tran"
            await bob.say(type="draft", conversation_id=conversation, text="Hola, soy")
            draft = await alice.until("conversation:draft")
            assert (draft["who"]["name"], draft["empty"], "text" in draft) == ("Bob Tran", False, False)
            await bob.close()
            assert (await alice.until("viewers"))["members"] == []
            assert (await alice.until("presence"))["state"] == "offline"
            assert "typing" not in kinds(bob.frames)

    play(story)


def test_taking_over_by_socket_is_the_same_fact_as_anywhere(stage):
    alice, bob = Browser(stage, stage.alice), Browser(stage, stage.bob)

    async def story():
        await receive(stage, hello(stage))
        conversation = await in_tenant(stage.schema, lambda: Conversation.objects.get().id)
        async with browsers(alice, bob):
            await bob.say(type="agent:takeover", conversation_id=str(conversation))
            handed = await alice.until("conversation:handoff")
            assert handed["conversation"]["assignee"]["name"] == "Bob Tran"
            assert handed["conversation"]["owner"] == {"type": "human", "user": str(stage.bob.id)}

    play(story)


def test_counts_follow_what_happens(stage):
    alice = Browser(stage, stage.alice)

    async def story():
        async with browsers(alice):
            assert (await alice.until("counts"))["counts"]["unassigned"] == 0
            await receive(stage, hello(stage))
            assert (await alice.until("counts"))["counts"]["unassigned"] == 1
            conversation = await in_tenant(stage.schema, lambda: Conversation.objects.get().id)
            actor = Actor(ActorKind.MEMBER, str(stage.alice.id))
            take = {"conversation_id": conversation, "member_id": stage.alice.id, "actor": actor}
            await in_tenant(stage.schema, actions.take_over, **take)
            counts = (await alice.until("counts"))["counts"]
            assert (counts["unassigned"], counts["mine"], counts["all"]) == (0, 1, 1)

    play(story)


def test_a_suspended_tenant_is_shown_the_door(stage, monkeypatch):
    monkeypatch.setattr(consumers, "RECHECK_S", 0.2)
    alice = Browser(stage, stage.alice)

    async def story():
        async with browsers(alice):
            await alice.until("hello")
            suspend = {"tenant_id": stage.tenant.id, "reason": "unpaid", "actor": Actor(ActorKind.OPERATOR)}
            await sync_to_async(in_thread(tenants.suspend_tenant))(**suspend)
            assert await alice.until("nothing") == {"type": "websocket.close", "code": 4423}

    play(story)


def in_thread(fn):
    def run(**arguments):
        try:
            return fn(**arguments)
        finally:
            connection.close()

    return run


def test_a_member_without_a_sign_of_life_is_gone_after_a_minute(northside):
    now = [1_000.0]
    presence = Presence(northside.schema, clock=lambda: now[0])

    async def story():
        assert await presence.sign("s1", "m1", "Alice", "online", "desktop")
        assert not await presence.sign("s1", "m1", "Alice", "online", "desktop")
        assert await presence.sign("s2", "m1", "Alice", "away", "phone") is False
        now[0] += 59.9
        assert list(await presence.here()) == ["m1"]
        assert await presence.bury() == []
        now[0] += 0.2
        assert await presence.here() == {}
        assert [seen.member for seen in await presence.bury()] == ["m1"]
        assert await presence.bury() == []

    play(story)


def test_a_draft_with_the_character_nul_is_no_frame_and_the_line_stays_open(stage):
    alice = Browser(stage, stage.alice)
    with stage.inside():
        actions.receive_messages([hello(stage)])
        conversation_id = str(Conversation.objects.get().id)

    async def story():
        async with browsers(alice):
            await alice.say(type="draft", conversation_id=conversation_id, text="a\0b")
            assert (await alice.until("notice"))["code"] == "BAD_FRAME"
            await alice.say(type="ping", sent_at=1)
            assert (await alice.until("pong"))["sent_at"] == 1

    play(story)
