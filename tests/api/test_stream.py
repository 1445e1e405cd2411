"""`GET /api/v1/events/stream/`, as the live process serves it: over ASGI, against committed history."""

import asyncio
import json
import re
from contextlib import asynccontextmanager

import pytest
from asgiref.testing import ApplicationCommunicator

from config.asgi import application
from crm import actions as crm
from kernel import live
from kernel.actors import SYSTEM
from kernel.events import stream as streams
from kernel.events.reading import head_seq
from kernel.tenancy import PUBLIC, in_tenant, tenant_context
from tenants import actions as tenants
from tests.api.documented import differences

SHAPE = {"$ref": "#/components/schemas/Event"}


class Reader:
    """A program that follows a tenant's history."""

    def __init__(self, stage, query="", *, key=None, method="GET", **headers):
        given = {"host": stage.host, "authorization": f"Bearer {key or stage.api_key}", **headers}
        self.scope = {
            "type": "http", "method": method, "path": "/api/v1/events/stream/", "raw_path": b"", "root_path": "",
            "query_string": query.encode(), "http_version": "1.1", "scheme": "http", "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 8000),
            "headers": [(name.replace("_", "-").encode(), value.encode()) for name, value in given.items() if value],
        }  # fmt: skip
        self.text, self.ended = "", False

    async def open(self):
        self.line = ApplicationCommunicator(application, self.scope)
        await self.line.send_input({"type": "http.request", "body": b"", "more_body": False})
        start = await self.line.receive_output(timeout=10)
        self.status = start["status"]
        self.headers = {name.decode(): value.decode() for name, value in start["headers"]}
        await self.more()
        return self

    async def more(self):
        part = await self.line.receive_output(timeout=10)
        self.text += part["body"].decode()
        self.ended = not part.get("more_body", False)

    async def until(self, seen):
        while not seen() and not self.ended:
            await self.more()

    async def count(self, number):
        await self.until(lambda: len(self.events) >= number)
        return self.events

    async def quiet(self):
        while not await self.line.receive_nothing(timeout=0.4):
            await self.more()
        return self.events

    @property
    def events(self):
        """The events read so far, each checked against its id."""
        found = re.findall(r"^id: (\d+)\ndata: (.*)\n\n", self.text, re.MULTILINE)
        read = [json.loads(data) for _seq, data in found]
        assert [one["seq"] for one in read] == [int(seq) for seq, _data in found]
        return read

    @property
    def seqs(self):
        return [one["seq"] for one in self.events]

    async def close(self):
        if not self.line.future.done():
            await self.line.send_input({"type": "http.disconnect"})
        await self.line.wait(timeout=10)


@asynccontextmanager
async def reading(*made):
    try:
        yield [await reader.open() for reader in made]
    finally:
        for reader in made:
            await reader.close()


def play(story):
    asyncio.run(story())


def meet(number):
    for one in range(number):
        crm.create_contact(name=f"Person {one}", actor=SYSTEM)


async def happen(stage, number=1):
    await in_tenant(stage.schema, meet, number)


async def head_of(stage):
    return await in_tenant(PUBLIC, head_seq, stage.schema)


@pytest.fixture
def stage(committed):
    return committed("stream")


def test_events_arrive_once_in_order_and_in_their_documented_shape(stage):
    async def story():
        before = await head_of(stage)
        async with reading(Reader(stage)) as (reader,):
            assert (reader.status, reader.headers["content-type"]) == (200, "text/event-stream")
            assert "no-store" in reader.headers["cache-control"]
            assert "x-ratelimit-limit" in reader.headers
            for _time in range(5):
                await happen(stage)
            await reader.count(5)
            events = await reader.quiet()
            assert [event["seq"] for event in events] == list(range(before + 1, before + 6))
            assert {event["type"] for event in events} == {"contact.created"}
            assert [differences(event, SHAPE) for event in events] == [[]] * 5

    play(story)


