"""Searching: what is found, in which order, by whom, and over which door."""

from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from conversations import actions, queries
from conversations.models import Conversation, Message
from conversations.tests.test_views import HTMX, write
from kernel import clocks, search
from kernel.actors import Actor, ActorKind
from tests.cast import Stage


@pytest.fixture(params=["rare", "common"])
def way(request, monkeypatch) -> str:
    """Both ways of finding must find the same."""
    monkeypatch.setattr(search, "is_common", lambda _model, _words: request.param == "common")
    return str(request.param)


@pytest.fixture
def talk(northside: Stage) -> dict[str, Conversation]:
    """Three customers, four messages, one note."""
    start = clocks.now() - timedelta(minutes=30)

    def at(minute: int) -> Any:
        return start + timedelta(minutes=minute)

    rosa = write(northside, 1, "¿Llegó la carta de Equifax?", "Rosa Núñez", sent_at=at(0))
    omar = write(northside, 2, "The letter arrived, equifax answered", "Omar Delgado", sent_at=at(1))
    write(northside, 1, "Gracias", "Rosa Núñez", sent_at=at(2))
    hana = write(northside, 3, "Hello", "Hana Sørensen", sent_at=at(3))
    alice = Actor(ActorKind.MEMBER, str(northside.alice.id))
    actions.add_note(conversation_id=hana.id, text="Ask her about Equifax", actor=alice)
    return {"rosa": rosa, "omar": omar, "hana": hana}


def texts(client: Any, query: str) -> list[str]:
    answer = client.get(f"/api/v1/messages/?search={quote(query)}")
    assert answer.status_code == 200, answer.content
    return [one["text"] for one in answer.json()["data"]]


def names(client: Any, query: str) -> list[str]:
    answer = client.get(f"/api/v1/conversations/?search={quote(query, safe='&=')}")
    assert answer.status_code == 200, answer.content
    return [one["contact"]["name"] for one in answer.json()["data"]]


def test_messages_are_found_newest_first_notes_too(northside, talk, way):
    client = northside.client(key=northside.api_key)
    carta, letter = "¿Llegó la carta de Equifax?", "The letter arrived, equifax answered"
    assert texts(client, "EQUI") == ["Ask her about Equifax", letter, carta]
    assert texts(client, "llego cárt") == [carta]
    assert texts(client, "quifax") == []
    assert texts(client, "equifax nothing") == []


def test_conversations_are_found_by_what_was_said_and_by_who(northside, talk, way):
    client = northside.client(key=northside.api_key)
    assert names(client, "equifax") == ["Hana Sørensen", "Rosa Núñez", "Omar Delgado"]
    assert names(client, "nunez") == ["Rosa Núñez"]
    assert names(client, "delg") == ["Omar Delgado"]
    assert names(client, "nobody") == []
    assert names(client, "equifax&order=-active_at") == ["Hana Sørensen", "Rosa Núñez", "Omar Delgado"]
    assert names(client, "equifax&order=last_message_at") == ["Omar Delgado", "Rosa Núñez", "Hana Sørensen"]


@pytest.mark.parametrize(
    "query", ["+13055550002", "13055550002", "305 555 0002", "(305) 555-0002", "5550002", "0002", "+1 305 555 00 02"]
)
def test_phone_numbers_are_found_however_they_are_written(northside, talk, query):
    assert names(northside.client(key=northside.api_key), query) == ["Omar Delgado"]


def test_pages_of_what_was_found_hold_every_row_once(northside, way):
    for number in range(7):
        write(northside, number + 1, f"carta {number}", sent_at=clocks.now() - timedelta(minutes=number))
    client, address, found = northside.client(key=northside.api_key), "/api/v1/messages/?search=carta&limit=3", []
    while address:
        answer = client.get(address).json()
        found += [one["text"] for one in answer["data"]]
        cursor = answer["meta"]["pagination"]["next_cursor"]
        address = f"/api/v1/messages/?search=carta&limit=3&cursor={cursor}" if cursor else ""
    assert found == [f"carta {number}" for number in range(7)]


