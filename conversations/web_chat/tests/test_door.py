"""Web chat through its public door: a visitor writes, the team answers, and nobody sees what is not theirs."""

from uuid import UUID, uuid4

import pytest

from conversations import actions, tasks
from conversations.enums import Channel, Delivery, MessageType, OutletStatus, Owner, Status
from conversations.models import Conversation, Message, Outbox
from conversations.types import NewMessage, TemplateChoice
from conversations.web_chat import actions as web_chat
from conversations.web_chat import guard
from conversations.web_chat.tests.conftest import SITE, VisitorPage
from crm.models import Contact, ContactIdentity
from kernel.actors import SYSTEM, Actor, ActorKind
from kernel.errors import Invalid
from kernel.events.models import Event
from kernel.ratelimit import Limit


def answer(northside, text="We can help."):
    """Let Alice answer the only conversation and send what waits."""
    conversation = Conversation.objects.get()
    alice = Actor(ActorKind.MEMBER, str(northside.alice.id))
    message_id = actions.send_message(
        conversation_id=conversation.id, message=NewMessage(MessageType.TEXT, text), actor=alice
    )
    tasks.send_waiting()
    return message_id


def test_a_visitor_who_writes_is_a_contact_with_a_conversation(northside, page, chat):
    assert page.visit(name=" Rosa Díaz ", email="rosa@example.com", language="es").json()["has_talked"] is False
    assert Contact.objects.count() == 0
    client_id = uuid4()
    said = page.say("Hola, ¿me pueden ayudar? 👋", client_id).json()["message"]

    contact, conversation = Contact.objects.get(), Conversation.objects.get()
    assert (contact.name, contact.email, contact.language, contact.source) == (
        "Rosa Díaz", "rosa@example.com", "es", "web_chat",
    )  # fmt: skip
    assert ContactIdentity.objects.get().kind == "web_chat"
    assert (conversation.outlet_id, conversation.status, conversation.owner) == (chat, Status.OPEN, Owner.QUEUE)
    assert (conversation.unread_count, conversation.window_expires_at) == (1, None)
    message = Message.objects.get()
    assert said == {
        "id": str(message.id), "client_id": str(client_id), "from": "you", "name": "",
        "text": "Hola, ¿me pueden ayudar? 👋", "sent_at": said["sent_at"],
    }  # fmt: skip
    assert Event.objects.filter(type="message.received").get().actor_id == "web_chat"


def test_the_same_words_twice_are_one_message(northside, page):
    page.visit()
    client_id = uuid4()
    first, again = page.say("Hello", client_id), page.say("Hello", client_id)

    assert first.json() == again.json()
    assert Message.objects.count() == 1
    assert Conversation.objects.get().unread_count == 1


def test_the_team_answers_without_a_window_and_the_visitor_sees_only_what_is_theirs(northside, page):
    page.visit()
    said = page.say("Hello").json()["message"]["id"]
    conversation = Conversation.objects.get()
    actions.add_note(conversation_id=conversation.id, text="A secret note", actor=SYSTEM)
    message_id = answer(northside)

    message = Message.objects.get(id=message_id)
    assert (message.status, message.vendor_id, Outbox.objects.count()) == (
        Delivery.SENT, f"web:{message_id}", 0,
    )  # fmt: skip
    shown = page.read(after=said).json()["messages"]
    assert [(one["from"], one["name"], one["text"]) for one in shown] == [("team", "Alice", "We can help.")]
    assert set(shown[0]) == {"id", "client_id", "from", "name", "text", "sent_at"}
    assert "secret" not in page.read().content.decode()


def test_what_is_not_sent_yet_is_not_shown(northside, page):
    page.visit()
    page.say("Hello")
    alice = Actor(ActorKind.MEMBER, str(northside.alice.id))
    actions.send_message(
        conversation_id=Conversation.objects.get().id, message=NewMessage(MessageType.TEXT, "Soon"), actor=alice
    )

    assert [one["from"] for one in page.read().json()["messages"]] == ["you"]


