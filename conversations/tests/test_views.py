"""The inbox's pages over HTTP: who sees what, what is refused and how, and what it costs."""

import json
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from conversations import actions
from conversations.enums import Delivery, MessageType, Owner, Status
from conversations.models import Conversation, Draft, Message
from conversations.types import InboundMessage, InboundSender, TemplateNews
from crm import actions as crm
from kernel import clocks
from kernel.actors import SYSTEM
from kernel.events.models import Event
from tests.cast import Stage

HTMX: Any = {"HTTP_HX_REQUEST": "true"}


def write(
    stage: Stage, number: int = 1, text: str = "Hello", name: str = "Rosa Delgado", **values: Any
) -> Conversation:
    sender = InboundSender(phone=f"+1305555{number:04}", user_id=f"US.{number}", name=name)
    message = {"sent_at": clocks.now(), "type": MessageType.TEXT, "text": text, "sender": sender, **values}
    actions.receive_messages([InboundMessage(outlet_id=stage.outlet_id, vendor_id=f"wamid.{uuid4()}", **message)])
    return Conversation.objects.get(contact__phone=sender.phone)


@pytest.fixture
def rosa(northside: Stage) -> Conversation:
    return write(northside)


@pytest.fixture
def alice(northside: Stage) -> Any:
    return northside.client(member=northside.alice)


def test_stranger_is_sent_to_sign_in_and_a_script_is_told_so(northside: Stage, rosa: Conversation) -> None:
    stranger = northside.client()
    answer = stranger.get(f"/inbox/{rosa.id}/?view=all")
    assert (answer.status_code, answer["Location"]) == (302, f"/login/?next=%2Finbox%2F{rosa.id}%2F%3Fview%3Dall")
    told = stranger.get("/inbox/list/", **HTMX)
    assert (told.status_code, told["Content-Type"]) == (401, "text/plain; charset=utf-8")


def test_charlie_of_another_tenant_finds_nothing(northside: Stage, harbor: Stage, rosa: Conversation) -> None:
    charlie = harbor.client(member=harbor.charlie)
    message = Message.objects.get()
    reads = ("", "thread/", "older/", f"messages/?ids={message.id}", "head/", "contact/", "templates/")
    for path in reads:
        assert charlie.get(f"/inbox/{rosa.id}/{path}").status_code == 404
    for path in (
        "send",
        "note",
        "assign",
        "takeover",
        "handoff",
        "resolve",
        "reopen",
        "snooze",
        "pending",
        "tags",
        "seen",
        "draft",
        f"retry/{message.id}",
    ):
        assert charlie.post(f"/inbox/{rosa.id}/{path}/", {"text": "x"}).status_code == 404
    assert charlie.get(f"/inbox/rows/?view=all&ids={rosa.id}").content.strip() == b""
    assert b"Rosa" not in charlie.get("/inbox/?view=all").content
    assert json.loads(charlie.get("/inbox/counts/").content)["all"] == 0


def test_session_of_one_tenant_is_nobody_on_another(northside: Stage, harbor: Stage, rosa: Conversation) -> None:
    client = northside.client(member=northside.alice)
    answer = client.get("/inbox/", HTTP_HOST=harbor.host)
    assert answer.status_code == 302
    assert answer["Location"].startswith("/login/")


def test_same_address_is_a_page_or_its_panes(alice: Any, rosa: Conversation) -> None:
    page = alice.get(f"/inbox/{rosa.id}/?view=all")
    assert b"<!doctype html>" in page.content
    assert page["Cache-Control"] == "private, no-cache"
    part = alice.get(f"/inbox/{rosa.id}/?view=all", **HTMX)
    assert b"<!doctype html>" not in part.content
    assert part["Cache-Control"] == "no-store"
    assert "HX-Request" in part["Vary"]
    back = alice.get(f"/inbox/{rosa.id}/", **HTMX, HTTP_HX_HISTORY_RESTORE_REQUEST="true")
    assert b"<!doctype html>" in back.content


def test_whatever_customers_write_is_only_text(alice: Any, northside: Stage) -> None:
    evil = "<script>alert(1)</script><img src=x onerror=alert(1)>"
    thread = write(northside, 2, text=evil, name=evil)
    for address in ("/inbox/?view=all", f"/inbox/{thread.id}/?view=all", f"/inbox/{thread.id}/contact/"):
        content = alice.get(address).content.decode()
        assert "<script>alert" not in content
        assert "<img src=x" not in content
    assert "&lt;script&gt;alert(1)" in content


def test_pages_carry_the_head_of_history_read_before_the_rest(alice: Any, rosa: Conversation) -> None:
    head = Event.objects.order_by("-seq").values_list("seq", flat=True)[0]
    assert f'data-seq="{head}"' in alice.get("/inbox/").content.decode()


