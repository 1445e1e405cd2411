"""What may be wrong with an installation, one finding each, with what to do about it.

It reads everything and changes nothing. Each check stands alone: when one cannot look, that is its finding, and the
others go on.
"""

import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import psycopg
from django.conf import settings
from django.core import checks
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import DatabaseError, connection
from redis.exceptions import RedisError

from integrations import reach
from integrations.email.addresses import server
from kernel import clocks, redis
from kernel.heartbeat import heartbeats
from kernel.tenancy import PUBLIC, each_active_schema, tenant_context
from monitoring import measurements
from monitoring.parts import parts
from tenants.schemas import lagging

OLDEST_POSTGRES = 150_000
MOST_SKEW_S = 2.0
LEAST_FREE_SHARE, LEAST_FREE_BYTES = 0.05, 1_000_000_000
MOST_LAG_S, MOST_QUEUED = 60.0, 10_000
CERTIFICATE_DAYS = 14


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is wrong, and what to do about it."""

    check: str
    problem: str
    advice: str


Check = Callable[[], Iterator[Finding]]


def examine() -> list[Finding]:
    """Go through every check; returns what was found, nothing when all is well."""
    with tenant_context(PUBLIC):
        return [finding for name, check in CHECKS.items() for finding in _looked(name, check)]


def _looked(name: str, check: Check) -> list[Finding]:
    try:
        return list(check())
    except (DatabaseError, psycopg.Error, RedisError, OSError) as problem:
        return [Finding(name, f"cannot be looked at: {type(problem).__name__}: {problem}", "Mend what is above first.")]


def _settings() -> Iterator[Finding]:
    if settings.DEBUG:
        yield Finding("settings", "DEBUG is on", "Set DEBUG=0: error pages show secrets.")
    if not settings.HTTPS and settings.BASE_HOST not in {"localhost", "127.0.0.1"}:
        yield Finding("settings", "BASE_URL is not https", "Put TLS in front and set BASE_URL=https://...")
    if settings.HTTPS and not settings.BEHIND_PROXY:
        yield Finding("settings", "https without a proxy in front", "Set BEHIND_PROXY=1 when a proxy ends TLS.")
    for message in checks.run_checks(databases=["default"]):
        if message.is_serious() and not message.is_silenced():
            yield Finding("settings", f"{message.id}: {message.msg}", message.hint or "See the check's own words.")


def _database() -> Iterator[Finding]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('server_version_num')::int, current_setting('server_encoding')")
        version, encoding = cursor.fetchone()
        cursor.execute("SELECT name FROM pg_available_extensions WHERE name = 'vector'")
        has_vector = cursor.fetchone() is not None
    if version < OLDEST_POSTGRES:
        yield Finding("database", f"PostgreSQL {version // 10_000} is too old", "Use PostgreSQL 15 or newer.")
    if encoding != "UTF8":
        yield Finding("database", f"its encoding is {encoding}", "Create the database with ENCODING 'UTF8'.")
    if not has_vector:
        yield Finding("database", "the extension vector cannot be had", "Install pgvector on the database server.")


def _migrations() -> Iterator[Finding]:
    behind = lagging([PUBLIC, *each_active_schema()])
    if behind:
        some = ", ".join(behind[:5])
        yield Finding("migrations", f"{len(behind)} schemas lag behind: {some}", "Run `manage.py prepare`.")


def _redis() -> Iterator[Finding]:
    client: Any = redis.client()
    memory, persistence = client.info("memory"), client.info("persistence")
    if memory.get("maxmemory_policy", "noeviction") != "noeviction":
        yield Finding("redis", f"it forgets under pressure ({memory['maxmemory_policy']})", "Set noeviction.")
    if not persistence.get("aof_enabled"):
        yield Finding("redis", "queued tasks do not survive its restart", "Set `appendonly yes`.")
    if persistence.get("aof_last_write_status", "ok") != "ok":
        yield Finding("redis", "its last write to disk failed", "Look at its disk and its log.")


def _clocks() -> Iterator[Finding]:
    client: Any = redis.client()
    seconds, micros = client.time()
    with connection.cursor() as cursor:
        cursor.execute("SELECT extract(epoch FROM clock_timestamp())")
        database = float(cursor.fetchone()[0])
    here = time.time()
    for name, there in (("Redis", seconds + micros / 1_000_000), ("the database", database)):
        if abs(there - here) > MOST_SKEW_S:
            yield Finding("clocks", f"{name} is {there - here:+.1f} s off", "Run NTP on every machine.")


def _disk() -> Iterator[Finding]:
    usage = shutil.disk_usage(settings.DATA_DIR if settings.DATA_DIR.exists() else settings.BASE_DIR)
    if usage.free < max(LEAST_FREE_BYTES, usage.total * LEAST_FREE_SHARE):
        yield Finding("disk", f"only {usage.free // 1_000_000} MB free", "Make room or take a larger disk.")


def _parts() -> Iterator[Finding]:
    for part in parts(heartbeats()):
        if not part.alive:
            heard = "never heard" if part.silent_s is None else f"silent for {part.silent_s:.0f} s"
            yield Finding("parts", f"{part.name}: {heard}", f"Start {part.name}, or look into its log.")


def _backlog() -> Iterator[Finding]:
    numbers = measurements.measure()
    for name in ("inbox", "events"):
        if numbers[name]["lag_s"] > MOST_LAG_S:
            yield Finding("backlog", f"{name}: {numbers[name]['lag_s']:.0f} s late", "Start more of what drains it.")
    for queue, length in numbers["queues"].items():
        if length > MOST_QUEUED:
            yield Finding("backlog", f"queue {queue}: {length} tasks", "Start more workers for it.")


def _parked() -> Iterator[Finding]:
    if count := measurements.measure()["inbox"]["parked"]:
        yield Finding("parked", f"{count} updates of vendors", "See `manage.py ingest parked`, then `ingest replay`.")
    for schema, stuck in measurements.measure_tenants().items():
        if count := stuck["events_parked"]:
            yield Finding("parked", f"{schema}: {count} events", "See `manage.py events parked`, then `events replay`.")
        if count := stuck["outbox_parked"]:
            yield Finding("parked", f"{schema}: {count} messages", "A person has to send them again, or not.")


def _certificate() -> Iterator[Finding]:
    if settings.HTTPS:
        left = reach.certificate_ends(settings.BASE_HOST, urlsplit(settings.BASE_URL).port or 443) - clocks.now()
        if left.days < CERTIFICATE_DAYS:
            yield Finding("certificate", f"it ends in {left.days} days", "Renew it; see why nothing did.")


def _storage() -> Iterator[Finding]:
    name = default_storage.save(f"doctor/{uuid4().hex}", ContentFile(b"written by manage.py doctor"))
    with default_storage.open(name) as file:
        if file.read() != b"written by manage.py doctor":
            yield Finding("storage", "a file came back changed", "Look at the storage behind FILES_*.")
    default_storage.delete(name)


def _mail() -> Iterator[Finding]:
    mail = server(settings.EMAIL_URL)
    if reason := reach.unreachable(mail.host, mail.port):
        yield Finding(
            "mail", f"the mail server cannot be reached: {reason}", "See EMAIL_URL, and what the network lets out."
        )


def _vendors() -> Iterator[Finding]:
    address = urlsplit(settings.WHATSAPP_GRAPH_URL)
    port = address.port or (443 if address.scheme == "https" else 80)
    if reason := reach.unreachable(address.hostname or "", port):
        yield Finding("vendors", f"WhatsApp cannot be reached: {reason}", "Allow connections out to the vendor.")


CHECKS: dict[str, Check] = {
    "settings": _settings, "database": _database, "migrations": _migrations, "redis": _redis, "clocks": _clocks,
    "disk": _disk, "parts": _parts, "backlog": _backlog, "parked": _parked, "certificate": _certificate,
    "storage": _storage, "mail": _mail, "vendors": _vendors,
}  # fmt: skip
