"""`manage.py open_addresses SLUG`: let a tenant be managed from everywhere again."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from kernel.actors import Actor, ActorKind
from tenants.actions import open_admin_networks
from tenants.queries import tenant_by_slug


class Command(BaseCommand):
    """Lifts the list of networks of a tenant whose people have locked themselves out."""

    help = "Let a tenant's settings and API be reached from every address again."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments."""
        parser.add_argument("slug", help="short name of the tenant")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *_args: Any, **options: Any) -> None:  # noqa: ANN401 - Django's signature
        """Lift the list."""
        tenant = tenant_by_slug(options["slug"])
        if tenant is None:
            message = f"There is no tenant {options['slug']!r}."
            raise CommandError(message, returncode=2)
        lifted = len(tenant.admin_networks)
        open_admin_networks(tenant_id=tenant.id, actor=Actor(ActorKind.OPERATOR, "open_addresses"))
        facts = {"slug": tenant.slug, "lifted": lifted}
        self.stdout.write(json.dumps(facts) if options["json"] else f"Lifted {lifted} networks of {tenant.slug}.")
