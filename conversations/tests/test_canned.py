"""Canned replies: what they say, whose they are, how they are kept."""

from typing import Any

import pytest

from conversations import actions
from conversations.canned import filled, missing, plain_text, unknown_blanks
from conversations.models import CannedReply
from conversations.tests.test_views import HTMX, write
from crm.models import Contact
from kernel.actors import SYSTEM
from kernel.errors import Conflict, Invalid, NotFound
from kernel.events.models import Event
from tests.cast import Stage

ADDRESS = "/api/v1/canned-replies/"


def keep(member: Any = None, **values: Any) -> CannedReply:
    given = {"shortcut": "timeline", "text_en": "Hi {{contact.first_name}}", **values}
    made = actions.create_canned_reply(member_id=member.id if member else None, values=given, actor=SYSTEM)
    return CannedReply.objects.get(id=made)


def test_blanks_are_filled_and_missing_ones_named():
    pieces = filled("Hi {{ contact.first_name }}, mail {{contact.email}}?", {"contact.first_name": "Rosa"})
    assert plain_text(pieces) == "Hi Rosa, mail Email of the contact?"
    assert [(one.text, one.blank, one.missing) for one in pieces if one.blank] == [
        ("Rosa", "contact.first_name", False), ("Email of the contact", "contact.email", True),
    ]  # fmt: skip
    assert missing(pieces) == ["Email of the contact"]
    assert unknown_blanks("{{contact.name}} {{contact.ssn}} {{}}") == ["contact.ssn", ""]


def test_values_are_not_looked_through_for_blanks():
    assert plain_text(filled("{{contact.name}}", {"contact.name": "{{agent.name}}"})) == "{{agent.name}}"


def test_reply_is_kept_and_told(northside):
    reply = keep(shortcut="/Dispute-Round-2", text_es=" Hola ", folder="Disputes")
    assert (reply.shortcut, reply.text_es, reply.owner_id) == ("dispute-round-2", "Hola", None)
    event = Event.objects.latest("seq")
    assert (event.type, event.payload) == ("canned_reply.created", {"canned_reply_id": str(reply.id)})


@pytest.mark.parametrize(
    ("values", "name"),
    [
        ({"shortcut": "two words"}, "shortcut"), ({"shortcut": ""}, "shortcut"), ({"shortcut": "a--b"}, "shortcut"),
        ({"shortcut": "ñ"}, "shortcut"), ({"text_en": " "}, "text_en"), ({"text_en": "{{contact.ssn}}"}, "text_en"),
        ({"text_es": "{{x}}"}, "text_es"), ({"title": "x" * 121}, "title"), ({"color": "red"}, "color"),
        ({"is_shared": False}, "is_shared"),
    ],
)  # fmt: skip
def test_what_cannot_be_kept_is_named(northside, values, name):
    with pytest.raises(Invalid) as problem:
        keep(**values)
    assert list(problem.value.details) == [name]
    assert not CannedReply.objects.exists()
    assert not Event.objects.filter(type="canned_reply.created").exists()


def test_shortcut_is_taken_once_for_all_and_once_for_each(northside):
    keep()
    with pytest.raises(Conflict):
        keep()
    keep(northside.alice, is_shared=False)
    keep(northside.bob, is_shared=False)
    with pytest.raises(Conflict):
        keep(northside.bob, is_shared=False)
    assert CannedReply.objects.count() == 3


def test_private_reply_is_nobody_elses(northside):
    own = keep(northside.alice, is_shared=False)
    bob = {"canned_reply_id": own.id, "member_id": northside.bob.id, "actor": SYSTEM}
    for act in (
        lambda: actions.update_canned_reply(changes={"title": "Mine"}, **bob),
        lambda: actions.delete_canned_reply(**bob),
        lambda: actions.count_canned_reply(canned_reply_id=own.id, member_id=northside.bob.id),
    ):
        with pytest.raises(NotFound):
            act()
    own.refresh_from_db()
    assert (own.title, own.use_count) == ("", 0)
    client = northside.client(member=northside.bob)
    assert client.get(f"{ADDRESS}{own.id}/").status_code == 404
    assert client.get(ADDRESS).json()["data"] == []
    assert client.get(f"/settings/canned-replies/{own.id}/").status_code == 404
    assert northside.client(key=northside.api_key).get(f"{ADDRESS}{own.id}/").status_code == 404


