"""`manage.py reseal_secrets`: encrypt every stored secret again, under the first of ENCRYPTION_KEYS."""

from argparse import ArgumentParser
from typing import Any

import orjson
from django.apps import apps
from django.conf import settings
from django.core.management.base import BaseCommand
from django.db.models import Model

from kernel.crypto import reseal_rows
from kernel.tenancy import PUBLIC, each_active_schema, tenant_context


class Command(BaseCommand):
    """Walk through every schema; afterwards the old key may be taken out of the setting."""

    help = "Encrypt all stored secrets under the first of ENCRYPTION_KEYS."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the form of the answer."""
        parser.add_argument("--json", action="store_true", dest="as_json")

    def handle(self, *_args: Any, **options: Any) -> None:  # noqa: ANN401 - Django's signature
        """Reseal and say how many secrets each schema has."""
        done = {PUBLIC: self._reseal(PUBLIC, settings.SHARED_APPS)}
        for schema in each_active_schema():
            done[schema] = self._reseal(schema, settings.TENANT_APPS)
            if not options["as_json"]:
                self.stdout.write(f"{schema}: {done[schema]} secrets")
        if options["as_json"]:
            self.stdout.write(orjson.dumps(done).decode())

    @staticmethod
    def _reseal(schema: str, app_names: list[str]) -> int:
        with tenant_context(schema):
            return sum(reseal_rows(model) for model in _models(app_names))


def _models(app_names: list[str]) -> list[type[Model]]:
    return [model for model in apps.get_models() if model._meta.app_config.name in app_names]
