"""Conversations side by side, as a stream of webhooks: who writes next, and what it looks like on the wire."""

import random
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from integrations.whatsapp.simulation.people import Person, person
from integrations.whatsapp.simulation.stories import STORIES, Turn
from integrations.whatsapp.wire import Number, contact, new_message_id, webhook


@dataclass(slots=True)
class _Chat:
    """One customer in the middle of a story."""

    person: Person
    number: Number
    turns: list[Turn]
    said: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Post:
    """A webhook to send, and what kind of message is in it."""

    kind: str
    person: Person
    payload: dict[str, Any]


class Traffic:
    """An endless stream of posts: `at_once` customers out of `customers` write in turns, each to one number."""

    def __init__(self, numbers: list[Number], *, customers: int, at_once: int, seed: int | None = None) -> None:
        self._numbers = numbers
        self._chance = random.Random(seed)  # noqa: S311 - made-up people, not secrets
        self._idle = [person(number) for number in range(customers)]
        self._chance.shuffle(self._idle)
        self._chats = [self._new_chat() for _ in range(min(at_once, customers))]

    def __iter__(self) -> Iterator[Post]:
        """Yield posts without end; each names the present as the time of its message."""
        while True:
            place = self._chance.randrange(len(self._chats))
            chat = self._chats[place]
            yield self._next_post(chat)
            if not chat.turns:
                self._idle.append(chat.person)
                self._chats[place] = self._new_chat()

    def _new_chat(self) -> _Chat:
        who = self._idle.pop(0)
        number = self._numbers[self._chance.randrange(len(self._numbers))]
        return _Chat(who, number, list(self._chance.choice(STORIES[who.language])))

    def _next_post(self, chat: _Chat) -> Post:
        turn, who = chat.turns.pop(0), chat.person
        message_id = new_message_id()
        wa_id = "" if who.hides_phone else who.phone.removeprefix("+")
        message: dict[str, Any] = {"id": message_id, "from_user_id": who.user_id}
        if wa_id:
            message["from"] = wa_id
        message |= {"timestamp": str(int(time.time())), "type": turn.kind, **self._content(turn, chat)}
        chat.said.append(message_id)
        contacts = [contact(wa_id, who.user_id, who.name)]
        return Post(turn.kind, who, webhook(chat.number, "messages", contacts=contacts, messages=[message]))

    def _content(self, turn: Turn, chat: _Chat) -> dict[str, Any]:
        builders: dict[str, Callable[[], dict[str, Any]]] = {
            "text": lambda: {"text": {"body": turn.text}},
            "image": lambda: {"image": self._media("image/jpeg", caption=turn.text)},
            "audio": lambda: {"audio": self._media("audio/ogg; codecs=opus", voice=True)},
            "document": lambda: {"document": self._media("application/pdf", filename=turn.text)},
            "sticker": lambda: {"sticker": self._media("image/webp", animated=False)},
            "location": lambda: {"location": self._place(turn.text)},
            "contacts": lambda: {"contacts": [self._card(turn.text)]},
            "reaction": lambda: {"reaction": {"message_id": chat.said[-1], "emoji": turn.text}},
            "interactive": lambda: {"interactive": _pressed(turn.text)},
            "unsupported": lambda: {"unsupported": {"type": turn.text}, "errors": [_UNSUPPORTED]},
        }
        return builders[turn.kind]()

    def _media(self, mime_type: str, **more: str | bool) -> dict[str, Any]:
        sha256 = b64encode(self._chance.randbytes(32)).decode()
        return {"id": str(self._chance.randrange(10**14, 10**15)), "mime_type": mime_type, "sha256": sha256, **more}

    def _place(self, name: str) -> dict[str, Any]:
        latitude = round(self._chance.uniform(25.8, 41.9), 6)
        longitude = round(self._chance.uniform(-118.3, -74.0), 6)
        return {"latitude": latitude, "longitude": longitude, "name": name}

    def _card(self, name: str) -> dict[str, Any]:
        phone = f"+1 {self._chance.choice(('212', '305', '512'))}-555-0{self._chance.randrange(100, 190)}"
        return {"name": {"formatted_name": name}, "phones": [{"phone": phone, "type": "CELL"}]}


_UNSUPPORTED = {
    "code": 131051,
    "title": "Message type unknown",
    "message": "Message type unknown",
    "error_data": {"details": "Nothing here can show this kind."},
}


def _pressed(title: str) -> dict[str, Any]:
    return {"type": "button_reply", "button_reply": {"id": title.lower().replace(" ", "-"), "title": title}}
