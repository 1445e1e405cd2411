"""A tenant with one of everything the API shows, and the means to call each of its operations."""

import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.test import Client

from conversations import actions as conversations
from conversations import queries
from conversations.api import outputs
from conversations.enums import Delivery, MessageType
from conversations.fetching import keep
from conversations.types import DeliveryUpdate, InboundFile, InboundMessage, InboundSender, NewMessage, TemplateNews
from conversations.web_chat import api as web_chats
from conversations.web_chat.actions import create_web_chat
from crm import actions as crm
from crm.api import TAG_ID, ContactShape
from kernel import clocks
from kernel.actors import SYSTEM, Actor, ActorKind
from kernel.api import jobs
from kernel.api.bulk_api import JOB_ID
from kernel.api.description import description
from kernel.ids import new_id
from team import actions as team
from team.api import CALENDAR_ID
from tenants import actions as tenants
from tenants.actions.keys import digest_of
from tenants.api import ApiKeyShape
from tenants.authentication import key_principal
from tenants.proofs import valid_key
from tenants.scopes import SCOPES
from tests.cast import Stage

FORM = "multipart/form-data"
OF_PEOPLE = "Notifications"
"""The chapter whose operations refuse keys: a program is nobody who could be told something."""
METHODS = ("get", "post", "put", "patch", "delete")
TEMPLATE = [{"type": "BODY", "text": "Hello {{1}}, your letter to {{2}} is in the mail."}]


@dataclass
class World:
    """The stage, the ids of what is on it, and a key for everything."""

    stage: Stage
    ids: dict[str, UUID] = field(default_factory=dict)
    """By the name of the parameter they stand for in a path."""

    @property
    def client(self) -> Client:
        """Return a program that may do everything here."""
        return self.stage.client(key=self.stage.api_key)

    def key(self, **options: Any) -> str:
        """Make a key of this tenant; it may do everything unless `scopes` says otherwise."""
        with self.stage.inside():
            return tenants.create_api_key(
                **{"name": "test", "scopes": SCOPES, "actor": SYSTEM, "per_minute": 100_000, **options}
            ).key

    def write_in(self, phone: str = "+13055550142", text: str = "Did the letter arrive?", **options: Any) -> UUID:
        """Let a customer write; returns the conversation's id."""
        number = f"wamid.{phone}{text}{clocks.now().timestamp()}"
        sender = InboundSender(phone=phone, name="Rosa Delgado", user_id="")
        arrived = InboundMessage(
            outlet_id=self.stage.outlet_id, vendor_id=number, sender=sender, sent_at=clocks.now(),
            type=MessageType.TEXT, text=text, **options,
        )  # fmt: skip
        with self.stage.inside():
            conversations.receive_messages([arrived])
            return queries.conversations_matching(queries.ConversationFilter()).get(contact__phone=phone).id

    def file(self, phone: str) -> UUID:
        """Let a customer have sent a file that is here, before all that is written; returns its id."""
        at = clocks.now() - timedelta(hours=1)
        sender = InboundSender(phone=phone, name="Rosa Delgado", user_id="")
        arrived = InboundMessage(
            outlet_id=self.stage.outlet_id, vendor_id=f"wamid.file{phone}", sender=sender, sent_at=at,
            type=MessageType.DOCUMENT, files=(InboundFile("1"),),
        )  # fmt: skip
        conversations.receive_messages([arrived])
        (attachment_id,) = conversations.due_attachments()
        conversations.record_fetched(attachment_id, keep(io.BytesIO(b"A letter.")))
        return attachment_id

    def outlet(self, phone_number_id: str) -> UUID:
        """Connect another number."""
        with self.stage.inside():
            return conversations.create_outlet(
                name="Second", phone_number_id=phone_number_id, display_phone_number="+13055550101",
                waba_id=self.stage.waba_id, access_token="token-of-the-tests", actor=SYSTEM,
            )  # fmt: skip

    def web_chat(self, name: str) -> UUID:
        """Open a chat for a site."""
        with self.stage.inside():
            return create_web_chat(name=name, actor=SYSTEM)

    def job(self, number: int = 3) -> UUID:
        """Begin a job of the stage's own key that nobody works off."""
        key = valid_key(digest_of(self.stage.api_key))
        assert key is not None
        with self.stage.inside():
            ids = [crm.create_contact(name=f"Person {one}", actor=SYSTEM) for one in range(number)]
            return jobs.start_job(
                caller=key_principal(key, self.stage.tenant), resource="contacts", operation="update", ids=ids,
                unknown=[new_id() for _one in range(3)], updates={"lifecycle": "client"}, dry_run=False,
            )  # fmt: skip

    def waiting(self) -> UUID:
        """Plan a reply for tomorrow."""
        with self.stage.inside():
            return conversations.schedule_message(
                conversation_id=self.ids["conversation_id"],
                message=NewMessage(type=MessageType.TEXT, text="Good morning."),
                send_at=clocks.now() + timedelta(days=1),
                actor=SYSTEM,
            )

    def canned_reply(self, shortcut: str) -> UUID:
        """Keep a reply for everybody."""
        with self.stage.inside():
            values = {"shortcut": shortcut, "text_en": "About 30 days"}
            return conversations.create_canned_reply(member_id=None, values=values, actor=SYSTEM)

    def saved_view(self, name: str) -> UUID:
        """Save a view for everybody."""
        with self.stage.inside():
            values = {"name": name, "filters": {"view": "all"}}
            return conversations.create_saved_view(member_id=None, values=values, actor=SYSTEM)

    def template(self, name: str) -> None:
        """Have a template approved."""
        news = TemplateNews(
            waba_id=self.stage.waba_id, vendor_id=name, name=name, language="en_US", status="approved",
            category="utility", components=TEMPLATE,
        )  # fmt: skip
        with self.stage.inside():
            conversations.record_template_news([news])


