from datetime import timedelta
from typing import Any

import pytest
from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from conversations import actions, queries
from conversations.enums import Delivery, MessageType, OutletStatus, Owner
from conversations.models import Conversation, Message, Outbox, Outlet
from conversations.types import DeliveryUpdate, InboundMessage, InboundSender, TemplateNews
from crm.models import Contact
from kernel import clocks, ratelimit, redis
from kernel.actors import SYSTEM
from kernel.embedded.ports import free_port
from kernel.events.models import Event
from tenants import actions as tenants

PHONE = "+13055550142"
NOBODY = "01936f5e-8c1a-7b3e-9d2f-4a5b6c7d8e9f"


@pytest.fixture
def thread(northside):
    """A conversation whose customer has just written."""
    sender = InboundSender(phone=PHONE, name="Rosa Delgado")
    arrived = InboundMessage(
        outlet_id=northside.outlet_id, vendor_id="wamid.1", sender=sender, sent_at=clocks.now(),
        type=MessageType.TEXT, text="Did the letter arrive?",
    )  # fmt: skip
    actions.receive_messages([arrived])
    return Conversation.objects.get()


@pytest.fixture
def program(northside):
    return Caller(northside.client(key=northside.api_key))


@pytest.fixture
def alice(northside):
    return Caller(northside.client(member=northside.alice))


class Caller:
    """Calls the API and takes its answers apart."""

    def __init__(self, client: Any) -> None:
        self.client = client

    def ask(self, method: str, address: str, body: Any = None) -> tuple[int, Any]:
        content = {} if method == "get" else {"data": {} if body is None else body, "content_type": "application/json"}
        answer = getattr(self.client, method)(f"/api/v1/{address}", **content)
        told = answer.json()
        return answer.status_code, told["data"] if told["success"] else told["error"]

    def get(self, address: str) -> Any:
        status, data = self.ask("get", address)
        assert status == 200, data
        return data

    def refused(self, method: str, address: str, body: Any = None) -> tuple[int, str, list[str]]:
        status, error = self.ask(method, address, body)
        return status, error["code"], list(error["details"])


def close_window() -> None:
    Conversation.objects.update(window_expires_at=clocks.now() - timedelta(seconds=1))


def approve_template(northside) -> None:
    actions.record_template_news(
        [TemplateNews(waba_id=northside.waba_id, vendor_id="7", name="letter_mailed", language="en_US",
                      status="approved", components=[{"type": "BODY", "text": "Hello {{1}}, it is in the mail."}])]
    )  # fmt: skip


def test_conversation_shows_the_customer_and_the_open_window(program, thread):
    shown = program.get(f"conversations/{thread.id}/")

    assert shown["contact"] == {"id": str(thread.contact_id), "name": "Rosa Delgado", "phone": PHONE}
    assert shown["unread_count"] == 1
    assert shown["window_expires_at"] is not None
    assert shown["preview"] == {
        "text": "Did the letter arrive?",
        "type": "text",
        "direction": "in",
        "sender": "customer",
    }
    assert shown["_links"]["messages"] == f"/api/v1/conversations/{thread.id}/messages/"


def test_reply_of_a_member_is_queued_and_makes_the_conversation_theirs(alice, thread, northside):
    status, message = alice.ask("post", f"conversations/{thread.id}/messages/", {"type": "text", "text": "Yes, today."})

    assert status == 202
    assert (message["status"], message["direction"], message["text"]) == ("queued", "out", "Yes, today.")
    assert message["sender"] == {"type": "agent", "id": str(northside.alice.id), "name": "Alice Moreno"}
    assert Outbox.objects.get().message_id == Message.objects.get(text="Yes, today.").id
    assert alice.get(f"conversations/{thread.id}/")["owner"] == {"type": "human", "user": str(northside.alice.id)}