def test_page_runs_no_inline_script(alice: Any, rosa: Conversation) -> None:
    page = alice.get(f"/inbox/{rosa.id}/")
    content = page.content.decode()
    assert "script-src 'self';" in page["Content-Security-Policy"]
    assert " onclick=" not in content
    assert "hx-on" not in content
    assert [
        tag for tag in content.split("<script")[1:] if "src=" not in tag[:120] and "application/json" not in tag[:80]
    ] == []


def test_list_costs_the_same_with_one_and_three_rows(alice: Any, northside: Stage, rosa: Conversation) -> None:
    def cost() -> int:
        with CaptureQueriesContext(
            connection,
        ) as captured:
            assert alice.get("/inbox/list/?view=all", **HTMX).status_code == 200
        return len(captured)

    alice.get("/inbox/list/?view=all", **HTMX)
    one = cost()
    write(northside, 2)
    write(northside, 3)
    assert cost() == one


def test_thread_costs_the_same_with_one_and_three_messages(alice: Any, northside: Stage, rosa: Conversation) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert alice.get(f"/inbox/{rosa.id}/thread/", **HTMX).status_code == 200
        return len(captured)

    cost()
    one = cost()
    write(northside)
    write(northside)
    assert cost() == one


def test_list_pages_never_repeat_or_skip(alice: Any, northside: Stage) -> None:
    for number in range(65):
        write(northside, number, sent_at=clocks.now() - timedelta(minutes=number))
    seen, address = [], "/inbox/list/?view=all"
    while address:
        content = alice.get(address, **HTMX).content.decode()
        seen += [part[:36] for part in content.split('id="conv-')[1:]]
        address = (
            content.split('class="more"')[1].split('hx-get="')[1].split('"')[0].replace("&amp;", "&")
            if 'class="more"' in content
            else ""
        )
    assert len(seen) == len(set(seen)) == 65


def test_bad_cursor_and_bad_ids_are_refused_in_a_sentence(alice: Any, rosa: Conversation) -> None:
    for address in ("/inbox/list/?cursor=nonsense", "/inbox/rows/?ids=1,2", f"/inbox/{rosa.id}/messages/?ids=x"):
        answer = alice.get(address, **HTMX)
        assert answer.status_code == 400
        assert answer["Content-Type"] == "text/plain; charset=utf-8"
        assert b"<" not in answer.content


def test_reply_is_answered_with_its_bubble_and_the_same_client_id_sends_once(alice: Any, rosa: Conversation) -> None:
    fields = {"text": "On its way", "client_id": str(uuid4())}
    first = alice.post(f"/inbox/{rosa.id}/send/", fields, **HTMX)
    again = alice.post(f"/inbox/{rosa.id}/send/", fields, **HTMX)
    assert first.status_code == again.status_code == 200
    assert first.content == again.content
    sent = Message.objects.get(direction="out")
    assert (sent.text, sent.status, str(sent.client_id)) == ("On its way", Delivery.QUEUED, fields["client_id"])
    assert f'id="msg-{sent.id}"'.encode() in first.content
    assert f'data-client="{sent.client_id}"'.encode() in first.content


@pytest.mark.parametrize(
    ("fields", "status"), [({"text": "  "}, 400), ({"text": "x" * 4097}, 400), ({"text": "x", "client_id": "7"}, 400)]
)
def test_reply_that_cannot_be_is_refused_beside_the_composer(
    alice: Any, rosa: Conversation, fields: dict[str, str], status: int
) -> None:
    answer = alice.post(f"/inbox/{rosa.id}/send/", fields, **HTMX)
    assert (answer.status_code, answer["Content-Type"]) == (status, "text/plain; charset=utf-8")
    assert not Message.objects.filter(direction="out").exists()


def test_closed_window_refuses_text_and_takes_a_template(alice: Any, northside: Stage) -> None:
    thread = write(northside, 5, sent_at=clocks.now() - timedelta(hours=25))
    answer = alice.post(f"/inbox/{thread.id}/send/", {"text": "Hello?"}, **HTMX)
    assert (answer.status_code, answer.content.decode()) == (422, "The 24-hour window has closed. Send a template.")
    news = TemplateNews(
        waba_id=northside.waba_id, vendor_id="1", name="sent", language="es", status="approved",
        components=[{"type": "BODY", "text": "Hola {{1}}"}],
    )  # fmt: skip
    actions.record_template_news([news])
    missing = alice.post(f"/inbox/{thread.id}/send/", {"template": "sent", "language": "es"}, **HTMX)
    assert missing.status_code == 422
    done = alice.post(f"/inbox/{thread.id}/send/", {"template": "sent", "language": "es", "body.1": "Rosa"}, **HTMX)
    assert done.status_code == 200
    assert Message.objects.get(direction="out").text == "Hola Rosa"
    assert b"Hola" in alice.get(f"/inbox/{thread.id}/templates/", **HTMX).content