OF_WAITING = frozenset({"updateMessage", "cancelMessage", "sendMessageNow"})
"""Operations that only a scheduled message has."""


def build_world(stage: Stage, phone: str = "+13055550177") -> World:
    """Put one of everything on the stage: a conversation, a failed reply, a template."""
    world = World(stage)
    with stage.inside():
        alice = next(member for member in stage.members.values() if member.role == "agent")
        conversation_id = world.write_in(phone)
        actor = Actor(ActorKind.MEMBER, str(alice.id))
        reply = NewMessage(type=MessageType.TEXT, text="It arrived on Tuesday.")
        message_id = conversations.send_message(conversation_id=conversation_id, message=reply, actor=actor)
        failed = DeliveryUpdate(
            vendor_id="wamid.failed", message_id=message_id, status=Delivery.FAILED, at=clocks.now(),
            failure_code="131026", failure_retryable=True,
        )  # fmt: skip
        conversations.apply_delivery_updates([failed])
        world.template("letter_mailed")
        world.ids = {
            "conversation_id": conversation_id,
            "message_id": message_id,
            "outlet_id": stage.outlet_id,
            "contact_id": queries.conversation_for(conversation_id).contact_id,
            "member_id": alice.id,
            "attachment_id": world.file(phone),
            "template_id": queries.templates_matching().get().id,
            "calendar_id": team.create_calendar(name="Office", actor=SYSTEM),
            "policy_id": conversations.create_sla_policy(name="All", actor=SYSTEM),
            "tag_id": crm.create_tag(name="dispute", color="petrol", actor=SYSTEM),
            "job_id": world.job(),
            "chat_id": world.web_chat("Website"),
            "saved_view_id": world.saved_view("All of them"),
            "canned_reply_id": world.canned_reply("timeline"),
            "key_id": tenants.create_api_key(name="spare", scopes=SCOPES, actor=SYSTEM).id,
        }
    return world


