"""What benches stand on: the schemas, tenants with outlets, keys and people, and large amounts of conversations."""

import itertools
from dataclasses import dataclass
from datetime import datetime, timedelta
from io import StringIO
from uuid import UUID

from django.conf import settings
from django.core.management import call_command
from django.db import connection

from bench.stack import HOST
from conversations import actions as conversations
from conversations.enums import Delivery, Direction, Owner
from conversations.models import Conversation, Message
from crm.models import Contact
from ingest.actions import seed_vendor_app
from kernel import clocks
from kernel.actors import SYSTEM
from kernel.tenancy import tenant_context
from team.models import Member
from tenants import actions

PASSWORD = "bench-bench-1"  # noqa: S105 - of people who live for the length of a bench
TOKEN = "bench-token"  # noqa: S105 - the emulator takes every one
SCOPES = ["conversations:read", "messages:read", "messages:write", "contacts:read"]
_numbers = itertools.count(1)

BATCH = 5_000


@dataclass(frozen=True, slots=True)
class Ground:
    """A tenant to measure in."""

    slug: str
    schema: str
    key: str
    outlets: tuple[dict[str, str], ...]
    email: str

    @property
    def host(self) -> str:
        """Its own host."""
        return f"{self.slug}.{HOST}"

    @property
    def headers(self) -> dict[str, str]:
        """What a request to its API carries."""
        return {"Authorization": f"Bearer {self.key}"}


def prepare() -> None:
    """Make the schemas and let the vendor's signature count."""
    call_command("prepare", stdout=StringIO())
    seed_vendor_app(
        vendor="whatsapp", label="environment",
        secret=settings.WHATSAPP_APP_SECRET, verify_token=settings.WHATSAPP_VERIFY_TOKEN,
    )  # fmt: skip


def tenant(*, outlets: int = 1) -> Ground:
    """Make a tenant with outlets, a key nobody limits, and an owner who can sign in."""
    slug = f"bench-{next(_numbers)}"
    email = f"owner@{slug}.example"
    made = actions.create_tenant(
        slug=slug, name="Bench", plan="enterprise", owner_email=email, owner_password=PASSWORD, actor=SYSTEM
    )
    with tenant_context(made.schema_name):
        key = actions.create_api_key(name="bench", scopes=SCOPES, actor=SYSTEM, per_minute=10_000_000)
        lines = tuple(_outlet(slug, number) for number in range(outlets))
    return Ground(slug, made.schema_name, key.key, lines, email)


def _outlet(slug: str, number: int) -> dict[str, str]:
    digits = slug.removeprefix("bench-")
    name_at_vendor, phone = f"9{digits:0>6}{number:05}", f"+1786{digits:0>4}{number:03}"
    made = conversations.create_outlet(
        name=f"Line {number}", phone_number_id=name_at_vendor, display_phone_number=phone, waba_id=f"8{digits:0>6}",
        access_token=TOKEN, actor=SYSTEM,
    )  # fmt: skip
    return {"id": str(made), "phone_number_id": name_at_vendor, "display_phone_number": phone}


def fill(ground: Ground, *, threads: int, each: int) -> None:
    """Write many conversations of `each` messages, half of them assigned."""
    now = clocks.now()
    with tenant_context(ground.schema):
        member_id = Member.objects.values_list("id", flat=True)[0]
        people = [Contact(name=f"Bench Customer {n}", phone=f"+1305{n:07}") for n in range(threads)]
        Contact.objects.bulk_create(people, BATCH)
        rows = [_thread(ground, person, n, member_id, now) for n, person in enumerate(people)]
        Conversation.objects.bulk_create(rows, BATCH)
        for start in range(0, threads, BATCH // each):
            some = rows[start : start + BATCH // each]
            Message.objects.bulk_create([_said(row, n) for row in some for n in range(each)])
        with connection.cursor() as cursor:
            for model in (Contact, Conversation, Message):
                cursor.execute(f"VACUUM ANALYZE {model._meta.db_table}")


def _thread(ground: Ground, person: Contact, n: int, member_id: UUID, now: datetime) -> Conversation:
    mine = n % 2 == 0
    return Conversation(
        outlet_id=ground.outlets[n % len(ground.outlets)]["id"], contact=person, unread_count=n % 4,
        owner=Owner.HUMAN if mine else Owner.QUEUE, assignee_id=member_id if mine else None,
        preview="¿Hay noticias de mis cartas?", preview_type="text", preview_direction="in", preview_sender="customer",
        last_message_at=now - timedelta(seconds=7 * n), waiting_since=now, window_expires_at=now + timedelta(hours=20),
    )  # fmt: skip


def _said(thread: Conversation, n: int) -> Message:
    at = thread.last_message_at - timedelta(minutes=n)
    return Message(
        conversation=thread, direction=Direction.IN, sender_type="customer", sender_name="Bench Customer",
        type="text", text=f"Message {n} about the letters and the bureau", status=Delivery.RECEIVED, status_at=at,
        sent_at=at, vendor_id=f"wamid.{thread.id}.{n}",
    )  # fmt: skip