def test_viewer_reads_and_cannot_write(northside: Stage, rosa: Conversation) -> None:
    vera = northside.client(member=northside.vera)
    page = vera.get(f"/inbox/{rosa.id}/?view=all").content.decode()
    assert "You can read conversations here, but not answer them." in page
    assert "<rd-composer" not in page
    before = Event.objects.count()
    for path in ("send", "note", "assign", "takeover", "handoff", "resolve", "reopen", "seen", "draft"):
        answer = vera.post(f"/inbox/{rosa.id}/{path}/", {"text": "x"}, **HTMX)
        assert (answer.status_code, answer.content) == (403, b"You may not do this.")
    assert Event.objects.count() == before


def test_handling_moves_the_conversation(alice: Any, northside: Stage, rosa: Conversation) -> None:
    def now() -> Conversation:
        return Conversation.objects.get(id=rosa.id)

    for path, fields in (
        ("takeover", {}),
        ("assign", {"member": str(northside.bob.id)}),
        ("handoff", {}),
        ("resolve", {}),
    ):
        assert alice.post(f"/inbox/{rosa.id}/{path}/", fields, **HTMX).status_code == 204
        if path == "takeover":
            assert (now().owner, now().assignee_id) == (Owner.HUMAN, northside.alice.id)
        if path == "assign":
            assert now().assignee_id == northside.bob.id
        if path == "handoff":
            assert (now().owner, now().assignee_id) == (Owner.QUEUE, None)
    assert now().status == Status.RESOLVED
    assert alice.post(f"/inbox/{rosa.id}/reopen/", **HTMX).status_code == 204
    assert now().status == Status.OPEN
    assert alice.post(f"/inbox/{rosa.id}/assign/", {"member": str(uuid4())}, **HTMX).status_code == 404


def test_seen_counts_once(alice: Any, rosa: Conversation) -> None:
    for _time in range(2):
        assert alice.post(f"/inbox/{rosa.id}/seen/", **HTMX).status_code == 204
    assert Conversation.objects.get().unread_count == 0
    assert Event.objects.filter(type="conversation.seen").count() == 1


def test_draft_is_each_members_own(alice: Any, northside: Stage, rosa: Conversation) -> None:
    bob = northside.client(member=northside.bob)
    alice.post(f"/inbox/{rosa.id}/draft/", {"text": "Half a", "is_note": "1"}, **HTMX)
    assert b"Half a" in alice.get(f"/inbox/{rosa.id}/").content
    seen = bob.get(f"/inbox/{rosa.id}/").content.decode()
    assert "Half a" not in seen
    assert 'data-draft-name="Alice Moreno"' in seen
    alice.post(f"/inbox/{rosa.id}/draft/", {"text": ""}, **HTMX)
    assert not Draft.objects.exists()


def test_retry_belongs_to_its_conversation(alice: Any, northside: Stage, rosa: Conversation) -> None:
    other = write(northside, 2)
    message_id = UUID(
        alice.post(f"/inbox/{rosa.id}/send/", {"text": "x"}, **HTMX).content.decode().split('id="msg-')[1][:36]
    )
    Message.objects.filter(id=message_id).update(status=Delivery.FAILED, failure_code="131026")
    assert alice.post(f"/inbox/{other.id}/retry/{message_id}/", **HTMX).status_code == 404
    assert alice.post(f"/inbox/{rosa.id}/retry/{message_id}/", **HTMX).status_code == 200
    refused = alice.post(f"/inbox/{rosa.id}/retry/{message_id}/", **HTMX)
    assert (refused.status_code, refused.content) == (422, b"Only a message that failed can be sent again.")


def test_new_conversation_opens_or_says_why_not(alice: Any, northside: Stage) -> None:
    assert b"+13055550100" not in alice.get("/inbox/new/", **HTMX).content
    bad = alice.post("/inbox/new/", {"to": "305", "outlet": str(northside.outlet_id)}, **HTMX)
    assert bad.status_code == 200
    assert b"country code" in bad.content
    done = alice.post(
        "/inbox/new/", {"to": "+1 786 555 0177", "outlet": str(northside.outlet_id), "name": "Ana"}, **HTMX
    )
    assert done.status_code == 204
    assert done["HX-Redirect"] == f"/inbox/{Conversation.objects.get().id}/?view=all"


