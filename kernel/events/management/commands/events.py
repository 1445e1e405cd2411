"""`manage.py events verify|replay|parked|history`: looking at history, proving it, and trying again.

Exit codes: 0 all is well, 1 something was found or failed again, 2 the input cannot be used.
"""

import re
import sys
from argparse import ArgumentParser
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import orjson
from django.core.management.base import BaseCommand
from django_tenants.utils import get_tenant_model

from kernel import clocks
from kernel.anchors.models import Anchor
from kernel.events.base import Recorded
from kernel.events.history import Past, past_of
from kernel.events.models import ParkedEvent
from kernel.events.replay import Replayed, replay_from, replay_parked
from kernel.events.subscriptions import Subscriber, subscriber, subscribers
from kernel.events.verification import Report, verify
from kernel.tenancy import PLATFORM, tenant_context

OK, FOUND, UNUSABLE = 0, 1, 2
SUBJECT = re.compile(r"[a-z_]+:[0-9A-Za-z-]+")


class Unusable(Exception):  # noqa: N818 - an answer to the caller
    """The input cannot be used; the message says why."""


class Command(BaseCommand):
    """One verb per question people ask of history."""

    help = "Verify, replay and read the history of tenants."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the verbs."""
        verbs = parser.add_subparsers(dest="verb", required=True)
        verify_verb = verbs.add_parser("verify", help="prove that histories are whole")
        replay_verb = verbs.add_parser("replay", help="hand events to a subscriber again")
        replay_verb.add_argument("subscriber")
        what = replay_verb.add_mutually_exclusive_group(required=True)
        what.add_argument("--from", dest="seq", type=int, metavar="SEQ", help="from this event on")
        what.add_argument("--parked", action="store_true", help="the events it could not take")
        parked_verb = verbs.add_parser("parked", help="list the events that subscribers could not take")
        history_verb = verbs.add_parser("history", help="tell what happened to a subject and how it stood")
        history_verb.add_argument("subject", help="for example conversation:<id>")
        history_verb.add_argument("--at", metavar="TIME", help="ISO 8601, UTC unless it says otherwise; default now")
        for verb in (verify_verb, replay_verb, parked_verb, history_verb):
            verb.add_argument("--tenant", metavar="SLUG", help="only this tenant; default all")
            verb.add_argument("--json", action="store_true", dest="as_json", help="for programs")

    def handle(self, *_arguments: Any, verb: str, **options: Any) -> None:  # noqa: ANN401 - Django's own signature
        """Answer and exit with 0, 1 or 2."""
        try:
            code = getattr(self, f"_{verb}")(_schemas(options["tenant"]), options)
        except Unusable as problem:
            self.stderr.write(str(problem))
            code = UNUSABLE
        sys.exit(code)

    def _verify(self, schemas: Sequence[str], options: dict[str, Any]) -> int:
        reports = [verify(schema) for schema in schemas]
        self._write(options, [_verified(report) for report in reports], map(_verify_lines, reports))
        return OK if all(report.is_whole for report in reports) else FOUND

    def _replay(self, schemas: Sequence[str], options: dict[str, Any]) -> int:
        wanted = _subscriber(options["subscriber"])
        done = {schema: _replayed(schema, wanted, options["seq"]) for schema in schemas}
        lines = [f"{schema}: {one.delivered} delivered, {one.parked} parked" for schema, one in done.items()]
        self._write(options, {schema: asdict(one) for schema, one in done.items()}, lines)
        return FOUND if any(one.parked for one in done.values()) else OK

    def _parked(self, schemas: Sequence[str], options: dict[str, Any]) -> int:
        rows = [row for schema in schemas for row in _parked_rows(schema)]
        lines = [
            f"{row['schema']} {row['subscriber']} event {row['seq']}: {row['reason']} "
            f"({row['attempts']} tries, {row['parked_at']})"
            for row in rows
        ]
        self._write(options, rows, lines or ["Nothing is parked."])
        return FOUND if rows else OK

    def _history(self, schemas: Sequence[str], options: dict[str, Any]) -> int:
        if not SUBJECT.fullmatch(options["subject"]):
            message = f"{options['subject']!r} is no subject; write it as conversation:<id>."
            raise Unusable(message)
        past = _past(schemas, options["subject"], _instant(options["at"]))
        self._write(options, _past_as_json(past), _history_lines(past))
        return OK

    def _write(self, options: dict[str, Any], value: Any, lines: Any) -> None:  # noqa: ANN401 - JSON, iterable of text
        if options["as_json"]:
            self.stdout.write(orjson.dumps(value, option=orjson.OPT_INDENT_2).decode())
            return
        for line in lines:
            self.stdout.write(line)


def _schemas(slug: str | None) -> list[str]:
    if slug is None:
        return list(Anchor.objects.order_by("schema_name").values_list("schema_name", flat=True))
    if slug == PLATFORM:
        return [PLATFORM]
    schema = get_tenant_model().objects.filter(slug=slug).values_list("schema_name", flat=True).first()
    if schema is None:
        message = f"There is no tenant {slug!r}."
        raise Unusable(message)
    return [schema]


def _subscriber(name: str) -> Subscriber:
    found = subscriber(name)
    if found is None:
        known = ", ".join(one.name for one in subscribers()) or "none"
        message = f"There is no subscriber {name!r}; there are: {known}."
        raise Unusable(message)
    return found


def _instant(text: str | None) -> datetime:
    if text is None:
        return clocks.now()
    try:
        at = datetime.fromisoformat(text)
    except ValueError as problem:
        message = f"{text!r} is no time; write it as 2026-01-31T14:00:00Z."
        raise Unusable(message) from problem
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _replayed(schema: str, wanted: Subscriber, seq: int | None) -> Replayed:
    return replay_parked(schema, wanted) if seq is None else replay_from(schema, wanted, seq)


def _parked_rows(schema: str) -> list[dict[str, Any]]:
    with tenant_context(schema):
        columns = ("subscriber", "seq", "reason", "attempts", "parked_at")
        return [{"schema": schema, **row} for row in ParkedEvent.objects.order_by("seq").values(*columns)]


def _past(schemas: Sequence[str], subject: str, at: datetime) -> Past:
    for schema in schemas:
        with tenant_context(schema):
            past = past_of(subject, at)
        if past.events:
            return past
    message = f"Nothing had happened to {subject} by {at.isoformat()}."
    raise Unusable(message)


def _verified(report: Report) -> dict[str, Any]:
    return {
        "schema": report.schema,
        "whole": report.is_whole,
        "events": report.events,
        "head": {"seq": report.head_seq, "hash": report.head_hash.hex()},
        "signatures": report.signatures,
        "erased_changes": report.erased_changes,
        "findings": [asdict(finding) for finding in report.findings],
    }


def _verify_lines(report: Report) -> str:
    verdict = "whole" if report.is_whole else "DAMAGED"
    counts = f"{report.events} events, {report.signatures} signatures, {report.erased_changes} erased changes"
    return "\n".join(
        [
            f"{report.schema}: {verdict} ({counts})",
            *(f"  event {finding.seq}: {finding.problem}" for finding in report.findings),
        ]
    )


def _past_as_json(past: Past) -> dict[str, Any]:
    return {
        "subject": past.subject,
        "at": past.at,
        "state": past.state,
        "events": [asdict(event) for event in past.events],
    }


def _history_lines(past: Past) -> list[str]:
    state = ", ".join(f"{name}={value}" for name, value in past.state.items())
    return [*map(_event_line, past.events), f"At {past.at.isoformat()}: {state or 'no state'}"]


def _event_line(event: Recorded) -> str:
    actor = f"{event.actor.kind}:{event.actor.id}" if event.actor.id else str(event.actor.kind)
    return f"{event.seq:>8}  {event.occurred_at.isoformat(timespec='milliseconds')}  {event.type}  by {actor}"
