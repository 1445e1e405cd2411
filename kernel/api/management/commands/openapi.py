"""Write docs/openapi.yaml and docs/api.md from the code, or check that they are what the code produces."""

import difflib
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.validation import validate_schema

from kernel.api.description import as_markdown, as_yaml, description

SHOWN_LINES = 40


class Command(BaseCommand):
    """`manage.py openapi` writes; `manage.py openapi --check` fails when a file is out of date."""

    help = "Write docs/openapi.yaml and docs/api.md from the code."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take `--check`, and another directory."""
        parser.add_argument("--check", action="store_true", help="Change nothing; fail when a file is out of date.")
        parser.add_argument("--directory", type=Path, default=settings.BASE_DIR / "docs")

    def handle(self, *, check: bool, directory: Path, **_options: object) -> None:
        """Write or compare. Raises CommandError for a warning, an invalid description, or a difference."""
        stale = []
        for name, content in _produced().items():
            path = directory / name
            if not check:
                path.write_bytes(content)
            elif not path.is_file() or path.read_bytes() != content:
                stale.append("\n".join(_difference(path, content.decode())))
        if stale:
            message = "\n".join([*stale, "The API's documents are not what the code produces: make openapi"])
            raise CommandError(message)


def _produced() -> dict[str, bytes]:
    described = description()
    if GENERATOR_STATS:
        GENERATOR_STATS.emit_summary()
        message = "The description has warnings."
        raise CommandError(message)
    validate_schema(described)  # type: ignore[no-untyped-call]  # the library's
    return {"openapi.yaml": as_yaml(), "api.md": as_markdown()}


def _difference(path: Path, produced: str) -> Iterator[str]:
    kept = path.read_text(encoding="utf-8") if path.is_file() else ""
    lines = difflib.unified_diff(kept.splitlines(), produced.splitlines(), path.name, "the code", lineterm="")
    for _number, line in zip(range(SHOWN_LINES), lines, strict=False):
        yield line