def test_reply_of_a_program_is_queued_and_leaves_the_conversation_in_the_queue(program, thread):
    status, message = program.ask("post", f"conversations/{thread.id}/messages/", {"type": "text", "text": "Yes."})

    assert status == 202
    assert message["sender"] == {"type": "system", "id": None, "name": ""}
    assert program.get(f"conversations/{thread.id}/")["owner"] == {"type": "queue", "user": None}


def test_text_outside_the_window_is_refused_and_queues_nothing(program, thread):
    close_window()
    before = Event.objects.count()

    assert program.refused("post", f"conversations/{thread.id}/messages/", {"type": "text", "text": "Late"}) == (
        422, "WINDOW_CLOSED", [],
    )  # fmt: skip
    assert not Outbox.objects.exists()
    assert not Message.objects.filter(text="Late").exists()
    assert Event.objects.count() == before


def test_template_outside_the_window_is_queued(program, thread, northside):
    close_window()
    approve_template(northside)
    template = {"name": "letter_mailed", "language": "en_US", "body": {"1": "Rosa"}}
    status, message = program.ask(
        "post", f"conversations/{thread.id}/messages/", {"type": "template", "template": template}
    )

    assert status == 202
    assert message["text"] == "Hello Rosa, it is in the mail."


@pytest.mark.parametrize(
    ("template", "details"),
    [
        ({"name": "letter_mailed", "language": "en_US"}, ["body.1"]),
        ({"name": "letter_mailed", "language": "en_US", "body": {"1": " "}}, ["body.1"]),
        ({"name": "letter_mailed", "language": "en_US", "body": {"1": "a", "2": "b"}}, ["body.2"]),
        ({"name": "unknown", "language": "en_US"}, []),
    ],
)
def test_template_that_cannot_be_sent_says_what_is_missing(program, thread, northside, template, details):
    approve_template(northside)
    body = {"type": "template", "template": template}

    assert program.refused("post", f"conversations/{thread.id}/messages/", body) == (422, "TEMPLATE_UNUSABLE", details)


def test_note_is_private_and_never_queued(alice, thread):
    close_window()
    status, note = alice.ask("post", f"conversations/{thread.id}/messages/", {"type": "note", "text": "Angry today."})

    assert (status, note["type"], note["direction"]) == (202, "note", "internal")
    assert not Outbox.objects.exists()


@pytest.mark.parametrize(
    ("body", "details"),
    [
        ({}, ["type"]),
        ({"type": "text"}, ["text"]),
        ({"type": "text", "text": "  "}, ["text"]),
        ({"type": "text", "text": "x" * 4097}, ["text"]),
        ({"type": "note", "text": "x" * 65_537}, ["text"]),
        ({"type": "image", "text": "x"}, ["attachment"]),
        ({"type": "hologram", "text": "x"}, ["type"]),
        ({"type": "template"}, ["template"]),
        ({"type": "text", "text": "x", "template": {"name": "a", "language": "b"}}, ["template"]),
        ({"type": "template", "text": "x", "template": {"name": "a", "language": "b"}}, ["text"]),
        ({"type": "template", "template": {"name": "a", "language": "b", "footer": {}}}, ["template.footer"]),
        ({"type": "template", "template": {"name": "a", "language": "b", "body": {"1": 2}}}, ["template.body.1"]),
        ({"type": "note", "text": "x", "reply_to": NOBODY}, ["reply_to"]),
        ({"type": "text", "text": "x", "client_id": "mine"}, ["client_id"]),
    ],
)
def test_message_that_cannot_be_is_named(program, thread, body, details):
    assert program.refused("post", f"conversations/{thread.id}/messages/", body) == (400, "VALIDATION_ERROR", details)
    assert not Outbox.objects.exists()


def test_same_client_id_is_the_same_message(program, thread):
    body = {"type": "text", "text": "Once", "client_id": NOBODY}
    first = program.ask("post", f"conversations/{thread.id}/messages/", body)[1]
    second = program.ask("post", f"conversations/{thread.id}/messages/", body)[1]

    assert first["id"] == second["id"]
    assert Message.objects.filter(text="Once").count() == 1