def test_receipts_move_the_ticks_of_the_own_conversation_forward(northside, page, chat):
    page.visit()
    page.say("Hello")
    first, second = answer(northside, "One"), answer(northside, "Two")
    stranger = VisitorPage(northside.host, chat, "198.51.100.8")
    stranger.visit()
    assert stranger.post("receipts/", {"upto": str(second), "status": "read"}).json() == {"updated": 0}

    assert page.post("receipts/", {"upto": str(first), "status": "read"}).json() == {"updated": 1}
    assert page.post("receipts/", {"upto": str(second), "status": "delivered"}).json() == {"updated": 1}
    statuses = dict(Message.objects.filter(direction="out").values_list("id", "status"))
    assert statuses == {first: Delivery.READ, second: Delivery.DELIVERED}
    assert page.post("receipts/", {"upto": str(second), "status": "delivered"}).json() == {"updated": 0}


def test_another_visitor_sees_nothing_of_it(northside, page, chat):
    page.visit()
    page.say("My SSN is none of your business")
    other = VisitorPage(northside.host, chat)
    other.visit()

    assert other.read().json() == {"messages": []}


def test_coming_back_is_the_same_visitor(northside, page, chat):
    page.visit(name="Rosa")
    page.say("First")
    again = VisitorPage(northside.host, chat)
    back = again.visit(token=page.token)

    assert back.json()["has_talked"] is True
    assert [one["text"] for one in again.read().json()["messages"]] == ["First"]


@pytest.mark.parametrize("authorization", ["", "Visitor ", "Visitor x", "Bearer {}", "Visitor {}x"])
def test_without_a_good_token_nobody_reads_or_writes(northside, page, authorization):
    page.visit()
    header = authorization.format(page.token)
    read = page.client.get(page.base + "messages/", HTTP_AUTHORIZATION=header)
    written = page.post("messages/", {"text": "x", "client_id": str(uuid4())}, HTTP_AUTHORIZATION=header)

    assert (read.status_code, read.json()["error"]["code"]) == (401, "NOT_AUTHENTICATED")
    assert written.status_code == 401
    assert Message.objects.count() == 0


def test_a_token_of_one_tenant_opens_nothing_in_another(northside, harbor, page):
    page.visit()
    with harbor.inside():
        theirs = web_chat.create_web_chat(name="Site", actor=SYSTEM)
    stranger = VisitorPage(harbor.host, theirs)
    stranger.token = page.token

    assert stranger.read().status_code == 401
    assert VisitorPage(harbor.host, UUID(page.base.split("/")[2])).visit().status_code == 404


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"text": "", "client_id": str(uuid4())}, "text"), ({"text": "  \n", "client_id": str(uuid4())}, "text"),
        ({"text": "x" * 4001, "client_id": str(uuid4())}, "text"), ({"text": "x", "client_id": "1"}, "client_id"),
        ({"text": 5, "client_id": str(uuid4())}, "text"), ({"text": "x"}, "client_id"),
        ({"text": "x", "client_id": str(uuid4()), "sender": "me"}, "sender"),
    ],
)  # fmt: skip
def test_bad_words_are_refused_by_name(northside, page, body, field):
    page.visit()
    refused = page.post("messages/", body)

    assert (refused.status_code, list(refused.json()["error"]["details"])) == (400, [field])
    assert Message.objects.count() == 0


@pytest.mark.parametrize("raw", [b"not json", b"[]", b'{"text": "\\u0000", "client_id": "x"}', b"\xff", b"{" * 40_000])
def test_broken_bodies_are_400_or_413(northside, page, raw):
    page.visit()
    refused = page.client.post(
        page.base + "messages/", raw, content_type="application/json", HTTP_AUTHORIZATION=f"Visitor {page.token}"
    )

    assert refused.status_code == (413 if len(raw) > 32_768 else 400)


def test_programs_are_turned_away(northside, page, monkeypatch):
    assert page.post("visits/", {"opened": "page:forged", "language": "en"}).status_code == 403
    assert page.visit(website="http://spam.example").status_code == 403
    monkeypatch.setattr(guard, "QUICKEST_S", 5)
    assert page.visit().status_code == 403
    assert page.token == ""


def test_too_many_words_are_429_with_a_time(northside, page, monkeypatch):
    monkeypatch.setattr(guard, "WORDS", (Limit("minute", 2, 60),))
    page.visit()
    answers = [page.say(f"{number}") for number in range(3)]

    assert [one.status_code for one in answers] == [200, 200, 429]
    assert 1 <= int(answers[2]["Retry-After"]) <= 120
    assert Message.objects.count() == 2


