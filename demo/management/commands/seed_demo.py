"""`manage.py seed_demo`: two businesses with people, numbers and a few hundred conversations to try everything on."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import orjson
from django.core.management.base import BaseCommand

from demo.seed import seed


class Command(BaseCommand):
    """Make the demo tenants that do not exist yet; safe to run again. Prints logins and keys."""

    help = "Make the demo tenants northside and harbor."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare where the logins go."""
        parser.add_argument("--file", type=Path, help="write logins and keys here instead of printing them")
        parser.add_argument("--json", action="store_true", dest="as_json")

    def handle(self, *_args: Any, **options: Any) -> None:  # noqa: ANN401 - Django's signature
        """Seed, then tell how to sign in."""
        logins = orjson.dumps(seed(), option=orjson.OPT_INDENT_2)
        if options["file"]:
            path = options["file"]
            path.touch(mode=0o600)
            path.write_bytes(logins)
        else:
            self.stdout.write(logins.decode())