def test_chosen_fields_come_alone_and_the_snippet_marks_matches(northside, talk):
    client = northside.client(key=northside.api_key)
    [shown] = client.get("/api/v1/messages/?search=cart&fields=snippet").json()["data"]
    assert list(shown) == ["snippet"]
    pieces = [(one["text"], one["match"]) for one in shown["snippet"]]
    assert pieces == [("¿Llegó la ", False), ("cart", True), ("a de Equifax?", False)]


def test_search_in_one_conversation(northside, talk):
    client = northside.client(key=northside.api_key)
    found = client.get(f"/api/v1/messages/?search=equifax&conversation={talk['omar'].id}").json()["data"]
    assert [one["conversation_id"] for one in found] == [str(talk["omar"].id)]


@pytest.mark.parametrize("query", ["%20", "...", "%F0%9F%98%80%21%3F"])
def test_no_words_are_refused_or_find_nothing(northside, talk, query):
    answer = northside.client(key=northside.api_key).get(f"/api/v1/messages/?search={query}")
    assert answer.status_code == 400 or answer.json()["data"] == []


def test_charlie_of_another_tenant_finds_nothing(northside, harbor, talk):
    client = harbor.client(key=harbor.api_key)
    assert texts(client, "equifax") == []
    assert names(client, "rosa") == []
    charlie = harbor.client(member=harbor.charlie)
    assert b"Rosa" not in charlie.get("/inbox/search/?q=rosa", **HTMX).content


def test_search_field_shows_people_and_messages_with_marks(northside, talk):
    page = northside.client(member=northside.alice).get("/inbox/search/?q=rosa", **HTMX).content.decode()
    assert "Rosa Núñez" in page
    assert "Omar" not in page
    found = northside.client(member=northside.alice).get("/inbox/search/?q=equi", **HTMX).content.decode()
    assert found.count("<mark>") == 3
    assert "Private note" in found


def test_what_customers_write_is_escaped(northside):
    write(northside, 1, "<img src=x onerror=alert(1)> carta", "<b>Eve</b>")
    page = northside.client(member=northside.alice).get("/inbox/search/?q=carta", **HTMX).content.decode()
    assert "<img" not in page
    assert "<b>Eve" not in page
    assert "&lt;img src=x onerror=alert(1)&gt; <mark>carta</mark>" in page


def test_search_costs_the_same_for_one_and_for_three(northside, talk):
    client = northside.client(member=northside.alice)
    client.get("/inbox/search/?q=warm", **HTMX)
    counts = []
    for query in ("llego", "equifax"):
        with CaptureQueriesContext(connection) as captured:
            client.get(f"/inbox/search/?q={query}", **HTMX)
        counts.append(len(captured))
    assert counts[0] == counts[1]


def test_opening_a_message_shows_what_was_said_around_it(northside):
    rosa = None
    for number in range(120):
        rosa = write(northside, 1, f"line {number:03}", sent_at=clocks.now() - timedelta(minutes=200 - number))
    assert rosa is not None
    target = Message.objects.get(text="line 060")
    page = northside.client(member=northside.alice).get(f"/inbox/{rosa.id}/?message={target.id}", **HTMX)
    text = page.content.decode()
    assert [f"line {number:03}" in text for number in (34, 35, 60, 85, 86)] == [False, True, True, True, False]
    assert "data-older=" in text
    assert "data-newer=" in text
    assert f'data-target="{target.id}"' in text


def test_message_of_another_conversation_shows_the_newest(northside, talk):
    foreign = Message.objects.get(text="Hello")
    page = northside.client(member=northside.alice).get(f"/inbox/{talk['omar'].id}/?message={foreign.id}", **HTMX)
    assert page.status_code == 200
    assert "data-target" not in page.content.decode()
    assert (
        northside.client(member=northside.alice).get(f"/inbox/{talk['omar'].id}/?message=x", **HTMX).status_code == 400
    )


def test_common_word_is_walked_to_and_rare_one_collected(northside):
    thread = write(northside)
    Message.objects.bulk_create(
        Message(
            conversation=thread, direction="in", sender_type="customer", type="text", status="received",
            text=f"common word{number}", status_at=clocks.now(), sent_at=clocks.now(),
        )
        for number in range(1200)
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE conversations_message")
    assert search.is_common(Message, ["common"]) is True
    assert search.is_common(Message, ["word77"]) is False
    assert [one.text for one in queries.messages_saying(["word777"])] == ["common word777"]