def test_change_tells_what_changed_and_nothing_when_nothing_did(northside):
    reply = keep()
    change = {"canned_reply_id": reply.id, "member_id": northside.alice.id, "actor": SYSTEM}
    actions.update_canned_reply(changes={"title": "Time", "shortcut": "timeline"}, **change)
    assert Event.objects.latest("seq").payload["fields"] == ["title"]
    seq = Event.objects.latest("seq").seq
    actions.update_canned_reply(changes={"title": "Time"}, **change)
    assert Event.objects.latest("seq").seq == seq
    actions.update_canned_reply(changes={"is_shared": False}, **change)
    reply.refresh_from_db()
    assert reply.owner_id == northside.alice.id


def test_api_makes_changes_and_deletes(northside):
    client = northside.client(key=northside.api_key)
    made = client.post(ADDRESS, {"shortcut": "hours", "text_es": "9 a 5"}, content_type="application/json")
    assert made.status_code == 201
    data = made.json()["data"]
    assert (data["shortcut"], data["text_en"], data["text_es"], data["is_shared"]) == ("hours", None, "9 a 5", True)
    again = client.post(ADDRESS, {"shortcut": "hours", "text_es": "x"}, content_type="application/json")
    assert (again.status_code, again.json()["error"]["code"]) == (409, "CONFLICT")
    changed = client.patch(made["Location"], {"text_en": "9 to 5"}, content_type="application/json")
    assert changed.json()["data"]["text_en"] == "9 to 5"
    assert client.delete(made["Location"]).status_code == 200
    assert client.get(made["Location"]).status_code == 404


def test_viewer_reads_and_does_not_write(northside):
    keep()
    vera = northside.client(member=northside.vera)
    assert len(vera.get(ADDRESS).json()["data"]) == 1
    assert vera.post(ADDRESS, {"shortcut": "x", "text_en": "x"}, content_type="application/json").status_code == 403
    assert vera.get("/settings/canned-replies/").status_code == 200
    assert vera.get("/settings/canned-replies/new/").status_code == 403


def test_picker_fills_in_for_the_conversation_and_begins_with_the_customers_language(northside):
    rosa = write(northside, 1, "Hola", "Rosa Núñez")
    Contact.objects.update(language="es")
    keep(text_en="Hi {{contact.first_name}}, {{agent.first_name}} here", text_es="Hola <b>{{contact.first_name}}</b>")
    keep(shortcut="mail", text_en="Still {{contact.email}}?")
    page = northside.client(member=northside.alice).get(f"/inbox/{rosa.id}/canned/", **HTMX).content.decode()
    assert page.index("Hola &lt;b&gt;") < page.index("Hi <span")
    assert 'data-text="Hi Rosa, Alice here" data-missing=""' in page
    assert 'data-missing="Email of the contact"' in page
    assert '<span class="mf miss">Email of the contact</span>' in page


def test_use_is_counted(northside):
    reply = keep()
    client = northside.client(member=northside.alice)
    assert client.post(f"/settings/canned-replies/{reply.id}/used/").status_code == 204
    reply.refresh_from_db()
    assert reply.use_count == 1


def test_settings_page_makes_changes_and_deletes(northside):
    client = northside.client(member=northside.alice)
    form = {
        "shortcut": "hours",
        "title": "",
        "folder": "Office",
        "text_en": "9\r\nto 5",
        "text_es": "",
        "is_shared": "1",
    }
    assert client.post("/settings/canned-replies/new/", form).status_code == 302
    reply = CannedReply.objects.get()
    assert reply.text_en == "9\nto 5"
    assert b"Office" in client.get("/settings/canned-replies/").content
    broken = client.post(f"/settings/canned-replies/{reply.id}/", form | {"shortcut": "a b"})
    assert broken.status_code == 400
    assert b"single hyphens" in broken.content
    assert client.post(f"/settings/canned-replies/{reply.id}/", form | {"is_shared": "0"}).status_code == 302
    assert b"Only for you" in client.get("/settings/canned-replies/").content
    assert client.post(f"/settings/canned-replies/{reply.id}/delete/").status_code == 302
    assert not CannedReply.objects.exists()


def test_charlie_of_another_tenant_sees_nothing(northside: Stage, harbor: Stage):
    reply = keep()
    rosa = write(northside)
    charlie = harbor.client(member=harbor.charlie)
    for path in (f"{ADDRESS}{reply.id}/", f"/inbox/{rosa.id}/canned/", f"/settings/canned-replies/{reply.id}/"):
        assert charlie.get(path).status_code == 404
    assert charlie.get(ADDRESS).json()["data"] == []
    assert charlie.post(f"/settings/canned-replies/{reply.id}/delete/").status_code == 404
