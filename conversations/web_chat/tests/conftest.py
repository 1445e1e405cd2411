import json
from uuid import uuid4

import pytest
from django.test import Client

from conversations.web_chat import actions, guard
from kernel.actors import SYSTEM

SITE = "https://www.northside.example"


@pytest.fixture
def chat(northside):
    return actions.create_web_chat(
        name="Website", origins=[SITE], greeting={"en": "Hi there", "es": "Hola"}, actor=SYSTEM
    )


class VisitorPage:
    """What a visitor's browser does, as plain requests."""

    def __init__(self, host, chat, address="198.51.100.7"):
        self.client = Client(HTTP_HOST=host, REMOTE_ADDR=address, enforce_csrf_checks=True)
        self.base, self.token = f"/chat/{chat}/", ""

    def post(self, path, body, **headers):
        if self.token:
            headers.setdefault("HTTP_AUTHORIZATION", f"Visitor {self.token}")
        return self.client.post(self.base + path, json.dumps(body), content_type="application/json", **headers)

    def visit(self, **about):
        answer = self.post("visits/", {"opened": guard.opened_mark(), **about})
        if answer.status_code == 200:
            self.token = answer.json()["token"]
        return answer

    def say(self, text, client_id=None):
        return self.post("messages/", {"text": text, "client_id": str(client_id or uuid4())})

    def read(self, after=""):
        query = f"?after={after}" if after else ""
        return self.client.get(f"{self.base}messages/{query}", HTTP_AUTHORIZATION=f"Visitor {self.token}")


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    monkeypatch.setattr(guard, "QUICKEST_S", -1)


@pytest.fixture
def page(northside, chat):
    return VisitorPage(northside.host, chat)