def test_reply_quotes_a_message_of_the_same_conversation(program, thread):
    asked = program.get(f"conversations/{thread.id}/messages/")[0]
    body = {"type": "text", "text": "Yes", "reply_to": asked["id"]}
    message = program.ask("post", f"conversations/{thread.id}/messages/", body)[1]

    assert message["reply_to"] == {
        "id": asked["id"], "text": "Did the letter arrive?", "type": "text", "sender_name": "Rosa Delgado",
    }  # fmt: skip


def test_stopped_outlet_sends_nothing(program, thread):
    Outlet.objects.update(status=OutletStatus.STOPPED, status_code="190")

    assert program.refused("post", f"conversations/{thread.id}/messages/", {"type": "text", "text": "x"})[:2] == (
        422, "OUTLET_STOPPED",
    )  # fmt: skip


def test_send_to_a_number_goes_on_with_its_conversation(program, thread, northside):
    body = {"outlet": str(northside.outlet_id), "to": "+1 (305) 555-0142", "type": "text", "text": "Hello"}
    status, message = program.ask("post", "messages/send/", body)

    assert (status, message["conversation_id"]) == (202, str(thread.id))


def test_send_to_a_new_number_opens_a_conversation(program, northside):
    approve_template(northside)
    template = {"name": "letter_mailed", "language": "en_US", "body": {"1": "Luis"}}
    body = {
        "outlet": str(northside.outlet_id),
        "to": "+13055550191",
        "name": "Luis",
        "type": "template",
        "template": template,
    }
    status, message = program.ask("post", "messages/send/", body)

    assert status == 202
    assert program.get(f"conversations/{message['conversation_id']}/")["contact"]["name"] == "Luis"


def test_refused_send_to_a_new_number_leaves_nothing_behind(program, northside):
    before = Event.objects.count()
    body = {"outlet": str(northside.outlet_id), "to": "+13055550191", "type": "text", "text": "Hello"}

    assert program.refused("post", "messages/send/", body)[:2] == (422, "WINDOW_CLOSED")
    assert not Contact.objects.exists()
    assert not Conversation.objects.exists()
    assert Event.objects.count() == before


@pytest.mark.parametrize("to", ["", "305 555 0142", "+1", "nobody", "+1305555014299999", "+1\uff13\uff10\uff15"])
def test_send_wants_a_phone_number(program, northside, to):
    body = {"outlet": str(northside.outlet_id), "to": to, "type": "text", "text": "x"}
    status, code, details = program.refused("post", "messages/send/", body)

    assert (status, code) in {(400, "VALIDATION_ERROR"), (422, "WINDOW_CLOSED")}
    assert details in (["to"], [])


def test_failed_message_says_why_and_is_sent_again(program, thread):
    message = program.ask("post", f"conversations/{thread.id}/messages/", {"type": "text", "text": "Yes"})[1]
    failed = DeliveryUpdate(
        vendor_id="wamid.2", message_id=Message.objects.get(id=message["id"]).id, status=Delivery.FAILED,
        at=clocks.now(), failure_code="131026",
    )  # fmt: skip
    actions.apply_delivery_updates([failed])
    shown = program.get(f"messages/{message['id']}/status/")

    assert (shown["status"], shown["failure"]["code"]) == ("failed", "131026")
    assert shown["failure"]["reason"].endswith(".")
    assert shown["failure"] == program.get(f"messages/{message['id']}/")["failure"]
    status, again = program.ask("post", f"messages/{message['id']}/retry/")
    assert (status, again["status"], again["failure"]) == (202, "queued", None)


def test_message_that_did_not_fail_is_not_sent_again(program, thread):
    message = program.ask("post", f"conversations/{thread.id}/messages/", {"type": "text", "text": "Yes"})[1]

    assert program.refused("post", f"messages/{message['id']}/retry/")[:2] == (422, "MESSAGE_NOT_RETRYABLE")