def test_another_tenants_events_are_not_heard(committed):
    one, two = committed("one"), committed("two")

    async def story():
        async with reading(Reader(one), Reader(two)) as (mine, theirs):
            await happen(one, 3)
            await mine.count(3)
            assert await theirs.quiet() == []

    play(story)


@pytest.mark.parametrize("how", ["header", "parameter", "header before parameter"])
def test_reader_who_comes_back_gets_what_it_missed_and_nothing_twice(stage, how):
    async def story():
        async with reading(Reader(stage)) as (reader,):
            await happen(stage, 2)
            last = (await reader.count(2))[-1]["seq"]
        await happen(stage, 3)
        headers = {} if how == "parameter" else {"last_event_id": str(last)}
        query = {"header": "", "parameter": f"after_seq={last}"}.get(how, "after_seq=0")
        async with reading(Reader(stage, query, **headers)) as (again,):
            await again.count(3)
            await happen(stage, 2)
            await again.count(5)
            await again.quiet()
            assert again.seqs == list(range(last + 1, last + 6))

    play(story)


def test_long_history_is_read_whole_page_by_page(stage):
    async def story():
        await happen(stage, 450)
        head = await head_of(stage)
        async with reading(Reader(stage, "after_seq=0")) as (reader,):
            assert len(reader.events) == 200
            await reader.count(head)
            assert reader.seqs == list(range(1, head + 1))

    play(story)


def test_news_that_was_never_pushed_arrives_all_the_same(stage, monkeypatch):
    async def story():
        async with reading(Reader(stage)) as (reader,):
            monkeypatch.setattr(live, "push", lambda _schema, _batch: None)
            await happen(stage, 2)
            assert len(await reader.count(2)) == 2

    play(story)


def test_chosen_fields(stage):
    async def story():
        async with reading(Reader(stage, "fields=seq,type")) as (reader,):
            await happen(stage)
            assert (await reader.count(1))[0].keys() == {"seq", "type"}

    play(story)


def test_reader_ahead_of_history_is_told(stage):
    async def story():
        head = await head_of(stage)
        async with reading(Reader(stage, last_event_id=str(head + 1000))) as (reader,):
            assert f'id: {head}\nevent: gap\ndata: {{"from":{head + 1},"to":{head}}}' in reader.text
            await happen(stage)
            assert [event["seq"] for event in await reader.count(1)] == [head + 1]

    play(story)


def test_silence_is_filled_with_comments(stage, monkeypatch):
    monkeypatch.setattr(streams, "HEARTBEAT_S", 0.1)
    monkeypatch.setattr(streams, "RECHECK_S", 0.1)

    async def story():
        async with reading(Reader(stage)) as (reader,):
            await reader.until(lambda: reader.text.count(": alive\n\n") == 2)
            assert reader.events == []

    play(story)


def test_stream_ends_with_its_key(stage, monkeypatch):
    monkeypatch.setattr(streams, "RECHECK_S", 0.2)
    with stage.inside():
        made = tenants.create_api_key(name="short", scopes=["events:read"], actor=SYSTEM)

    async def story():
        async with reading(Reader(stage, key=made.key), Reader(stage)) as (reader, other):
            await in_tenant(stage.schema, tenants.revoke_api_key, key_id=made.id, actor=SYSTEM)
            await reader.until(lambda: False)
            assert reader.ended
            assert reader.text.endswith('event: end\ndata: {"reason":"revoked"}\n\n')
            await happen(stage)
            await other.until(lambda: "contact.created" in {event["type"] for event in other.events})
            assert "contact.created" not in {event["type"] for event in reader.events}

    play(story)


def test_stream_ends_with_its_session(stage, monkeypatch):
    monkeypatch.setattr(streams, "RECHECK_S", 0.2)
    browser = stage.client(member=stage.alice)
    cookies = "; ".join(f"{name}={morsel.value}" for name, morsel in browser.cookies.items())

    def leave():
        with tenant_context(PUBLIC):
            return browser.post("/logout/").status_code

    async def story():
        async with reading(Reader(stage, authorization="", cookie=cookies)) as (reader,):
            await happen(stage)
            assert len(await reader.count(1)) == 1
            assert await in_tenant(PUBLIC, leave) == 302
            await reader.until(lambda: False)
            assert '"reason":"revoked"' in reader.text

    play(story)


