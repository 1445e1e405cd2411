"""`manage.py create_tenant SLUG`: a new business with its owner."""

import json
import secrets
import time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from kernel.actors import Actor, ActorKind
from kernel.errors import Refusal
from tenants.actions import create_tenant
from tenants.enums import Plan
from tenants.models import User
from tenants.types import NewTenant


class Command(BaseCommand):
    """Makes a tenant, its schema and its owner, and shows the owner's first password once."""

    help = "Create a tenant with its schema and its owner."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments."""
        parser.add_argument("slug", help="short name: the first part of the tenant's host")
        parser.add_argument("--name", required=True, help="name of the business")
        parser.add_argument("--owner-email", required=True)
        parser.add_argument("--owner-name", default="")
        parser.add_argument("--plan", choices=Plan.values, default=Plan.STARTER.value)
        parser.add_argument("--language", choices=[code for code, _name in settings.LANGUAGES], default="en")
        parser.add_argument("--time-zone", default="America/New_York")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *_args: Any, **options: Any) -> None:  # noqa: ANN401 - Django's signature
        """Make the tenant; a refusal ends with exit code 2 and its sentence."""
        password = "" if self._is_known(options["owner_email"]) else secrets.token_urlsafe(12)
        started = time.perf_counter()
        try:
            made = create_tenant(
                slug=options["slug"], name=options["name"], owner_email=options["owner_email"],
                owner_name=options["owner_name"], owner_password=password, plan=options["plan"],
                language=options["language"], time_zone=options["time_zone"],
                actor=Actor(ActorKind.OPERATOR, "create_tenant"),
            )  # fmt: skip
        except Refusal as refusal:
            details = "; ".join(f"{name}: {', '.join(map(str, said))}" for name, said in refusal.details.items())
            raise CommandError(f"{refusal.message} {details}".strip(), returncode=2) from refusal
        self._tell(made, password, round((time.perf_counter() - started) * 1000), as_json=options["json"])

    def _is_known(self, email: str) -> bool:
        return User.objects.filter(email=email.strip().lower()).exists()

    def _tell(self, made: NewTenant, password: str, milliseconds: int, *, as_json: bool) -> None:
        url = settings.BASE_URL.replace("://", f"://{made.slug}.", 1)
        facts: dict[str, Any] = {
            "id": str(made.id), "slug": made.slug, "schema": made.schema_name, "url": url,
            "owner_password": password or None, "milliseconds": milliseconds,
        }  # fmt: skip
        if as_json:
            self.stdout.write(json.dumps(facts))
            return
        self.stdout.write(f"Created {made.slug} in {milliseconds} ms: {url}/login/")
        if password:
            self.stdout.write(f"The owner's password, shown this once: {password}")