def test_resolving_and_reopening_by_patch(program, thread):
    assert program.ask("patch", f"conversations/{thread.id}/", {"status": "resolved"})[1]["status"] == "resolved"
    assert program.ask("patch", f"conversations/{thread.id}/", {"status": "open"})[1]["status"] == "open"
    assert [event.type for event in Event.objects.order_by("-seq")[:2]] == [
        "conversation.reopened", "conversation.completed",
    ]  # fmt: skip


def test_assigning_by_patch_and_taking_it_back(program, thread, northside):
    bob = str(northside.bob.id)
    given = program.ask("patch", f"conversations/{thread.id}/", {"assignee": bob})[1]
    taken = program.ask("patch", f"conversations/{thread.id}/", {"assignee": None})[1]

    assert (given["assignee"], given["owner"]) == ({"id": bob, "name": "Bob Tran"}, {"type": "human", "user": bob})
    assert (taken["assignee"], taken["owner"]) == (None, {"type": "queue", "user": None})


def test_patch_happens_whole_or_not_at_all(program, thread):
    body = {"status": "resolved", "assignee": NOBODY}

    assert program.refused("patch", f"conversations/{thread.id}/", body)[:2] == (404, "NOT_FOUND")
    assert program.get(f"conversations/{thread.id}/")["status"] == "open"


def test_patch_of_nothing_changes_nothing(program, thread):
    before = Event.objects.count()

    assert program.ask("patch", f"conversations/{thread.id}/")[0] == 200
    assert Event.objects.count() == before
    assert program.refused("patch", f"conversations/{NOBODY}/")[:2] == (404, "NOT_FOUND")


@pytest.mark.parametrize(
    ("body", "details"),
    [
        ({"status": "gone"}, ["status"]), ({"snoozed_until": "2027-01-01T00:00:00Z"}, ["snoozed_until"]),
        ({"status": None}, ["status"]), ({"assignee": "me"}, ["assignee"]),
        ({"assignee": 7}, ["assignee"]), ({"owner": "ai"}, ["owner"]), ({"unread_count": 0}, ["unread_count"]),
    ],
)  # fmt: skip
def test_patch_takes_only_what_may_be_changed(program, thread, body, details):
    assert program.refused("patch", f"conversations/{thread.id}/", body) == (400, "VALIDATION_ERROR", details)


def test_conversation_is_snoozed_set_aside_and_found_by_its_tag(program, thread):
    address = f"conversations/{thread.id}/"
    until = clocks.rfc3339(clocks.now() + timedelta(hours=3))
    shown = program.ask("patch", address, {"status": "snoozed", "snoozed_until": until})[1]
    assert (shown["status"], shown["snoozed_until"]) == ("snoozed", until)
    assert [row["id"] for row in program.get("conversations/?view=snoozed")] == [str(thread.id)]
    assert program.get("conversations/?view=all") == []
    assert program.ask("patch", address, {"status": "pending"})[1]["snoozed_until"] is None
    program.ask("patch", address, {"status": "resolved"})
    assert program.refused("patch", address, {"status": "snoozed"}) == (422, "REOPEN_FIRST", [])

    assert program.refused("patch", address, {"tags": ["dispute"]}) == (400, "VALIDATION_ERROR", ["tags"])
    program.ask("post", "tags/", {"name": "dispute"})
    assert program.ask("patch", address, {"tags": ["dispute"]})[1]["tags"] == ["dispute"]
    assert [row["id"] for row in program.get("conversations/?tag=dispute")] == [str(thread.id)]
    assert program.get("conversations/?tag=other") == []


def test_handoff_says_who_answers_next(program, thread, northside):
    address = f"conversations/{thread.id}/handoff/"
    queue = program.ask("put", address, {"to": "queue", "reason": "Asked for a person"})[1]
    ai = program.ask("put", address, {"to": "ai"})[1]
    bob = program.ask("put", address, {"to": str(northside.bob.id)})[1]

    assert (queue["owner"]["type"], queue["handoff"]["reason"]) == ("queue", "Asked for a person")
    assert (ai["owner"], ai["handoff"]) == ({"type": "ai", "user": None}, None)
    assert bob["owner"] == {"type": "human", "user": str(northside.bob.id)}


