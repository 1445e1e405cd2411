"""What pages show, made from shapes: bubbles, rows, filters, times, the contact pane, the template picker."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone, translation
from hypothesis import given
from hypothesis import strategies as st

from conversations import actions, queries
from conversations.enums import MessageType, Owner, Status, View
from conversations.models import Conversation, Message, Template
from conversations.pages import contact, filters, times
from conversations.pages.bubbles import bubbles_of, reaction_target, reactions_by_message
from conversations.pages.picker import cards_of
from conversations.pages.rows import row_of
from conversations.pages.wording import inbox_words
from conversations.templatetags.inbox import phone, tick_times
from conversations.types import InboundFile, InboundMessage, InboundSender
from kernel import clocks
from tenants.avatars import Person
from tests.cast import Stage

ROSA = InboundSender(phone="+13055550142", user_id="US.1", name="Rosa Delgado")


PHONES = [{"phone": "+1"}, {"phone": "+2"}]
NOT_YET = "This kind of message cannot be shown yet"


def arrive(stage: Stage, vendor_id: str, **values: Any) -> None:
    message = {"type": MessageType.TEXT, "text": "Hello", "sent_at": clocks.now(), "sender": ROSA, **values}
    actions.receive_messages([InboundMessage(outlet_id=stage.outlet_id, vendor_id=vendor_id, **message)])


def shapes() -> list[dict[str, Any]]:
    return queries.message_shapes(list(Message.objects.order_by("sent_at", "id").values_list("id", flat=True)))


def bubbles() -> list[Any]:
    found = shapes()
    reactions = [shape for shape in found if shape["type"] == "reaction"]
    known = {shape["vendor_id"] for shape in found}
    return bubbles_of(found, reactions_by_message(reactions), known)


@pytest.mark.parametrize(
    ("kind", "values", "title", "detail"),
    [
        ("location", {"content": {"location": {"latitude": 1.5, "longitude": 2}}}, "Location", "1.5, 2"),
        ("contacts", {"content": {"contacts": [{"name": "Ana", "phones": PHONES}]}}, "Ana", "+1, +2"),
        ("order", {"content": {"order": {"items": [{}, {}]}}}, "Order", "2 products"),
        ("order", {"content": {"order": {"items": [{}]}}}, "Order", "1 product"),
        ("unsupported", {"content": {"unsupported": {"type": "poll"}}}, NOT_YET, "poll"),
        ("interactive", {}, "Answer to a form", ""),
    ],
)  # fmt: skip
def test_kinds_without_text_say_what_they_are(
    northside: Stage, kind: str, values: dict[str, Any], title: str, detail: str
) -> None:
    arrive(northside, "wamid.1", type=MessageType(kind), text="", **values)
    [bubble] = bubbles()
    assert [(part.title, part.detail) for part in bubble.parts] == [(title, detail)]
    assert bubble.variant == "customer"


@pytest.mark.parametrize(
    ("kind", "file", "name", "detail"),
    [
        ("document", {"filename": "bill.pdf", "claimed_type": "application/pdf"}, "bill.pdf", "PDF"),
        ("audio", {"is_voice": True, "claimed_type": "audio/ogg; codecs=opus"}, "Voice message", "OGG"),
        ("audio", {}, "Audio", "Unknown type"),
        ("document", {"filename": "..\\..\\evil\u202efdp.exe"}, "evilfdp.exe", "EXE"),
    ],
)
def test_a_file_on_its_way_says_what_it_will_be(
    northside: Stage, kind: str, file: dict[str, Any], name: str, detail: str
) -> None:
    arrive(northside, "wamid.1", type=MessageType(kind), text="", files=(InboundFile("9001", **file),))
    [[shown]] = [bubble.files for bubble in bubbles()]
    assert (shown.look, shown.state, shown.name, shown.detail, shown.url) == ("save", "pending", name, detail, "")


def test_broken_content_of_any_kind_is_still_a_bubble(northside: Stage) -> None:
    for number, kind in enumerate(MessageType):
        arrive(
            northside,
            f"wamid.{number}",
            type=kind,
            text="",
            content={"location": None, "contacts": None, "order": None},
        )
    assert len(bubbles()) == len(MessageType)


def test_reaction_sits_on_its_message_and_the_last_word_counts(northside: Stage) -> None:
    arrive(northside, "wamid.1")
    for number, emoji in enumerate(("👍", "❤️")):
        content = {"reaction": {"message_id": "wamid.1", "emoji": emoji}}
        arrive(northside, f"wamid.r{number}", type=MessageType.REACTION, text="", content=content)
    [bubble] = bubbles()
    assert list(bubble.reactions) == ["❤️"]
    taken_back = {"reaction": {"message_id": "wamid.1", "emoji": ""}}
    arrive(northside, "wamid.r2", type=MessageType.REACTION, text="", content=taken_back)
    assert list(bubbles()[0].reactions) == []


def test_reaction_to_an_unknown_message_is_a_line_of_its_own(northside: Stage) -> None:
    content = {"reaction": {"message_id": "wamid.before-our-time", "emoji": "🙏"}}
    arrive(northside, "wamid.r", type=MessageType.REACTION, text="", content=content)
    [bubble] = bubbles_of(shapes(), {}, set())
    assert (bubble.variant, bubble.text) == ("event", "Reaction to an older message: 🙏")
    assert reaction_target(shapes()[0]) == "wamid.before-our-time"


def test_quote_correction_and_deletion_are_told(northside: Stage) -> None:
    arrive(northside, "wamid.1", text="The 22nd")
    arrive(northside, "wamid.2", text="Are you sure?", reply_to_vendor_id="wamid.1")
    arrive(northside, "wamid.3", text="The 23rd", content={"edit": {"original_message_id": "wamid.1"}})
    revoked = {"revoke": {"original_message_id": "wamid.1"}}
    arrive(northside, "wamid.4", type=MessageType.SYSTEM, text="", content=revoked)
    _first, answer, corrected, deleted = bubbles()
    assert (answer.quote.name, answer.quote.text) == ("Rosa Delgado", "The 22nd")
    assert corrected.remark == "Corrected message"
    assert (deleted.variant, deleted.text) == ("event", "The customer deleted a message.")


def test_message_of_unknown_fate_says_so(northside: Stage) -> None:
    arrive(northside, "wamid.1")
    Message.objects.update(direction="out", sender_type="agent", status="failed", failure_code="MAYBE_SENT")
    [bubble] = bubbles()
    assert bubble.failure.unknown_fate
    Message.objects.update(failure_code="131026")
    [bubble] = bubbles()
    assert not bubble.failure.unknown_fate
    assert "WhatsApp" in bubble.failure.reason
    Message.objects.update(status="delivered")
    assert bubbles()[0].failure is None


def row(**columns: Any) -> Any:
    Conversation.objects.update(**columns)
    [shape] = queries.conversation_shapes([Conversation.objects.get().id])
    return shape


def test_row_says_who_answers_in_words(northside: Stage) -> None:
    arrive(northside, "wamid.1")
    alice = northside.alice.id
    cases: list[tuple[dict[str, Any], str]] = [
        ({"owner": Owner.QUEUE, "assignee": None}, "Unassigned"),
        ({"owner": Owner.QUEUE, "assignee": alice}, "In queue"),
        ({"owner": Owner.HUMAN, "assignee": alice}, "Human"),
        ({"owner": Owner.AI, "assignee": None}, "AI"),
        ({"handoff_requested_at": clocks.now()}, "Wants human"),
        ({"status": Status.RESOLVED}, "Done"),
    ]
    for columns, words in cases:
        assert row_of(row(**columns), str(alice)).pill.text == words


def test_row_says_who_wrote_last(northside: Stage) -> None:
    arrive(northside, "wamid.1", text="Hello")
    me = str(northside.alice.id)
    assert row_of(row(), me).snippet == "Hello"
    answered = {"preview_direction": "out", "preview_sender": "agent", "preview": "Hi Rosa"}
    assert row_of(row(**answered, assignee=northside.alice.id), me).snippet == "You: Hi Rosa"
    assert row_of(row(assignee=northside.bob.id), me).snippet == "Team: Hi Rosa"
    assert row_of(row(preview_sender="ai"), me).snippet == "AI: Hi Rosa"
    nothing = {"preview": "", "preview_type": "audio", "preview_direction": "in"}
    assert row_of(row(**nothing), me).snippet == "Voice message"


def test_person_without_a_name_still_has_an_avatar() -> None:
    names = {"Maribel Ortega": "MO", "Ana": "AN", "+1 305": "#", "": "?", "محمد الأحمد": "ما", "🙂": "?", "X": "X"}
    assert {name: Person("1", name).initials for name in names} == names
    assert Person("1", "A").tint == Person("1", "B").tint


def test_choice_reads_only_words_it_knows() -> None:
    assert filters.choice_of({}) == filters.Choice(View.MINE, "open", "")
    assert filters.choice_of({"view": "x", "tab": "<b>", "channel": "y"}) == filters.Choice(View.MINE, "open", "")
    assert filters.choice_of({"view": "human", "tab": "done"}).tab == "open"
    assert filters.choice_of({"view": "done"}).tabs == []
    choice = filters.choice_of({"view": "all", "tab": "unread", "channel": "whatsapp"})
    assert filters.choice_of(dict(pair.split("=") for pair in choice.query.split("&"))) == choice


@pytest.mark.parametrize("view", ["mine", "unassigned", "ai", "all"])
def test_done_tab_holds_what_would_be_in_the_view_were_it_open(northside: Stage, view: str) -> None:
    arrive(northside, "wamid.1")
    cases: dict[str, dict[str, Any]] = {
        "mine": {"assignee": northside.alice.id},
        "unassigned": {"assignee": None},
        "ai": {"owner": Owner.AI},
        "all": {},
    }
    Conversation.objects.update(status=Status.RESOLVED, **cases[view])
    for tab, expected in (("open", 0), ("done", 1)):
        choice = filters.choice_of({"view": view, "tab": tab})
        assert queries.conversations_matching(choice.filter(northside.alice.id), northside.alice.id).count() == expected
    if view == "mine":
        bobs = filters.choice_of({"view": view, "tab": "done"}).filter(northside.bob.id)
        assert queries.conversations_matching(bobs, northside.bob.id).count() == 0


def test_spans_and_clocks() -> None:
    spans = [
        timedelta(seconds=-5),
        timedelta(minutes=59),
        timedelta(minutes=61),
        timedelta(hours=47),
        timedelta(hours=48),
    ]
    assert [times.span(one) for one in spans] == ["0 min", "59 min", "1 h 1 min", "47 h 0 min", "2 d"]
    assert times.due(clocks.now() - timedelta(minutes=6, seconds=1)) == "Late 6 min"
    assert times.due_state(clocks.now() + timedelta(minutes=14)) == "soon"
    assert times.window_state(None) == "closed"
    assert times.window_state(clocks.now() + timedelta(hours=3)) == "soon"
    assert times.window_state(clocks.now() + timedelta(hours=5)) == "open"
    assert times.ago(clocks.now() - timedelta(hours=3)) == "3 h"


@given(st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=400)))
def test_span_never_says_more_than_there_is(length: timedelta) -> None:
    words = times.span(length).split()
    amounts = dict(zip(words[1::2], map(int, words[::2]), strict=True))
    said = timedelta(days=amounts.get("d", 0), hours=amounts.get("h", 0), minutes=amounts.get("min", 0))
    assert said <= length < said + (timedelta(days=1) if "d" in amounts else timedelta(minutes=1))


def test_days_are_named_in_the_readers_zone() -> None:
    with timezone.override("America/New_York"):
        assert times.day_label(timezone.localdate()) == "Today"
        assert times.day_label(timezone.localdate() - timedelta(days=1)) == "Yesterday"
        with translation.override("es"):
            assert times.day_label(datetime(2020, 5, 22, tzinfo=UTC).date()) == "22 de mayo de 2020"
            assert times.short_day(datetime(2020, 5, 22, 12, tzinfo=UTC)) == "22 may 2020"
        assert times.short_day(datetime(2020, 5, 22, 12, tzinfo=UTC)) == "May 22, 2020"


def test_phone_is_grouped_and_anything_else_stays() -> None:
    assert phone("+13055550142") == "+1 305 555 0142"
    assert [phone(raw) for raw in ("", "alice", "+")] == ["", "alice", "+"]


def test_ticks_tell_their_times(northside: Stage) -> None:
    arrive(northside, "wamid.1")
    at = datetime(2026, 5, 22, 13, 5, tzinfo=UTC)
    Message.objects.update(sent_at=at, delivered_at=at + timedelta(minutes=1), read_at=None)
    assert tick_times(bubbles()[0]) == "Sent 1:05 PM · Delivered 1:06 PM"
    assert tick_times(None) == ""


def test_stage_bar_fills_up() -> None:
    assert contact.stage_of("lead").steps == ["now", "", "", ""]
    assert (contact.stage_of("client").before, contact.stage_of("client").word) == (
        "Lead, Qualified, Consult",
        "Client",
    )
    assert contact.stage_of("past_client").steps == ["on", "on", "on", "now"]


def test_unknown_zone_and_language_are_no_error() -> None:
    assert contact.local_time("") is None
    assert contact.local_time("Not/AZone") is None
    assert contact.local_time("../etc/passwd") is None
    assert contact.language_name("xx-unknown") == "xx-unknown"
    assert contact.language_name("es") == "Spanish"


def test_picker_cuts_a_template_at_its_blanks(db: None) -> None:
    body = {"type": "BODY", "text": "Hola {{1}}, ronda {{2}}."}
    photo = {"type": "HEADER", "format": "IMAGE"}
    link = {"type": "URL", "text": "Ver", "url": "https://example.com/{{1}}"}
    rows = [
        Template(name="old", language="en", status="rejected", components=[{"type": "BODY", "text": "x"}]),
        Template(name="photo", language="en", status="approved", components=[photo, body]),
        Template(name="sent", language="es", status="approved", category="utility",
                 components=[body, {"type": "BUTTONS", "buttons": [link]}]),
    ]  # fmt: skip
    first, *others = cards_of(rows)
    assert (first.name, first.is_usable, first.category) == ("sent", True, "Utility")
    assert [(piece.text, piece.field) for piece in first.paragraphs[0]] == [
        ("Hola ", ""), ("field 1", "body.1"), (", ronda ", ""), ("field 2", "body.2"), (".", ""),
    ]  # fmt: skip
    assert [field.name for field in first.fields] == ["body.1", "body.2", "buttons.0"]
    assert [card.is_usable for card in others] == [False, False]


def test_words_for_scripts_have_their_blanks_in_braces() -> None:
    words = inbox_words()
    assert words["new_messages"] == ["{n} new message", "{n} new messages"]
    assert words["typing_reply"] == "{name} is typing a reply"
    assert not any("%(" in str(sentence) for sentence in words.values())