def test_writes_need_the_token_of_the_page(northside: Stage, rosa: Conversation) -> None:
    client = northside.client(member=northside.alice)
    client.handler.enforce_csrf_checks = True
    assert client.post(f"/inbox/{rosa.id}/resolve/", **HTMX).status_code == 403
    assert Conversation.objects.get().status == Status.OPEN


def test_rows_leave_out_what_has_left_the_view(alice: Any, northside: Stage, rosa: Conversation) -> None:
    other = write(northside, 2)
    actions.resolve(conversation_id=other.id, actor=SYSTEM)
    content = alice.get(f"/inbox/rows/?view=all&tab=open&ids={rosa.id},{other.id},{uuid4()}", **HTMX).content.decode()
    assert str(rosa.id) in content
    assert str(other.id) not in content


def test_reaction_brings_the_message_it_is_on(alice: Any, northside: Stage, rosa: Conversation) -> None:
    target = Message.objects.get()
    content = {"reaction": {"message_id": target.vendor_id, "emoji": "👍"}}
    write(northside, type=MessageType.REACTION, text="", content=content)
    reaction = Message.objects.exclude(id=target.id).get()
    answer = alice.get(f"/inbox/{rosa.id}/messages/?ids={reaction.id}", **HTMX).content.decode()
    assert f'id="msg-{target.id}"' in answer
    assert "👍" in answer
    assert f'id="msg-{reaction.id}"' not in answer


def test_outlets_page_shows_state_and_no_token(northside: Stage) -> None:
    adam = northside.client(member=northside.adam)
    content = adam.get("/settings/outlets/").content.decode()
    assert northside.phone_number_id in content
    assert "token-of-the-tests" not in content


def test_snoozing_and_tagging_from_the_inbox(northside: Stage, rosa: Conversation, alice: Any) -> None:
    crm.create_tag(name="dispute", color="petrol", actor=SYSTEM)
    offered = alice.get(f"/inbox/{rosa.id}/snooze/", **HTMX).content.decode()
    assert "Tomorrow morning" in offered
    assert b'data-tag="dispute"' in alice.get(f"/inbox/{rosa.id}/tags/", **HTMX).content
    assert alice.post(f"/inbox/{rosa.id}/tags/", {"tag": "dispute", "on": "1"}, **HTMX).status_code == 204
    assert alice.post(f"/inbox/{rosa.id}/snooze/", {"until": "soon"}, **HTMX).status_code == 400
    assert alice.post(f"/inbox/{rosa.id}/snooze/", {"until": "2020-01-01T09:00"}, **HTMX).status_code == 400
    assert alice.post(f"/inbox/{rosa.id}/snooze/", {"until": ""}, **HTMX).status_code == 204
    rosa.refresh_from_db()
    assert (rosa.status, rosa.snoozed_until, rosa.tags) == (Status.SNOOZED, None, ["dispute"])
    shown = alice.get("/inbox/?view=snoozed&tag=dispute").content.decode()
    assert "tagdot--petrol" in shown
    assert f"conv-{rosa.id}" in shown
    assert f"conv-{rosa.id}" not in alice.get("/inbox/?view=all").content.decode()
    assert f"conv-{rosa.id}" not in alice.get("/inbox/?view=snoozed&tag=other").content.decode()


def test_a_picked_time_is_of_the_readers_zone(northside: Stage, rosa: Conversation, alice: Any) -> None:
    alice.post("/settings/", {"name": "Alice Moreno", "language": "en", "time_zone": "America/New_York"})
    day = (clocks.now() + timedelta(days=2)).date()
    assert alice.post(f"/inbox/{rosa.id}/snooze/", {"until": f"{day}T09:00"}, **HTMX).status_code == 204
    rosa.refresh_from_db()
    expected = datetime.combine(day, time(9), tzinfo=ZoneInfo("America/New_York"))
    assert rosa.snoozed_until == expected


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("send/", {"text": "a\0b", "client_id": str(UUID(int=7))}),
        ("note/", {"text": "a\0b", "client_id": str(UUID(int=8))}),
        ("draft/", {"text": "a\0b"}), ("handoff/", {"to": "queue", "reason": "a\0b"}),
    ],
)  # fmt: skip
def test_a_form_with_the_character_nul_is_refused(
    northside: Stage, rosa: Conversation, path: str, form: dict[str, str]
) -> None:
    alice = northside.client(member=northside.alice)
    answer = alice.post(f"/inbox/{rosa.id}/{path}", form, **HTMX)

    assert answer.status_code == 400
    assert not Message.objects.filter(direction__in=["out", "internal"], text__contains="b").exists()
    assert not Draft.objects.exists()
