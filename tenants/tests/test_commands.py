import json
import subprocess
import sys
from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection

from kernel.events.models import Event
from kernel.tenancy import PUBLIC, tenant_context
from kernel.testing.servers import program_environment
from tenants import actions
from tenants.models import Tenant, User
from tests.cast import PASSWORD, Stage

ARGUMENTS = {"name": "Acme Credit", "owner_email": "owner@acme.example", "owner_name": "Ada Owner"}


def create(slug: str = "acme", **options: Any) -> str:
    out = StringIO()
    with tenant_context(PUBLIC):
        call_command("create_tenant", slug, stdout=out, **{**ARGUMENTS, **options})
    return out.getvalue()


def test_create_tenant_prints_one_object(northside: Stage) -> None:
    facts = json.loads(create(plan="growth", json=True))
    row = Tenant.objects.get(slug="acme")
    assert {name: facts[name] for name in ("id", "slug", "schema", "url")} == {
        "id": str(row.id), "slug": "acme", "schema": "t_acme", "url": "http://acme.localhost:8000",
    }  # fmt: skip
    assert row.plan == "growth"
    assert User.objects.get(email="owner@acme.example").check_password(facts["owner_password"])
    assert isinstance(facts["milliseconds"], int)
    with tenant_context("t_acme"):
        assert Event.objects.get(seq=1).actor_kind == "operator"


def test_create_tenant_tells_people(northside: Stage) -> None:
    lines = create().splitlines()
    assert lines[0].startswith("Created acme in ")
    assert lines[0].endswith(" ms: http://acme.localhost:8000/login/")
    assert lines[1].startswith("The owner's password, shown this once: ")


def test_known_owner_gets_no_new_password(northside: Stage) -> None:
    facts = json.loads(create(owner_email=northside.alice.email.upper(), json=True))
    assert facts["owner_password"] is None
    assert User.objects.get(email=northside.alice.email).check_password(PASSWORD)


@pytest.mark.parametrize(
    ("slug", "sentence"), [("harbor", "taken"), ("www", "cannot be used"), ("A B", "cannot be used")]
)
def test_refusal_ends_with_its_sentence(northside: Stage, slug: str, sentence: str) -> None:
    with pytest.raises(CommandError, match=sentence):
        create(slug)


def test_command_is_ours_and_not_the_librarys(committed: Callable[[str], Stage]) -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", "create_tenant", "--help"],
        capture_output=True, text=True, check=True, env=_environment(),
    )  # fmt: skip
    assert "--owner-email" in done.stdout
    assert "--schema_name" not in done.stdout


def test_prepare_twice_at_once_waits_and_finds_nothing_to_do(committed: Callable[[str], Stage]) -> None:
    committed("any")
    command = [sys.executable, "manage.py", "prepare"]
    running = [
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=_environment())
        for _process in range(2)
    ]
    answers = [process.communicate(timeout=60) for process in running]
    assert [process.returncode for process in running] == [0, 0], answers
    assert [out for out, _err in answers] == ["", ""]


def test_prepare_makes_an_empty_database_whole(committed: Callable[[str], Stage]) -> None:
    committed("any")
    with connection.cursor() as cursor:
        cursor.execute("CREATE DATABASE redress_prepare_test")
    environment = _environment()
    environment["DATABASE_URL"] = environment["DATABASE_URL"].rpartition("/")[0] + "/redress_prepare_test"
    done = subprocess.run(
        [sys.executable, "manage.py", "prepare"], capture_output=True, text=True, env=environment, check=False
    )
    with connection.cursor() as cursor:
        cursor.execute("DROP DATABASE redress_prepare_test")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "migrated public", "created redress_blueprint", "migrated redress_blueprint", "dumped the blueprint",
        "created platform",
    ]  # fmt: skip


def _environment() -> dict[str, str]:
    return program_environment() | {"DJANGO_SETTINGS_MODULE": "config.settings_test"}


def test_operator_belongs_to_no_tenant(olga: User) -> None:
    assert (olga.is_operator, olga.memberships.count()) == (True, 0)
    with tenant_context(PUBLIC):
        assert actions.ensure_operator(email=olga.email, name="x", password=PASSWORD) == olga.id
