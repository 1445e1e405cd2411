"""`manage.py prepare`: bring the database up to this release before anything else starts."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from django.core.management.base import BaseCommand
from django.db import connection

from tenants.schemas import prepare

LOCK = "SELECT pg_advisory_lock(hashtextextended('redress.prepare', 0))"


class Command(BaseCommand):
    """Migrates public, template, platform and tenant schemas, and renews the blueprint of new tenants."""

    help = "Bring every schema up to this release. Safe to run again; quick when nothing has changed."
    requires_system_checks = []  # run below, with the database

    def handle(self, *_args: Any, **_options: Any) -> None:  # noqa: ANN401 - Django's signature
        """Check the settings, wait for anybody else who prepares, do what is missing and say what it was."""
        self.check(databases=["default"])
        with _alone():
            for line in prepare():
                self.stdout.write(line)


@contextmanager
def _alone() -> Iterator[None]:
    """Hold the right to prepare, on a connection that the migrations, which close theirs, do not touch."""
    parameters = connection.get_connection_params()
    for ours in ("cursor_factory", "context"):
        parameters.pop(ours, None)
    with psycopg.connect(**parameters, autocommit=True, application_name="redress-prepare") as own:
        own.execute(LOCK)
        yield
