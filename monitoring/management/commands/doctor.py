"""`manage.py doctor`: is anything wrong with this installation, and what is to be done? Exit code 1 with findings."""

import sys
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

import orjson
from django.core.management.base import BaseCommand

from monitoring.doctor import CHECKS, examine


class Command(BaseCommand):
    """Looks at everything an operator would look at, and says what to do."""

    help = "Look for what is wrong: settings, database, Redis, parts, backlog, storage, mail, vendors."
    requires_system_checks = []  # they are findings like the others

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the form of the answer."""
        parser.add_argument("--json", action="store_true", dest="as_json", help="for programs")

    def handle(self, *_arguments: Any, as_json: bool, **_options: Any) -> None:  # noqa: ANN401 - Django's signature
        """Write the findings and exit with 0 or 1."""
        found = examine()
        if as_json:
            answer = {"ok": not found, "checked": list(CHECKS), "findings": [asdict(finding) for finding in found]}
            self.stdout.write(orjson.dumps(answer, option=orjson.OPT_INDENT_2).decode())
        else:
            for finding in found:
                self.stdout.write(f"{finding.check:<12}{finding.problem}. {finding.advice}")
            self.stdout.write(f"{len(CHECKS)} checks, {len(found)} findings.")
        sys.exit(1 if found else 0)