def test_stream_of_a_suspended_tenant_ends(stage, monkeypatch):
    monkeypatch.setattr(streams, "RECHECK_S", 0.2)

    async def story():
        async with reading(Reader(stage)) as (reader,):
            await in_tenant(PUBLIC, tenants.suspend_tenant, tenant_id=stage.tenant.id, reason="unpaid", actor=SYSTEM)
            await reader.until(lambda: False)
            assert reader.ended

    play(story)


@pytest.mark.parametrize(
    ("query", "headers", "said"),
    [
        ("", {"authorization": ""}, (401, "NOT_AUTHENTICATED")),
        ("ticket=nonsense", {"authorization": ""}, (401, "NOT_AUTHENTICATED")),
        ("after_seq=-1", {}, (400, "VALIDATION_ERROR")),
        ("page=2", {}, (400, "VALIDATION_ERROR")),
        ("", {"last_event_id": "soon"}, (400, "VALIDATION_ERROR")),
        ("", {"host": "nobody.localhost:8000"}, (404, "NOT_FOUND")),
        ("", {"host": "localhost:8000"}, (400, "TENANT_REQUIRED")),
    ],
)
def test_refusals_are_those_of_every_operation(stage, query, headers, said):
    async def story():
        async with reading(Reader(stage, query, **headers)) as (reader,):
            assert reader.ended
            assert (reader.status, json.loads(reader.text)["error"]["code"]) == said
            assert reader.headers["content-type"] == "application/json"
            assert "x-request-id" in reader.headers

    play(story)


def test_key_needs_the_scope(stage):
    with stage.inside():
        key = tenants.create_api_key(name="narrow", scopes=["contacts:read"], actor=SYSTEM).key

    async def story():
        async with reading(Reader(stage, key=key)) as (reader,):
            assert (reader.status, json.loads(reader.text)["error"]["code"]) == (403, "MISSING_SCOPE")

    play(story)


def test_asking_for_the_headers_opens_nothing(stage):
    async def story():
        async with reading(Reader(stage, method="HEAD")) as (reader,):
            assert (reader.status, reader.text, reader.ended) == (200, "", True)

    play(story)


def test_a_caller_can_not_open_streams_without_end(stage, monkeypatch):
    monkeypatch.setattr(streams, "MOST_OPEN", 2)

    async def story():
        async with reading(Reader(stage), Reader(stage), Reader(stage)) as (one, two, three):
            assert [one.status, two.status, three.status] == [200, 200, 429]
            assert json.loads(three.text)["error"]["code"] == "RATE_LIMITED"
            await one.close()
            async with reading(Reader(stage)) as (four,):
                assert four.status == 200

    play(story)


def test_client_that_takes_nothing_is_let_go(stage, monkeypatch):
    monkeypatch.setattr(streams, "STALLED_S", 0.2)
    taken = []

    async def receive():
        await asyncio.sleep(60)

    async def send(message):
        taken.append(message["type"])
        if len(taken) > 1:
            await asyncio.sleep(60)

    async def story():
        await asyncio.wait_for(application(Reader(stage).scope, receive, send), 10)
        assert taken == ["http.response.start", "http.response.body"]
        assert sum(streams._open.values()) == 0

    play(story)


def test_process_that_can_not_wait_answers_what_there_is_and_when_to_ask_again(northside):
    with northside.inside():
        crm.create_contact(name="Rosa", actor=SYSTEM)
        head = head_seq(northside.schema)
    answer = northside.client(key=northside.api_key).get(f"/api/v1/events/stream/?after_seq={head - 1}")

    assert (answer.status_code, answer["Content-Type"]) == (200, "text/event-stream")
    assert answer.content.startswith(b"retry: 2000\n\nid: %d\ndata: {" % head)
