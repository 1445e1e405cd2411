from uuid import uuid4

from django.core import signing

from conversations.web_chat.visitors import SALT, Visitor, new_visitor, token_of, visitor_of


def test_a_token_opens_its_own_chat_and_no_other(northside, chat):
    visitor = new_visitor(outlet_id=chat, name="Rosa", email="rosa@example.com", language="es")
    token = token_of(visitor)

    assert visitor_of(token, chat) == visitor
    assert visitor_of(token, uuid4()) is None


def test_a_token_is_good_in_its_tenant_only(northside, harbor, chat):
    token = token_of(new_visitor(outlet_id=chat, name="", email="", language="en"))

    with harbor.inside():
        assert visitor_of(token, chat) is None


def test_a_forged_or_foreign_token_is_nobody(northside, chat):
    token = token_of(Visitor("v", chat))

    assert visitor_of(token[:-1] + ("A" if token[-1] != "A" else "B"), chat) is None
    assert visitor_of(signing.dumps({"id": "v"}, salt="something else"), chat) is None
    assert visitor_of("", chat) is None


def test_an_old_token_is_nobody(northside, chat, monkeypatch):
    token = token_of(Visitor("v", chat))
    monkeypatch.setattr("django.core.signing.time.time", lambda: 1e11)

    assert signing.loads(token, salt=SALT)["id"] == "v"
    assert visitor_of(token, chat) is None