@pytest.mark.parametrize("body", [{}, {"to": "nobody"}, {"to": None}, {"to": "queue", "reason": "x" * 401}])
def test_handoff_wants_a_goal(program, thread, body):
    assert program.refused("put", f"conversations/{thread.id}/handoff/", body)[:2] == (400, "VALIDATION_ERROR")
    assert Conversation.objects.get().owner == Owner.QUEUE


def test_seen_clears_what_was_unread_once(program, thread):
    assert program.ask("post", f"conversations/{thread.id}/seen/")[1]["unread_count"] == 0
    after = Event.objects.count()
    assert program.ask("post", f"conversations/{thread.id}/seen/")[1]["unread_count"] == 0
    assert Event.objects.count() == after


def test_outlet_is_connected_once_in_the_whole_installation(program, northside, harbor):
    body = {
        "name": "Second", "phone_number_id": harbor.phone_number_id, "display_phone_number": "+13055550101",
        "waba_id": "555", "access_token": "secret-token",
    }  # fmt: skip

    assert program.refused("post", "outlets/", body) == (409, "CONFLICT", ["phone_number_id"])
    assert not Outlet.objects.filter(name="Second").exists()


def test_outlet_takes_a_token_and_never_shows_it(program, northside):
    body = {
        "name": "Second", "phone_number_id": "777", "display_phone_number": "+13055550101", "waba_id": "555",
        "access_token": "secret-token",
    }  # fmt: skip
    answer = program.client.post("/api/v1/outlets/", body, content_type="application/json")
    made = answer.json()["data"]
    address = f"/api/v1/outlets/{made['id']}/"
    changed = program.client.patch(address, {"access_token": "newer-secret"}, content_type="application/json")

    assert (answer.status_code, answer["Location"]) == (201, address)
    shown = [answer, changed, program.client.get(address), program.client.get("/api/v1/outlets/")]
    assert not any(b"secret" in one.content or b"access_token" in one.content for one in shown)
    assert Outlet.objects.get(id=made["id"]).access_token == "newer-secret"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("phone_number_id", "../../me"), ("phone_number_id", "1 2"), ("waba_id", "12?x=1"), ("waba_id", "\uff11\uff12"),
        ("graph_version", "v1.0/../x"), ("display_phone_number", "305 555"), ("name", ""), ("name", "x" * 81),
        ("access_token", ""), ("access_token", 7), ("portfolio_id", "a"), ("phone_number_id", "1\n"),
        ("phone_number_id", 777),
    ],
)  # fmt: skip
def test_outlet_takes_nothing_that_could_bend_a_vendors_address(program, northside, field, value):
    body = {
        "name": "Second", "phone_number_id": "777", "display_phone_number": "+13055550101", "waba_id": "555",
        "access_token": "secret-token", field: value,
    }  # fmt: skip

    assert program.refused("post", "outlets/", body) == (400, "VALIDATION_ERROR", [field])


def test_new_token_starts_a_stopped_outlet(program, northside):
    Outlet.objects.update(status=OutletStatus.STOPPED, status_code="190")
    changed = program.ask("patch", f"outlets/{northside.outlet_id}/", {"access_token": "fresh"})[1]

    assert (changed["status"], changed["status_code"]) == ("active", None)


def test_templates_of_an_outlet(program, northside):
    approve_template(northside)

    assert [one["name"] for one in program.get(f"templates/?outlet={northside.outlet_id}")] == ["letter_mailed"]
    assert program.get("templates/?status=rejected") == []
    assert [one["language"] for one in program.get("templates/?name=letter_mailed&status=approved")] == ["en_US"]


