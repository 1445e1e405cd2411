"""The cast of the tests: Alice and Bob of northside, Charlie of harbor who must see nothing, Olga the operator.

Both tenants are made once per test process. A test that asks for `northside` runs inside a transaction that is rolled
back; tests with several threads or processes ask for `committed`, which makes a tenant of their own and drops it.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from itertools import count
from typing import Any
from uuid import UUID

import psycopg
import pytest
from django.conf import settings
from django.db import OperationalError, connection, connections
from django.test import Client
from pytest_django.plugin import DjangoDbBlocker

from kernel.actors import SYSTEM
from kernel.tenancy import PUBLIC, tenant_context
from team.types import MemberInfo
from tenants.types import TenantInfo

PASSWORD = "correct horse battery"
MAKERS = {"northside": ("305", "106540352242922", "102290129340398"), "harbor": ("617", "206540352242922", "2022901")}
_fresh = count(1)


@dataclass(frozen=True)
class Stage:
    """A tenant with its people, one WhatsApp number and a key that may do everything."""

    tenant: TenantInfo
    members: dict[str, MemberInfo]
    api_key: str
    outlet_id: UUID
    phone_number_id: str
    waba_id: str

    @property
    def schema(self) -> str:
        """The tenant's schema."""
        return self.tenant.schema_name

    @property
    def host(self) -> str:
        """The Host header that leads here."""
        return f"{self.tenant.slug}.localhost:8000"

    def __getattr__(self, name: str) -> MemberInfo:
        """Return a member by name: `stage.alice`."""
        try:
            return self.members[name]
        except KeyError:
            raise AttributeError(name) from None

    def inside(self) -> AbstractContextManager[None]:
        """Work in this tenant's schema."""
        return tenant_context(self.schema)

    def client(self, *, member: MemberInfo | None = None, key: str | None = None) -> Client:
        """Return a client of this host: a stranger, a signed-in member, or a program with a key."""
        headers: dict[str, Any] = {"HTTP_HOST": self.host}
        if key is not None:
            headers["HTTP_AUTHORIZATION"] = f"Bearer {key}"
        client = Client(**headers)
        if member is not None:
            answer = client.post("/login/", {"email": member.email, "password": PASSWORD})
            assert answer.status_code == 302, answer.content[:500]
        return client


def make_stage(slug: str, area: str, phone_number_id: str, waba_id: str, names: dict[str, tuple[str, str]]) -> Stage:
    """Make a tenant with people (`{"alice": ("Alice Moreno", "agent")}`), an outlet and a key."""
    from conversations import actions as conversations  # noqa: PLC0415 - Django is set up only now
    from tenants import actions, queries  # noqa: PLC0415
    from tenants.scopes import SCOPES  # noqa: PLC0415

    made = actions.create_tenant(
        slug=slug, name=f"{slug.title()} Credit", plan="growth", owner_email=f"owner@{slug}.example",
        owner_name="Olivia Owner", owner_password=PASSWORD, actor=SYSTEM,
    )  # fmt: skip
    actions.set_two_factor_policy(tenant_id=made.id, policy="nobody", actor=SYSTEM)
    for first, (name, role) in names.items():
        actions.add_member(
            tenant_id=made.id, email=f"{first}@{slug}.example", name=name, role=role, password=PASSWORD, actor=SYSTEM
        )
    with tenant_context(made.schema_name):
        from team import queries as team  # noqa: PLC0415

        key = actions.create_api_key(name="tests", scopes=SCOPES, actor=SYSTEM, per_minute=100_000)
        outlet_id = conversations.create_outlet(
            name="Main", phone_number_id=phone_number_id, display_phone_number=f"+1{area}5550100", waba_id=waba_id,
            access_token="token-of-the-tests", actor=SYSTEM,
        )  # fmt: skip
        people = {member.email.partition("@")[0]: member for member in team.members()}
    tenant = queries.tenant_by_slug(slug)
    assert tenant is not None
    return Stage(tenant, people, key.key, outlet_id, phone_number_id, waba_id)


NAMES = {
    "northside": {
        "alice": ("Alice Moreno", "agent"), "bob": ("Bob Tran", "agent"), "adam": ("Adam Reyes", "admin"),
        "vera": ("Vera Lind", "viewer"),
    },
    "harbor": {"charlie": ("Charlie Stone", "agent")},
}  # fmt: skip