def test_too_many_visitors_of_one_address_are_429(northside, page, monkeypatch):
    monkeypatch.setattr(guard, "VISITS", (Limit("minute", 1, 60),))

    assert [page.visit().status_code, VisitorPage(northside.host, page.base.split("/")[2]).visit().status_code] == [
        200, 429,
    ]  # fmt: skip


def test_a_chat_that_is_switched_off_is_not_there(northside, page, chat):
    page.visit()
    web_chat.update_web_chat(outlet_id=chat, changes={"is_open": False}, actor=SYSTEM)

    assert page.client.get(page.base).status_code == 404
    assert page.say("x").status_code == 404
    web_chat.update_web_chat(outlet_id=chat, changes={"is_open": True}, actor=SYSTEM)
    assert page.say("x").status_code == 200


def test_the_page_may_be_framed_by_its_sites_only(northside, page):
    shown = page.client.get(page.base + "?lang=es")
    html = shown.content.decode()

    policy = dict(one.split(" ", 1) for one in shown["Content-Security-Policy"].split("; "))
    assert policy["frame-ancestors"] == f"http://{northside.host} {SITE}"
    assert policy["script-src"] == "'self'"
    assert "X-Frame-Options" not in shown
    assert 'lang="es"' in html
    assert "Hola" in html
    assert page.client.get("/login/")["X-Frame-Options"] == "DENY"


def test_a_greeting_is_shown_as_text(northside, page, chat):
    web_chat.update_web_chat(outlet_id=chat, changes={"greeting": {"en": "<script>x</script>"}}, actor=SYSTEM)

    assert "&lt;script&gt;x&lt;/script&gt;" in page.client.get(page.base + "?lang=en").content.decode()


def test_the_script_is_for_every_site_and_leaves_no_names_behind(northside, page):
    script = page.client.get("/chat/widget.js")

    assert script["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert script["Content-Type"] == "text/javascript; charset=utf-8"
    assert script.content.startswith(b"(()=>{")


def test_templates_are_not_for_web_chats(northside, page):
    page.visit()
    page.say("Hello")
    wish = NewMessage(MessageType.TEMPLATE, template=TemplateChoice("any", "en"))
    with pytest.raises(Exception, match="template") as refused:
        actions.send_message(conversation_id=Conversation.objects.get().id, message=wish, actor=SYSTEM)
    assert refused.value.code == "TEMPLATE_UNUSABLE"


@pytest.mark.parametrize(
    "origin",
    [
        "http://www.example.com", "https://", "https://example.com/path", "ftp://example.com", "https://exa mple.com",
        "javascript:alert(1)", "https://user@example.com", "*", "https://example.com;script-src *", "https://[::1",
    ],
)  # fmt: skip
def test_origins_that_are_none_are_refused(northside, origin):
    with pytest.raises(Invalid) as refused:
        web_chat.create_web_chat(name="Site", origins=[origin], actor=SYSTEM)
    assert list(refused.value.details) == ["origins"]


def test_an_open_chat_through_the_api(northside):
    program = northside.client(key=northside.api_key)
    origins = ["https://WWW.Example.com/", "http://localhost:3000"]
    body = {"name": "Site", "origins": origins, "greeting": {"es": "Hola"}}
    made = program.post("/api/v1/web-chats/", body, content_type="application/json")
    data = made.json()["data"]

    assert made.status_code == 201
    assert data["origins"] == ["https://www.example.com", "http://localhost:3000"]
    assert data["greeting"] == {"en": "", "es": "Hola"}
    changed = program.patch(
        f"/api/v1/web-chats/{data['id']}/", {"is_open": False, "name": "Shop"}, content_type="application/json"
    )
    assert (changed.json()["data"]["name"], changed.json()["data"]["status"]) == ("Shop", OutletStatus.STOPPED)
    outlet = program.get(f"/api/v1/outlets/{data['id']}/").json()["data"]
    assert (outlet["channel"], outlet["phone_number_id"], outlet["waba_id"]) == (Channel.WEB_CHAT, None, None)
