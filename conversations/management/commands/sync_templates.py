"""`manage.py sync_templates`: ask the vendor for the message templates of one tenant, or of all."""

from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

import orjson
from django.core.management.base import BaseCommand, CommandError

from conversations.syncing import sync_templates
from kernel.tenancy import each_active_schema, tenant_context
from tenants import queries as tenants


class Command(BaseCommand):
    """Exit code 1 when an account could not be asked."""

    help = "Make message templates what WhatsApp lists."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the arguments."""
        parser.add_argument("--tenant", help="slug of the tenant; without it all of them")
        parser.add_argument("--json", action="store_true", dest="as_json")

    def handle(self, *_args: Any, **options: Any) -> None:  # noqa: ANN401 - Django's signature
        """Ask, and tell what came of it."""
        told = []
        for schema in self._schemas(options["tenant"]):
            with tenant_context(schema):
                told += [{"schema": schema, **asdict(one)} for one in sync_templates()]
        for one in told:
            line = one["problem"] or f"{one['count']} templates"
            self.stdout.write(orjson.dumps(one).decode() if options["as_json"] else f"{one['waba_id']}: {line}")
        if any(one["problem"] for one in told):
            raise SystemExit(1)

    def _schemas(self, slug: str | None) -> list[str]:
        if slug is None:
            return list(each_active_schema())
        tenant = tenants.tenant_by_slug(slug)
        if tenant is None:
            message = f"There is no tenant {slug!r}."
            raise CommandError(message)
        return [tenant.schema_name]
