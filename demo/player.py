"""Playing the plot: every moment goes through the product's own actions, at the time it happened.

So the demo's history is a real one: events in the order of time, a chain that verifies, clocks that fit.
"""

import io
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from conversations import actions
from conversations.enums import Delivery, MessageType
from conversations.fetching import keep
from conversations.queries import ConversationFilter, conversations_matching
from conversations.types import (
    DeliveryUpdate,
    FileFacts,
    InboundFile,
    InboundMessage,
    InboundSender,
    NewMessage,
    SendFailure,
    TemplateNews,
    ToSend,
)
from crm import actions as crm
from crm.types import Person
from demo.files import letter, report, voice_note
from demo.people import Business
from demo.plot import Customer, Moment
from demo.stories import TEMPLATES
from kernel.actors import SYSTEM, Actor, ActorKind

CHUNK = 200
"""Moments in one transaction."""
FAILURES = (
    SendFailure(code="131026", detail="", retryable=False, unknown=False),
    SendFailure(code="131049", detail="", retryable=False, unknown=False),
    SendFailure(code="MAYBE_SENT", detail="", retryable=False, unknown=True),
)
MEDIA: dict[str, tuple[MessageType, dict[str, Any], dict[str, Any]]] = {
    "image": (MessageType.IMAGE, {"claimed_type": "image/jpeg"}, {}),
    "document": (MessageType.DOCUMENT, {"claimed_type": "application/pdf", "filename": "letter.pdf"}, {}),
    "audio": (MessageType.AUDIO, {"claimed_type": "audio/ogg; codecs=opus", "is_voice": True}, {}),
    "location": (MessageType.LOCATION, {}, {"location": {"latitude": 25.7617, "longitude": -80.1918, "name": "Home"}}),
}
FILES: dict[str, Callable[[int], bytes]] = {"image": letter, "document": report, "audio": voice_note}


