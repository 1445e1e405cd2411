import pytest

from conversations.models import WebChat
from conversations.web_chat import actions
from kernel.actors import SYSTEM

FIELDS = {"name": "Site", "origins": "https://a.example\nhttps://b.example", "greeting_en": "Hi", "greeting_es": ""}


def test_an_admin_opens_changes_and_switches_a_chat(northside):
    admin = northside.client(member=northside.adam)
    assert admin.post("/settings/web-chat/new/", FIELDS).status_code == 302
    chat = WebChat.objects.get()
    assert (chat.outlet.name, chat.greeting_en) == ("Site", "Hi")
    assert chat.origins == ["https://a.example", "https://b.example"]

    assert admin.post(f"/settings/web-chat/{chat.id}/", {**FIELDS, "name": "Shop"}).status_code == 302
    assert admin.post(f"/settings/web-chat/{chat.id}/", {"switch": "off"}).status_code == 302
    chat = WebChat.objects.get()
    assert (chat.outlet.name, chat.outlet.status) == ("Shop", "stopped")
    html = admin.get("/settings/web-chat/").content.decode()
    script = f"http://{northside.host}/chat/widget.js"
    assert f"&lt;script src=&quot;{script}&quot; data-chat=&quot;{chat.id}&quot; async&gt;&lt;/script&gt;" in html


def test_what_was_typed_stays_when_it_is_wrong(northside):
    admin = northside.client(member=northside.adam)
    answer = admin.post("/settings/web-chat/new/", {**FIELDS, "origins": "not a site"})

    assert answer.status_code == 400
    assert "without a path" in answer.content.decode()
    assert 'value="Site"' in answer.content.decode()
    assert WebChat.objects.count() == 0


@pytest.mark.parametrize("who", ["alice", "vera"])
def test_agents_and_viewers_change_nothing(northside, who):
    chat = actions.create_web_chat(name="Site", actor=SYSTEM)
    member = northside.client(member=getattr(northside, who))

    assert member.post("/settings/web-chat/new/", FIELDS).status_code == 403
    assert member.post(f"/settings/web-chat/{chat}/", {"switch": "off"}).status_code == 403
    assert WebChat.objects.get().outlet.status == "active"


def test_charlie_sees_and_changes_nothing(northside, harbor):
    chat = actions.create_web_chat(name="Northsides own", actor=SYSTEM)
    charlie = harbor.client(member=harbor.members["owner"])

    assert "Northsides own" not in charlie.get("/settings/web-chat/").content.decode()
    assert charlie.post(f"/settings/web-chat/{chat}/", {"switch": "off"}).status_code == 404
    assert WebChat.objects.get().outlet.status == "active"
