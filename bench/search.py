"""How fast words are found in 200,000 messages, rare ones and common ones."""

import random
import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial
from uuid import UUID, uuid4

from django.db import connection

from bench.results import Result
from bench.stack import Stack
from bench.wire import Size, percentile
from conversations import queries
from conversations.models import Conversation, Message, Outlet
from crm.models import Contact
from kernel import clocks, search
from kernel.actors import SYSTEM
from kernel.pages import keyset_page
from kernel.tenancy import PUBLIC, tenant_context
from tenants import actions, schemas
from tenants.models import Tenant, User

MESSAGES, CONTACTS, WORDS = 200_000, 20_000, 8_000
ROUNDS = 200
PAGE = 20
BATCH = 5_000
SEED = 7


def _vocabulary() -> list[str]:
    """Return made-up words; the first are said often, the last hardly ever, as in any language."""
    chance = random.Random(SEED)  # noqa: S311 - the same texts every time, no secret
    sounds = ["ba", "ché", "dor", "el", "fi", "gun", "ha", "ión", "ka", "lu", "mar", "ní", "os", "pre", "qui", "ra"]
    return list(dict.fromkeys("".join(chance.choices(sounds, k=chance.randint(2, 5))) for _turn in range(2 * WORDS)))


def _fill(vocabulary: Sequence[str], messages: int) -> None:
    chance = random.Random(SEED)  # noqa: S311 - as above
    weights = [1 / (rank + 1) for rank in range(len(vocabulary))]
    outlet = Outlet.objects.create(name="Bench", phone_number_id="1", display_phone_number="1", waba_id="1")
    people = [
        Contact(name=" ".join(chance.choices(vocabulary, k=2)), phone=f"+1305{number:07}") for number in range(CONTACTS)
    ]
    Contact.objects.bulk_create(people, BATCH)
    now = clocks.now()
    threads = [Conversation(outlet=outlet, contact=person, last_message_at=now) for person in people]
    Conversation.objects.bulk_create(threads, BATCH)
    for start in range(0, messages, BATCH):
        Message.objects.bulk_create(
            Message(
                conversation=chance.choice(threads), direction="in", sender_type="customer", type="text",
                text=" ".join(chance.choices(vocabulary, weights, k=chance.randint(3, 24))),
                status="received", status_at=now, sent_at=now - timedelta(seconds=messages - number),
            )
            for number in range(start, start + BATCH)
        )  # fmt: skip
    with connection.cursor() as cursor:
        for table in ("conversations_message", "conversations_conversation", "crm_contact"):
            cursor.execute(f"VACUUM ANALYZE {table}")


def _spent(look: Callable[[], object]) -> float:
    started = time.perf_counter()
    look()
    return time.perf_counter() - started


def _find(words: Sequence[str]) -> None:
    """Do what the search field does: people, then messages."""
    keyset_page(queries.conversations_with(" ".join(words)), order=f"-{search.PLACE}", limit=5)
    found = keyset_page(queries.messages_saying(words), order=f"-{search.PLACE}", limit=PAGE)
    queries.found_shapes(found.ids, words=words)


def _read_twenty(ids: Sequence[UUID]) -> None:
    """Read as many rows by their keys: what showing the results costs at the very least."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM conversations_message WHERE id = ANY(%s)", [list(ids)])
        cursor.fetchall()


def _p95(spent: Sequence[float]) -> float:
    return percentile(list(spent), 0.95) * 1000


def _measure(vocabulary: Sequence[str]) -> list[Result]:
    ids = list(Message.objects.order_by("?").values_list("id", flat=True)[:PAGE])
    limit = _p95([_spent(partial(_read_twenty, ids)) for _turn in range(ROUNDS)])
    kinds = {
        "rare": [[search.fold(word)] for word in vocabulary[-ROUNDS:]],
        "middling": [[search.fold(word)] for word in vocabulary[ROUNDS : 2 * ROUNDS]],
        "common": [[search.fold(word)] for word in vocabulary[:20]] * (ROUNDS // 20),
        "beginning of a": [[search.fold(word)[:3]] for word in vocabulary[:ROUNDS]],
        "common and rare": [[search.fold(vocabulary[0]), search.fold(word)] for word in vocabulary[-ROUNDS:]],
    }
    found = {kind: _p95([_spent(partial(_find, words)) for words in asked]) for kind, asked in kinds.items()}
    return [Result(f"search, {kind} word, p95", spent, "ms", limit, 15) for kind, spent in found.items()]


def run(stack: Stack, size: Size) -> list[Result]:
    """Measure the search field's two statements in a tenant made for it."""
    stack.only()
    slug = f"bench-{uuid4().hex[:8]}"
    made = actions.create_tenant(slug=slug, name="Bench", owner_email=f"{slug}@bench.example", actor=SYSTEM)
    vocabulary = _vocabulary()
    try:
        with tenant_context(made.schema_name):
            _fill(vocabulary, size.of(MESSAGES, BATCH))
            return _measure(vocabulary)
    finally:
        with tenant_context(PUBLIC):
            schemas.drop_schema(made.schema_name)
            Tenant.objects.filter(id=made.id).delete()
            User.objects.filter(email=f"{slug}@bench.example").delete()