@dataclass
class Player:
    """Plays one business inside its schema."""

    business: Business
    outlets: dict[str, UUID]
    """Outlet id by phone number id."""
    agents: Sequence[UUID]

    def __post_init__(self) -> None:
        """Draw whatever varies from the same numbers each time."""
        self._dice = random.Random(self.business.name)  # noqa: S311 - a plot, not a secret
        self._threads: dict[int, UUID] = {}
        self._files: dict[tuple[str, int], FileFacts] = {}
        self._acts: dict[str, Callable[[Moment], None]] = {
            "<": self._write,
            "*": self._show,
            "!": self._ask_for_human,
            ">": self._reply,
            "#": self._note,
            "seen": self._see,
            "resolve": self._resolve,
            "assign": self._assign,
            "ai": self._give_to_ai,
        }

    def play(self, plot: Sequence[Moment]) -> None:
        """Let everything happen, oldest first."""
        for start in range(0, len(plot), CHUNK):
            with transaction.atomic():
                for moment in plot[start : start + CHUNK]:
                    self._acts[moment.act](moment)

    def _actor(self, moment: Moment) -> Actor:
        return Actor(ActorKind.MEMBER, str(self.agents[moment.agent]))

    def _thread(self, customer: Customer) -> UUID:
        return self._threads[customer.number]

    def _receive(self, moment: Moment, message_type: MessageType, **extra: Any) -> None:  # noqa: ANN401 - message fields
        customer = moment.customer
        sender = InboundSender(customer.user_id, customer.phone, customer.name)
        outlet_id = self.outlets[moment.line.phone_number_id]
        vendor_id = f"wamid.demo.{self.business.slug}.{self._dice.getrandbits(64):016x}"
        message = InboundMessage(outlet_id, vendor_id, sender, moment.at, message_type, **extra)
        actions.receive_messages([message], now=moment.at + timedelta(seconds=1))
        if customer.number not in self._threads:
            self._meet(moment, outlet_id)

    def _meet(self, moment: Moment, outlet_id: UUID) -> None:
        """Remember the thread of a customer and what we learn about them."""
        customer = moment.customer
        contact_id = crm.identify(Person(user_id=customer.user_id, phone=customer.phone), actor=SYSTEM, now=moment.at)
        zone = "America/New_York"
        crm.update_contact(
            contact_id=contact_id,
            changes={
                "language": customer.language,
                "time_zone": zone,
                "lifecycle": self._dice.choice(["lead", "lead", "qualified", "consult", "client", "client"]),
            },
            actor=SYSTEM,
            now=moment.at,
        )
        wanted = ConversationFilter(outlet=outlet_id, contact=contact_id)
        self._threads[customer.number] = conversations_matching(wanted).values_list("id", flat=True).get()

    def _write(self, moment: Moment) -> None:
        self._receive(moment, MessageType.TEXT, text=moment.text)

    def _show(self, moment: Moment) -> None:
        message_type, media, content = MEDIA[moment.text]
        file = InboundFile(vendor_id=str(self._dice.getrandbits(48)), **media)
        self._receive(moment, message_type, files=(file,) if media else (), content=content)
        if media:
            self._bring(moment)

    def _bring(self, moment: Moment) -> None:
        """Let the file be here, as if it had been loaded from the vendor."""
        later = moment.at + timedelta(seconds=2)
        wanted = moment.text, self._dice.randrange(3, 9)
        if wanted not in self._files:
            self._files[wanted] = keep(io.BytesIO(FILES[wanted[0]](wanted[1])))
        for attachment_id in actions.due_attachments(now=later):
            actions.record_fetched(attachment_id, self._files[wanted], now=later)

    def _ask_for_human(self, moment: Moment) -> None:
        self._write(moment)
        self._hand_off(moment, "queue", "Would rather talk to somebody.")

    def _give_to_ai(self, moment: Moment) -> None:
        self._hand_off(moment, "ai", "")

    def _hand_off(self, moment: Moment, to: Any, reason: str) -> None:  # noqa: ANN401 - "queue" or "ai"
        actions.hand_off(
            conversation_id=self._thread(moment.customer), to=to, reason=reason, actor=SYSTEM, now=moment.at
        )

    def _reply(self, moment: Moment) -> None:
        thread = self._thread(moment.customer)
        self._see(moment)
        message = NewMessage(MessageType.TEXT, text=moment.text)
        actions.send_message(conversation_id=thread, message=message, actor=self._actor(moment), now=moment.at)
        for claimed in actions.claim_due(conversation_id=thread, now=moment.at):
            self._deliver(claimed, moment.at)

    def _deliver(self, claimed: ToSend, at: datetime) -> None:
        if self._dice.random() < 0.02:  # noqa: PLR2004 - one in fifty does not arrive
            actions.record_failure(claimed.message_id, self._dice.choice(FAILURES), now=at)
            return
        vendor_id = f"wamid.demo.{self.business.slug}.{claimed.message_id.hex}"
        actions.record_accepted({claimed.message_id: vendor_id}, now=at)
        last = self._dice.choice([Delivery.DELIVERED, Delivery.READ, Delivery.READ, Delivery.READ])
        later = at + timedelta(seconds=self._dice.randint(1, 50))
        actions.apply_delivery_updates([DeliveryUpdate(vendor_id, claimed.message_id, last, later)], now=later)

    def _note(self, moment: Moment) -> None:
        actions.add_note(
            conversation_id=self._thread(moment.customer), text=moment.text, actor=self._actor(moment), now=moment.at
        )

    def _see(self, moment: Moment) -> None:
        actions.mark_seen(conversation_id=self._thread(moment.customer), actor=self._actor(moment), now=moment.at)

    def _resolve(self, moment: Moment) -> None:
        actions.resolve(conversation_id=self._thread(moment.customer), actor=self._actor(moment), now=moment.at)

    def _assign(self, moment: Moment) -> None:
        actions.assign(
            conversation_id=self._thread(moment.customer),
            member_id=self.agents[moment.agent],
            actor=self._actor(moment),
            now=moment.at,
        )


def add_templates(business: Business, now: datetime) -> None:
    """Give the business the templates it had approved, has in review and had rejected."""
    news = [
        TemplateNews(
            waba_id=business.lines[0].waba_id,
            vendor_id=f"{business.lines[0].waba_id[:6]}{number:04}{language}",
            name=name,
            language=language,
            status=status,
            category=category,
            quality="green" if status == "approved" else "",
            components=[{"type": "BODY", "text": body}, {"type": "FOOTER", "text": business.name}],
        )
        for number, (name, category, status, bodies) in enumerate(TEMPLATES)
        for language, body in bodies.items()
    ]
    actions.record_template_news(news, now=now)