@pytest.fixture(scope="session")
def django_db_setup(django_test_environment: None, django_db_blocker: DjangoDbBlocker) -> None:
    """Make this process's database as an installation is made; it goes with the server."""
    database = connections["default"].settings_dict
    server = {name: database[name.upper()] for name in ("user", "password", "host", "port")}
    name = f"{database['NAME']}_{settings.REDIS_PREFIX.strip(':').replace(':', '_')}"
    with psycopg.connect(dbname=database["NAME"], **server, autocommit=True) as admin:
        admin.execute(f'CREATE DATABASE "{name}"')
    database["NAME"] = name
    with django_db_blocker.unblock():
        from tenants import schemas  # noqa: PLC0415 - Django is set up only now

        schemas.prepare()
        connection.close()


@pytest.fixture(scope="session")
def _stages(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> dict[str, Stage]:
    with django_db_blocker.unblock():
        stages = {slug: make_stage(slug, *MAKERS[slug], NAMES[slug]) for slug in MAKERS}
        connection.close()
    return stages


@contextmanager
def clean_redis() -> Iterator[None]:
    """Forget what earlier tests left in this process's Redis, and what this process remembers."""
    from kernel.redis import client  # noqa: PLC0415
    from tenants.memory import forget_here  # noqa: PLC0415

    client().flushdb()
    forget_here()
    yield
    forget_here()


@pytest.fixture
def northside(_stages: dict[str, Stage], db: None) -> Iterator[Stage]:
    """The tenant of Alice and Bob; the test works inside its schema."""
    stage = _stages["northside"]
    with clean_redis(), stage.inside():
        yield stage


@pytest.fixture
def harbor(_stages: dict[str, Stage], db: None) -> Stage:
    """The tenant of Charlie; `with harbor.inside()` to look at it."""
    return _stages["harbor"]


@pytest.fixture
def committed(_stages: dict[str, Stage], django_db_blocker: DjangoDbBlocker) -> Iterator[Callable[[str], Stage]]:
    """Make tenants that other threads and processes can see; they are dropped afterwards."""
    from tenants.models import Tenant, User  # noqa: PLC0415
    from tenants.schemas import drop_schema  # noqa: PLC0415

    made: list[Stage] = []

    def drop(schema: str) -> None:
        """Drop a schema that programs of the test may still be reading: PostgreSQL then lets one of both try again."""
        for last_try in (False, False, True):
            try:
                drop_schema(schema)
            except OperationalError:
                if last_try:
                    raise
            else:
                return

    def make(name: str = "stage") -> Stage:
        number = next(_fresh)
        slug, ids = f"{name}-{number}", (f"3065{number:09}", f"3022{number:09}")
        stage = make_stage(slug, "786", *ids, {"alice": ("Alice Moreno", "agent"), "bob": ("Bob Tran", "agent")})
        made.append(stage)
        return stage

    with ExitStack() as stack:
        stack.enter_context(django_db_blocker.unblock())
        stack.enter_context(clean_redis())
        yield make
        with tenant_context(PUBLIC):
            for stage in made:
                drop(stage.schema)
                with connection.cursor() as cursor:
                    cursor.execute("DELETE FROM public.anchors_anchor WHERE schema_name = %s", [stage.schema])
                Tenant.objects.filter(id=stage.tenant.id).delete()
                User.objects.filter(email__endswith=f"@{stage.tenant.slug}.example").delete()
        connection.close()


@pytest.fixture
def committed_public(_stages: dict[str, Stage], django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Let a test commit to the webhook inbox, which is emptied afterwards."""
    from ingest.models import Delivery, ParkedUpdate, VendorApp  # noqa: PLC0415

    def empty() -> None:
        for model in (Delivery, ParkedUpdate, VendorApp):
            model.objects.all().delete()

    with django_db_blocker.unblock(), clean_redis():
        empty()
        yield
        empty()
        connections.close_all()


@pytest.fixture
def olga(_stages: dict[str, Stage], db: None) -> Any:
    """The operator of the installation."""
    from tenants import actions  # noqa: PLC0415
    from tenants.models import User  # noqa: PLC0415

    return User.objects.get(id=actions.ensure_operator(email="olga@redress.example", name="Olga", password=PASSWORD))
