"""Conversations side by side, as a stream of webhooks: who writes next, and what it looks like on the wire."""

import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import httpx

from integrations.whatsapp.simulation.files import KINDS, Files
from integrations.whatsapp.simulation.people import Person, speakers
from integrations.whatsapp.simulation.stories import FILLERS, STORIES, Turn
from integrations.whatsapp.wire import Number, contact, new_message_id, webhook

LANGUAGES = tuple(STORIES)
_QUOTED_SHARE = 0.08
_FILE_NAME = "document.pdf"


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

    def __init__(
        self,
        numbers: list[Number],
        *,
        customers: int,
        at_once: int,
        seed: int | None = None,
        languages: tuple[str, ...] = LANGUAGES,
        files: Files | None = None,
        media_share: float | None = None,
    ) -> None:
        """Take the numbers to write to. Without `files` nobody sends any; `media_share` makes them more or fewer."""
        self._numbers = numbers
        self._files = files
        self._media_share = media_share
        self._chance = random.Random(seed)  # noqa: S311 - made-up people, not secrets
        self._idle = list(islice(speakers(languages), customers))
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
        turn, who = self._shaped(chat.turns.pop(0), chat.person.language), chat.person
        message_id = new_message_id()
        wa_id = "" if who.hides_phone else who.phone.removeprefix("+")
        message: dict[str, Any] = {"id": message_id, "from_user_id": who.user_id}
        if wa_id:
            message["from"] = wa_id
        turn, content = self._told(turn, chat)
        message |= {"timestamp": str(int(time.time())), "type": turn.kind, **content}
        if turn.kind == "text" and chat.said and self._chance.random() < _QUOTED_SHARE:
            message["context"] = {"from": wa_id or who.user_id, "id": self._chance.choice(chat.said)}
        chat.said.append(message_id)
        contacts = [contact(wa_id, who.user_id, who.name)]
        return Post(turn.kind, who, webhook(chat.number, "messages", contacts=contacts, messages=[message]))

    def _told(self, turn: Turn, chat: _Chat) -> tuple[Turn, dict[str, Any]]:
        """Return the turn with what its message holds; words instead of a file while the emulator does not answer."""
        try:
            return turn, self._content(turn, chat)
        except httpx.HTTPError:
            words = Turn("text", self._chance.choice(FILLERS[chat.person.language]))
            return words, self._content(words, chat)

    def _shaped(self, turn: Turn, language: str) -> Turn:
        """Return the turn as it is, or with a file where there was none, or none where there was one."""
        if self._files is None:
            wanted = False
        elif self._media_share is None:
            return turn
        else:
            wanted = self._chance.random() < self._media_share
        if wanted == (turn.kind in KINDS):
            return turn
        if not wanted:
            return Turn("text", self._chance.choice(FILLERS[language]))
        kind = self._chance.choice(KINDS)
        return Turn(kind, _FILE_NAME if kind == "document" else "")

    def _content(self, turn: Turn, chat: _Chat) -> dict[str, Any]:
        builders: dict[str, Callable[[], dict[str, Any]]] = {
            "text": lambda: {"text": {"body": turn.text}},
            "image": lambda: {"image": self._file(chat, "image", caption=turn.text)},
            "audio": lambda: {"audio": self._file(chat, "audio")},
            "document": lambda: {"document": self._file(chat, "document", filename=turn.text)},
            "sticker": lambda: {"sticker": self._file(chat, "sticker")},
            "location": lambda: {"location": self._place(turn.text)},
            "contacts": lambda: {"contacts": [self._card(turn.text)]},
            "reaction": lambda: {"reaction": {"message_id": chat.said[-1], "emoji": turn.text}},
            "interactive": lambda: {"interactive": _pressed(turn.text)},
            "unsupported": lambda: {"unsupported": {"type": turn.text}, "errors": [_UNSUPPORTED]},
        }
        return builders[turn.kind]()

    def _file(self, chat: _Chat, kind: str, **said: str) -> dict[str, Any]:
        if self._files is None:
            message = "nobody sends files where none are kept"
            raise RuntimeError(message)
        return {**self._files.take(chat.number, kind), **{name: text for name, text in said.items() if text}}

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