@dataclass(frozen=True)
class Described:
    """One operation of the description."""

    path: str
    method: str
    facts: dict[str, Any] = field(hash=False)

    def __str__(self) -> str:
        return f"{self.method.upper()} {self.path}"

    @property
    def scope(self) -> str:
        """The scope it needs."""
        scope: str = self.facts["security"][0]["apiKey"][0]
        return scope

    @property
    def streams(self) -> bool:
        """Whether it answers with a stream, which has tests of its own."""
        return "text/event-stream" in self.facts["responses"].get("200", {}).get("content", {})

    @property
    def names(self) -> list[str]:
        """The ids its address needs, but for the tenant's."""
        return [one["name"] for one in self.facts["parameters"] if one["in"] == "path" and one["name"] != "tenant"]

    @property
    def writes(self) -> bool:
        """Whether it takes a body."""
        return self.method in {"post", "put", "patch"}

    @property
    def is_raw(self) -> bool:
        """Whether it answers with bytes instead of an envelope."""
        answers = [self.facts["responses"][status] for status in self.facts["responses"] if status.startswith("2")]
        return any("application/octet-stream" in answer.get("content", {}) for answer in answers)

    @property
    def example(self) -> Any:
        """The body its documentation shows."""
        content = self.facts.get("requestBody", {}).get("content", {})
        return content.get("application/json", {}).get("example", {})

    def address(self, world: World, ids: dict[str, UUID] | None = None) -> str:
        """Return its address with the ids of a world, or with other ones."""
        values = {**(ids or world.ids), "tenant": world.stage.tenant.slug}
        if ids is None and self.facts["operationId"] in OF_WAITING:
            values["message_id"] = world.waiting()
        return self.path.format(**values)

    def body(self, world: World) -> Any:
        """Return the documented example with the ids of a world in place of the documented ones."""
        return _replace(self.example, {documented: str(world.ids[name]) for documented, name in EXAMPLE_IDS.items()})

    def call(self, client: Client, address: str, body: Any = None, **headers: Any) -> Any:
        """Call it."""
        content = {"data": {} if body is None else body, "content_type": "application/json"} if self.writes else {}
        return getattr(client, self.method)(address, **content, **headers)


EXAMPLE_IDS = {
    outputs.CONVERSATION_ID: "conversation_id",
    outputs.MESSAGE_ID: "message_id",
    outputs.ATTACHMENT_ID: "attachment_id",
    outputs.OUTLET_ID: "outlet_id",
    outputs.MEMBER_ID: "member_id",
    outputs.TEMPLATE_ID: "template_id",
    outputs.CANNED_REPLY_ID: "canned_reply_id",
    outputs.SAVED_VIEW_ID: "saved_view_id",
    ContactShape.example["id"]: "contact_id",
    ApiKeyShape.example["id"]: "key_id",
    JOB_ID: "job_id",
    web_chats.EXAMPLE_ID: "chat_id",
    TAG_ID: "tag_id",
    CALENDAR_ID: "calendar_id",
    outputs.POLICY_ID: "policy_id",
}


def operations() -> Iterator[Described]:
    """Yield every operation the API describes that takes JSON and is for programs.

    Those that take forms are tested with their files, and those of people only with their people.
    """
    for path, methods in description()["paths"].items():
        for method in METHODS:
            if method in methods and _is_for_programs(methods[method]):
                yield Described(path, method, {"parameters": [], **methods[method]})


def _is_for_programs(facts: dict[str, Any]) -> bool:
    return FORM not in facts.get("requestBody", {}).get("content", {}) and facts["tags"] != [OF_PEOPLE]


def _replace(value: Any, ids: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {name: _replace(inner, ids) for name, inner in value.items()}
    if isinstance(value, list):
        return [_replace(inner, ids) for inner in value]
    return ids.get(value, value) if isinstance(value, str) else value
