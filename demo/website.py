"""The chat on the demo business's website, and who has written there."""

from datetime import datetime, timedelta
from uuid import UUID, uuid5

from conversations.web_chat import actions
from kernel.actors import SYSTEM

VISITORS = (
    (14, "Lena Fischer", "en", ("Hello, do you also work with people outside Florida?",)),
    (52, "Jorge Paredes", "es", ("Hola, ¿cuánto cuesta la consulta?", "Y si puedo ir con mi esposa.")),
    (175, "", "en", ("Is anybody there? I would like to see my three reports first.",)),
)
"""Minutes ago, name, language, and what they wrote. All invented."""


def open_website_chat(name: str, now: datetime) -> None:
    """Open the chat and let visitors have written."""
    chat = actions.create_web_chat(
        name=name,
        greeting={
            "en": "Hi! Ask us anything about your credit report.",
            "es": "¡Hola! Pregúntenos lo que quiera sobre su informe de crédito.",
        },
        actor=SYSTEM,
        now=now - timedelta(days=30),
    )
    for minutes, visitor, language, words in VISITORS:
        for position, text in enumerate(words):
            _write(chat, visitor or "someone", visitor, language, text, now - timedelta(minutes=minutes - position))


def _write(chat: UUID, key: str, name: str, language: str, text: str, at: datetime) -> None:
    actions.receive_from_visitor(
        outlet_id=chat, visitor_id=uuid5(chat, key).hex, name=name, language=language, text=text,
        client_id=uuid5(chat, key + text), now=at,
    )  # fmt: skip
