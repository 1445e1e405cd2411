"""The live line of a visitor's page."""

import asyncio
import json
from uuid import uuid4

import pytest
from asgiref.testing import ApplicationCommunicator

from conversations import actions, tasks
from conversations.enums import MessageType
from conversations.models import Conversation
from conversations.routing import sockets
from conversations.tests.test_consumers import Browser, browsers, play
from conversations.types import NewMessage
from conversations.web_chat import actions as web_chat
from conversations.web_chat import consumers
from conversations.web_chat.visitors import Visitor, token_of
from kernel.actors import SYSTEM, Actor, ActorKind
from kernel.tenancy import in_tenant


class VisitorLine(Browser):
    """An open chat page."""

    def __init__(self, stage, chat, token):
        self.headers = {"host": stage.host.encode()}
        self.path, self.token, self.frames = f"/ws/chat/{chat}/", token, []

    async def open(self, **_changed):
        headers = [(name.encode(), value) for name, value in self.headers.items()]
        scope = {
            "type": "websocket", "path": self.path, "query_string": b"", "headers": headers, "subprotocols": [],
        }  # fmt: skip
        self.socket = ApplicationCommunicator(sockets, scope)
        await self.socket.send_input({"type": "websocket.connect"})
        assert (await self.socket.receive_output(timeout=5))["type"] == "websocket.accept"
        return self

    async def greet(self):
        await self.say(type="hello", token=self.token)
        return await self.until("hello")


@pytest.fixture
def stage(committed):
    return committed("webchat")


@pytest.fixture
def seats(stage):
    """Return a chat and two visitors' tokens, each with a conversation."""
    with stage.inside():
        chat = web_chat.create_web_chat(name="Site", actor=SYSTEM)
        rosa, omar = Visitor("rosa", chat, "Rosa"), Visitor("omar", chat, "Omar")
        for one in (rosa, omar):
            web_chat.receive_from_visitor(
                outlet_id=chat, visitor_id=one.id, name=one.name, text="Hello", client_id=uuid4()
            )
        return chat, token_of(rosa), token_of(omar)


def conversation_of(stage, name):
    with stage.inside():
        return Conversation.objects.get(contact__name=name).id


def answer(stage, conversation_id, text):
    alice = Actor(ActorKind.MEMBER, str(stage.alice.id))
    actions.send_message(conversation_id=conversation_id, message=NewMessage(MessageType.TEXT, text), actor=alice)
    actions.add_note(conversation_id=conversation_id, text="Only for us", actor=alice)
    tasks.send_waiting()


def test_an_answer_reaches_its_visitor_and_nobody_else(stage, seats):
    chat, rosas, omars = seats
    conversation_id = conversation_of(stage, "Rosa")
    rosa, omar = VisitorLine(stage, chat, rosas), VisitorLine(stage, chat, omars)

    async def story():
        async with browsers(rosa, omar):
            await rosa.greet()
            await omar.greet()
            await in_tenant(stage.schema, answer, stage, conversation_id, "We can help, Rosa.")
            frame = await rosa.until("message")
            assert (frame["message"]["text"], frame["message"]["name"]) == ("We can help, Rosa.", "Alice")
            assert [one["type"] for one in await omar.quiet()] == ["hello"]
            assert "Only for us" not in json.dumps(await rosa.quiet())

    play(story)


def test_typing_goes_both_ways(stage, seats):
    chat, rosas, omars = seats
    conversation_id = str(conversation_of(stage, "Rosa"))
    rosa, omar, alice = VisitorLine(stage, chat, rosas), VisitorLine(stage, chat, omars), Browser(stage, stage.alice)

    async def story():
        async with browsers(rosa, omar, alice):
            await rosa.greet()
            await omar.greet()
            await rosa.say(type="typing")
            told = await alice.until("typing")
            assert (told["conversation_id"], told["who"]["name"], told["who"]["kind"]) == (
                conversation_id, "Rosa", "contact",
            )  # fmt: skip
            await alice.say(type="typing", conversation_id=conversation_id)
            assert await rosa.until("typing") == {"type": "typing"}
            assert [one["type"] for one in await omar.quiet()] == ["hello"]

    play(story)


@pytest.mark.parametrize(
    "first", ['{"type": "ping"}', "[]", "garbage", '{"type": "hello"}', '{"type": "hello", "token": "x"}']
)
def test_a_line_without_a_good_token_is_closed(stage, seats, first):
    line = VisitorLine(stage, seats[0], "")

    async def story():
        async with browsers(line):
            await line.write(first)
            assert (await line.until("message"))["code"] == consumers.NOT_KNOWN

    play(story)


def test_a_line_before_the_first_word_or_of_another_tenant_is_closed(stage, seats, committed):
    other = committed("webchattwo")
    with stage.inside():
        silent = token_of(Visitor("silent", seats[0]))
    early, foreign = VisitorLine(stage, seats[0], silent), VisitorLine(other, seats[0], seats[1])

    async def story():
        async with browsers(early, foreign):
            await early.say(type="hello", token=silent)
            assert (await early.until("message"))["code"] == consumers.NOT_HERE
            await foreign.say(type="hello", token=seats[1])
            assert (await foreign.until("message"))["code"] == consumers.NOT_KNOWN

    play(story)


def test_the_silent_and_the_switched_off_are_let_go(stage, seats, monkeypatch):
    monkeypatch.setattr(consumers, "HELLO_WITHIN_S", 0.05)
    monkeypatch.setattr(consumers, "RECHECK_S", 0.2)
    silent, rosa = VisitorLine(stage, seats[0], ""), VisitorLine(stage, *seats[:2])

    def switch_off():
        web_chat.update_web_chat(outlet_id=seats[0], changes={"is_open": False}, actor=SYSTEM)

    async def story():
        async with browsers(silent):
            assert (await silent.until("message"))["code"] == consumers.NOT_KNOWN
        monkeypatch.setattr(consumers, "HELLO_WITHIN_S", 10.0)
        async with browsers(rosa):
            await rosa.greet()
            await in_tenant(stage.schema, switch_off)
            assert (await rosa.until("message"))["code"] == consumers.NOT_HERE
        await asyncio.sleep(0)

    play(story)
