"""Write docs/openapi.yaml from the code, or check that it is what the code produces."""

import difflib
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.validation import validate_schema

from kernel.api.description import as_yaml, description

SHOWN_LINES = 40


class Command(BaseCommand):
    """`manage.py openapi` writes; `manage.py openapi --check` fails when the file is out of date."""

    help = "Write docs/openapi.yaml from the code."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take `--check`, and another file."""
        parser.add_argument("--check", action="store_true", help="Change nothing; fail when the file is out of date.")
        parser.add_argument("--file", type=Path, default=settings.BASE_DIR / "docs" / "openapi.yaml")

    def handle(self, *_args: object, **options: object) -> None:
        """Write or compare. Raises CommandError for a warning, an invalid description, or a difference."""
        path = options["file"]
        assert isinstance(path, Path)  # noqa: S101 - argparse made it one
        produced = self._produced()
        if not options["check"]:
            path.write_text(produced, encoding="utf-8")
            return
        kept = path.read_text(encoding="utf-8") if path.is_file() else ""
        if kept != produced:
            message = "\n".join(
                [*_difference(kept, produced), f"{path.name} is not what the code produces: make openapi"]
            )
            raise CommandError(message)

    def _produced(self) -> str:
        described = description()
        if GENERATOR_STATS:
            GENERATOR_STATS.emit_summary()
            message = "The description has warnings."
            raise CommandError(message)
        validate_schema(described)  # type: ignore[no-untyped-call]  # the library's
        return as_yaml().decode()


def _difference(kept: str, produced: str) -> Iterator[str]:
    lines = difflib.unified_diff(kept.splitlines(), produced.splitlines(), "docs/openapi.yaml", "the code", lineterm="")
    for _number, line in zip(range(SHOWN_LINES), lines, strict=False):
        yield line
