"""Sockets opened with a ticket: a member as with a cookie, a program to watch."""

import pytest

from conversations import consumers
from conversations.models import Conversation
from conversations.tests.test_consumers import Browser, browsers, kinds, play, receive
from conversations.tests.test_receiving import hello
from kernel.actors import SYSTEM
from kernel.tenancy import in_tenant
from tenants import actions as tenants
from tenants.proofs import KeyProof, SessionProof
from tenants.tickets import issue


class Ticketed(Browser):
    """Opens its socket with a ticket and nothing else, from an origin of its own."""

    def __init__(self, stage, client):
        answer = client.post("/api/v1/ws-tickets/", {}, content_type="application/json")
        self.headers = {"host": stage.host.encode(), "origin": b"https://elsewhere.example"}
        self.query = f"ticket={answer.json()['data']['ticket']}".encode()
        self.frames = []


@pytest.fixture
def stage(committed):
    return committed("ticket")


def test_member_with_a_ticket_is_there_like_everybody_else(stage):
    alice, bob = Ticketed(stage, stage.client(member=stage.alice)), Browser(stage, stage.bob)

    async def story():
        async with browsers(bob, alice):
            assert (await bob.until("presence"))["user"]["name"] == "Alice Moreno"
            await receive(stage, hello(stage))
            assert (await alice.until("conversation:message"))["message"]["text"] == "¿Hay noticias de mis cartas?"
            conversation = await in_tenant(stage.schema, lambda: Conversation.objects.get().id)
            await alice.say(type="agent:takeover", conversation_id=str(conversation))
            assert (await bob.until("conversation:handoff"))["conversation"]["assignee"]["name"] == "Alice Moreno"

    play(story)


def test_program_watches_and_is_seen_by_nobody(stage):
    program, bob = Ticketed(stage, stage.client(key=stage.api_key)), Browser(stage, stage.bob)

    async def story():
        async with browsers(bob, program):
            seq = (await program.until("hello"))["seq"]
            await receive(stage, hello(stage))
            await program.until("conversation:message")
            await program.say(type="ping", sent_at=1)
            assert (await program.until("pong"))["sent_at"] == 1
            await program.say(type="resume", after_seq=seq)
            await program.until("resumed")
            conversation = str(await in_tenant(stage.schema, lambda: Conversation.objects.get().id))
            for said in (
                {"type": "agent:takeover", "conversation_id": conversation},
                {"type": "conversation:join", "conversation_id": conversation},
                {"type": "typing", "conversation_id": conversation},
                {"type": "draft", "conversation_id": conversation, "text": "x"},
                {"type": "presence", "state": "online"},
            ):
                await program.say(**said)
                assert (await program.until("notice"))["code"] == "FORBIDDEN"
            await program.close()
            assert {"presence", "viewers", "typing", "conversation:draft"}.isdisjoint(kinds(await bob.quiet()))
            assert "conversation:handoff" not in kinds(bob.frames)

    play(story)


def test_ticket_opens_one_socket(stage):
    first = Ticketed(stage, stage.client(member=stage.alice))
    second = Ticketed(stage, stage.client(member=stage.alice))
    second.query = first.query

    async def story():
        async with browsers(first, second):
            await first.until("hello")
            assert await second.until("hello") == {"type": "websocket.close", "code": 4401}

    play(story)


def test_ticket_of_another_tenant_opens_nothing(committed):
    one, two = committed("one"), committed("two")
    alice = Ticketed(one, one.client(member=one.alice))

    async def story():
        await alice.open(host=two.host.encode())
        assert await alice.until("hello") == {"type": "websocket.close", "code": 4401}

    play(story)


def test_key_that_may_not_read_conversations_opens_no_inbox(stage):
    with stage.inside():
        key = tenants.create_api_key(name="narrow", scopes=["events:read"], actor=SYSTEM).key
    program = Ticketed(stage, stage.client(key=key))

    async def story():
        async with browsers(program):
            assert await program.until("hello") == {"type": "websocket.close", "code": 4403}

    play(story)


def test_socket_ends_with_the_key_of_its_ticket(stage, monkeypatch):
    monkeypatch.setattr(consumers, "RECHECK_S", 0.2)
    with stage.inside():
        made = tenants.create_api_key(name="short", scopes=["conversations:read", "events:read"], actor=SYSTEM)
    program = Ticketed(stage, stage.client(key=made.key))

    async def story():
        async with browsers(program):
            await program.until("hello")
            await in_tenant(stage.schema, tenants.revoke_api_key, key_id=made.id, actor=SYSTEM)
            assert await program.until("nothing") == {"type": "websocket.close", "code": 4401}

    play(story)


def test_ticket_does_not_show_what_it_stands_for():
    assert "secret" not in repr(SessionProof("t_x", "secret"))
    assert "616263" not in repr(KeyProof("t_x", b"abc"))
    assert issue(KeyProof("t_x", b"abc")).ticket not in repr(issue(KeyProof("t_x", b"abc")))
