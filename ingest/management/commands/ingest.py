"""`manage.py ingest parked|replay|status|apps`: what stayed behind in the webhook inbox, and trying it again."""

from argparse import ArgumentParser, ArgumentTypeError
from typing import Any
from uuid import UUID

import orjson
from django.core.management.base import BaseCommand, CommandError

from ingest import actions, queries

MOST = 100_000
"""Rows one answer may have."""


def positive(text: str) -> int:
    """Return the whole number in `text`, at least 1. Raises ArgumentTypeError, which ends with exit code 2."""
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= MOST):
        message = f"{text!r} is no number from 1 to {MOST:,}"
        raise ArgumentTypeError(message)
    return int(text)


class Command(BaseCommand):
    """The operator's view of the webhook inbox. Exit code 1 when something is parked, 2 for unusable arguments."""

    help = "Show what is parked in the webhook inbox, or replay it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the sub-commands."""
        parser.add_argument("what", choices=["parked", "replay", "status"])
        parser.add_argument("ids", nargs="*", help="parked updates to replay; none: all of them")
        parser.add_argument("--limit", type=positive, default=100, help="rows to show at most")
        parser.add_argument("--json", action="store_true", dest="as_json")

    def handle(self, *_args: Any, **options: Any) -> None:  # noqa: ANN401 - Django's signature
        """Run the chosen sub-command."""
        getattr(self, f"_{options['what']}")(options)

    def _parked(self, options: dict[str, Any]) -> None:
        rows = queries.parked(options["limit"])
        if options["as_json"]:
            self._print(rows)
        else:
            for row in rows:
                when = row["received_at"].isoformat(timespec="seconds")
                self.stdout.write(f"{row['id']}  {when}  {row['reason']:<16} {row['schema_name']:<12} {row['detail']}")
            self.stdout.write(f"{len(rows)} parked")
        if rows:
            raise SystemExit(1)

    def _replay(self, options: dict[str, Any]) -> None:
        try:
            ids = [UUID(raw) for raw in options["ids"]] or None
        except ValueError as problem:
            message = "An id is a UUID, as `ingest parked` prints it."
            raise CommandError(message, returncode=2) from problem
        count = actions.replay_parked(ids)
        if options["as_json"]:
            self._print({"replayed": count})
        else:
            self.stdout.write(f"{count} put back into the inbox")

    def _status(self, options: dict[str, Any]) -> None:
        backlog = queries.backlog()
        if options["as_json"]:
            self._print(backlog)
        else:
            self.stdout.write("  ".join(f"{name}: {value}" for name, value in backlog.items()))

    def _print(self, value: object) -> None:
        self.stdout.write(orjson.dumps(value, default=str, option=orjson.OPT_INDENT_2).decode())
