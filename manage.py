#!/usr/bin/env python
"""Django's command line."""

import os
import sys


def main() -> None:
    """Run the command of the arguments."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    from django.core.management import execute_from_command_line  # noqa: PLC0415 - after the settings are named
    from django.db import OperationalError  # noqa: PLC0415 - the same

    try:
        execute_from_command_line(sys.argv)
    except OperationalError as problem:
        sys.exit(_unreachable(problem))


def _unreachable(problem: Exception) -> int:
    """Say in one line that the database is away, and how to get it back; returns the exit code."""
    reason = str(problem).partition("\n")[0]
    sys.stderr.write(f"The database does not answer. Start it, or the product with `make run`. ({reason})\n")
    return 2


if __name__ == "__main__":
    main()