def test_unchanged_object_is_not_sent_again(program, thread):
    address = f"/api/v1/conversations/{thread.id}/"
    tag = program.client.get(address)["ETag"]
    same = program.client.get(address, HTTP_IF_NONE_MATCH=tag)
    actions.mark_seen(conversation_id=thread.id, actor=SYSTEM)
    changed = program.client.get(address, HTTP_IF_NONE_MATCH=tag)

    assert (same.status_code, same.content, same["ETag"]) == (304, b"", tag)
    assert (changed.status_code, changed["ETag"] == tag) == (200, False)


def test_reasons_are_told_in_the_readers_language(program, thread):
    close_window()
    said = [
        program.client.post(
            f"/api/v1/conversations/{thread.id}/messages/", {"type": "text", "text": "x"},
            content_type="application/json", HTTP_ACCEPT_LANGUAGE=language,
        )
        for language in ("en", "es")
    ]  # fmt: skip

    assert [answer["Content-Language"] for answer in said] == ["en", "es"]
    assert [answer.json()["error"]["code"] for answer in said] == ["WINDOW_CLOSED"] * 2


def test_limits_of_a_key_are_kept(northside, thread):
    key = tenants.create_api_key(
        name="slow", scopes=["conversations:read"], actor=SYSTEM, per_minute=3, per_hour=100
    ).key
    client = northside.client(key=key)
    answers = [client.get("/api/v1/conversations/") for _time in range(5)]

    assert [answer.status_code for answer in answers] == [200, 200, 200, 429, 429]
    assert [answer["X-RateLimit-Remaining"] for answer in answers] == ["2", "1", "0", "0", "0"]
    assert answers[0]["RateLimit-Policy"] == '"minute";q=3;w=60, "hour";q=100;w=3600'
    assert (answers[3]["X-Quota-Limit"], answers[3]["X-Quota-Remaining"]) == ("100", "97")
    refused = answers[3]
    assert refused.json()["error"]["code"] == "RATE_LIMITED"
    assert 1 <= int(refused["Retry-After"]) <= 80  # a whole bucket, and a third of the next (kernel.ratelimit._wait)
    assert f"t={refused['Retry-After']}" in refused["RateLimit"].partition(",")[0]
    assert int(refused["X-RateLimit-Reset"]) - clocks.now().timestamp() <= 81


def test_strangers_are_limited_by_their_address(northside, monkeypatch):
    from kernel.api import views  # noqa: PLC0415
    from kernel.ratelimit import Limit  # noqa: PLC0415

    monkeypatch.setattr(views, "ANONYMOUS", (Limit("minute", 2, 60),))
    client = northside.client(key="rk_dev_wrong")
    answers = [client.get("/api/v1/conversations/") for _time in range(3)]
    elsewhere = client.get("/api/v1/conversations/", REMOTE_ADDR="203.0.113.9")

    assert [answer.status_code for answer in answers] == [401, 401, 429]
    assert elsewhere.status_code == 401


def test_requests_pass_while_redis_is_away(program, thread, monkeypatch):
    nobody = Redis(port=free_port(), retry=Retry(NoBackoff(), 0))
    program.get("conversations/")
    with monkeypatch.context() as patched:
        patched.setattr(redis, "client", lambda: nobody)
        answers = [program.client.get("/api/v1/conversations/") for _time in range(2)]
    monkeypatch.setattr(ratelimit._away, "until", 0.0)

    assert [answer.status_code for answer in answers] == [200, 200]
    assert [answer["X-RateLimit-Remaining"] for answer in answers] == ["99999", "99998"]


def test_statements_before_the_handler_are_none_once_tenant_and_key_are_known(
    program, thread, django_assert_num_queries
):
    program.get(f"conversations/{thread.id}/")

    with django_assert_num_queries(1):
        program.get(f"conversations/{thread.id}/")


def test_shapes_of_queries_are_what_the_api_shows(program, thread):
    assert program.get(f"conversations/{thread.id}/") == queries.conversation_shapes([thread.id])[0]
